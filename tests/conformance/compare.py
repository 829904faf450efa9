"""``python -m tests.conformance.compare``: do random cases with Java's classes and with ours, and say what differs.

Java is asked by ``RunCases.java``, which a JDK compiles as it starts it; the jars are those of the tests' Apache Kafka.
The exit code is 1 when something differs that `differences` does not give a reason for. ``--keep`` writes cases of
every outcome for ``tests/data/conformance-java.jsonl``, which needs no Java.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from connect_runtime.cli.conformance.cases import Case
from connect_runtime.cli.conformance.running import Outcome, run_case
from connect_runtime.plugins import PluginLoader, PluginSettings
from tests.conformance.converter_cases import CONVERTERS
from tests.conformance.differences import reason
from tests.conformance.drawing import Drawing
from tests.conformance.transform_cases import PREDICATES, TRANSFORMS
from tests.conformance.value_cases import VALUES
from tests.support.apache_kafka import kafka_class_path

_KINDS = {"transform": TRANSFORMS, "predicate": PREDICATES, "converter": CONVERTERS, "values": VALUES}
_HARNESS = Path(__file__).with_name("RunCases.java")
_SHORT_YEAR = re.compile(r"(?<!y)y{1,2}(?!y)|(?<!Y)Y{1,2}(?!Y)")
_KEPT_OF_AN_OUTCOME = 3


@dataclass
class Comparison:
    """What came of the cases: how many there were of each class, which differ, and why some may."""

    counts: Counter[str] = field(default_factory=Counter)
    same: dict[tuple[str, str], list[Case]] = field(default_factory=lambda: defaultdict(list))
    argued: Counter[str] = field(default_factory=Counter)
    failed: list[tuple[Case, Outcome]] = field(default_factory=list)

    def add(self, case: Case, outcome: Outcome) -> None:
        """Count a case."""
        self.counts[case.cls] += 1
        if outcome.passed:
            self.same[case.cls, case.note.partition(":")[0]].append(case)
        elif why := reason(case, outcome):
            self.argued[why] += 1
        else:
            self.failed.append((case, outcome))


def main() -> int:
    options = _options()
    plugins = PluginLoader(PluginSettings()).registry()
    comparison = Comparison()
    for case in answered(list(drawn_cases(options.seed, options.count, options.only))):
        comparison.add(case, run_case(case, plugins))
    sys.stdout.writelines(f"{line}\n" for line in _report(comparison))
    if options.keep:
        kept = (case for alike in comparison.same.values() for case in _typical(alike) if not depends_on_today(case))
        options.keep.write_text("".join(f"{_line(case)}\n" for case in kept), encoding="utf-8")
    return 1 if comparison.failed else 0


def drawn_cases(seed: int, count: int, only: str) -> Iterator[dict[str, Any]]:
    """So many cases of each class whose name has ``only`` in it, without what should come of them."""
    for kind, classes in _KINDS.items():
        for cls, make in classes.items():
            draw = Drawing(Random(f"{seed} {cls}"))
            for number in range(count if only in cls else 0):
                config, given = make(draw, cls)
                name = f"{cls.rpartition('.')[2]}-{seed}-{number}"
                yield {"id": name, "kind": kind, "class": cls, "config": config, "input": given}


def answered(cases: Sequence[dict[str, Any]]) -> Iterator[Case]:
    """The cases with what Java makes of them."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as asked:
        asked.writelines(f"{json.dumps(case)}\n" for case in cases)
        asked.seek(0)
        command = ["java", "-XX:+UseSerialGC", "-Xmx400m", "-cp", kafka_class_path(), str(_HARNESS)]
        with subprocess.Popen(command, stdin=asked, stdout=subprocess.PIPE, encoding="utf-8") as java:
            assert java.stdout is not None
            for case, line in zip(cases, java.stdout, strict=True):
                answer = json.loads(line)
                yield Case(
                    case["id"], case["kind"], case["class"], case["config"], case["input"], answer["output"],
                    answer["error"], answer["note"],
                )  # fmt: skip


def depends_on_today(case: Case) -> bool:
    """Whether it reads years of two digits, which are of this century or the last by how long ago that is."""
    return _SHORT_YEAR.search(case.config.get("format", "")) is not None


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="cases of each class")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="part of the names of the classes, e.g. Cast")
    parser.add_argument("--keep", type=Path, help="file for cases on which both agree")
    return parser.parse_args()


def _report(comparison: Comparison) -> Iterator[str]:
    for case, outcome in comparison.failed:
        yield f"{case.id} {case.cls}\n  {json.dumps(case.config)} {json.dumps(case.input, ensure_ascii=False)}"
        yield f"  Java {outcome.expected} {case.note}\n  ours {outcome.got}"
    different = Counter(case.cls for case, _ in comparison.failed)
    for cls, count in sorted(comparison.counts.items()):
        yield f"{count:7} cases, {different[cls]:3} differ: {cls}"
    yield from (f"{count:7} differ, argued: {why}" for why, count in comparison.argued.most_common())


def _typical(cases: Iterable[Case]) -> list[Case]:
    """Some that are neither the smallest nor the largest."""
    by_size = sorted(cases, key=lambda case: len(json.dumps(case.input)))
    return by_size[len(by_size) // 3 :][:_KEPT_OF_AN_OUTCOME]


def _line(case: Case) -> str:
    spec = asdict(case)
    return json.dumps(
        {"id": spec.pop("id"), "kind": spec.pop("kind"), "class": spec.pop("cls"), **spec}, ensure_ascii=True
    )


if __name__ == "__main__":
    sys.exit(main())
