"""Whether JSON is what a JSON schema says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema

from connect_runtime.converters.jsonschemas.references import References
from connect_runtime.sdk import DataError

__all__ = ["validator"]


def validator(document: Any, references: References) -> Callable[[bytes], None]:
    """Checks JSON against a parsed JSON schema; raises ``DataError``, naming place and rule but no value.

    Raises:
        DataError: It is no JSON schema.
    """
    make: Any = jsonschema.validators.validator_for(document, default=jsonschema.Draft7Validator)
    try:
        make.check_schema(document)
    except jsonschema.SchemaError as exc:
        raise DataError(f"The registry holds an invalid JSON schema: {exc.message} at {exc.json_path}") from exc
    checker = make(document, registry=references.registry)

    def check(data: bytes) -> None:
        error = jsonschema.exceptions.best_match(checker.iter_errors(json.loads(data)))
        if error is not None:
            rule = f"{error.validator}: {json.dumps(error.validator_value)[:200]}"
            raise DataError(f"JSON is not what its schema says, at {error.json_path}: it does not meet {rule}")

    return check
