"""PythonFunction: a function of your own, from a package that the worker's administrator allows."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from msgspec.structs import replace

from connect_runtime.sdk import (
    AnyRecord,
    ConfigDef,
    ConfigError,
    ConfigKey,
    ConfigType,
    ConnectError,
    DataError,
    Importance,
    Transform,
    TransformContext,
    validators,
)

__all__ = ["PythonFunction"]

_FUNCTION: Final = "function"
_BATCH: Final = "batch"
_NAME: Final = re.compile(r"([A-Za-z]\w*(?:\.\w+)*):([A-Za-z]\w*)")


class PythonFunction(Transform):
    """Hands records to a Python function ``module:function`` and goes on with what it gives back.

    The function takes a record (``connect_runtime.sdk.SourceRecord`` or ``SinkRecord``) and answers a record, the same
    or another one of that kind, or ``None`` to drop it. With ``batch`` it takes a list of records and answers a list of
    as many, with ``None`` for those to drop. It gets copies: fields of the record, and of a key or value that is a map
    or struct, may be set; what is deeper inside must not be changed. What it raises is an error of that record; a batch
    with an error is given to it again, one record at a time, so that a record may come twice.

    Only what ``plugins.toml`` allows is imported: ``[functions]`` with ``allow = ["package.module"]`` or
    ``["package.module:function"]``.
    """

    _context: TransformContext = TransformContext()
    _function: Callable[[Any], Any]
    _name: str
    _takes_batches: bool

    @classmethod
    def config_def(cls) -> ConfigDef:
        """``function`` and ``batch``."""
        return ConfigDef(
            [
                ConfigKey(
                    _FUNCTION,
                    required=True,
                    validator=validators.check(_is_name, "must have the form module:function, e.g. acme.rules:clean"),
                    importance=Importance.HIGH,
                    doc="The function, as module:function, e.g. acme.rules:clean. The worker's plugins.toml must "
                    "allow it.",
                ),
                ConfigKey(
                    _BATCH,
                    ConfigType.BOOLEAN,
                    default=False,
                    doc="Whether the function takes a list of records and answers a list of as many.",
                ),
            ]
        )

    def initialize(self, context: TransformContext) -> None:
        """Take note of what is allowed."""
        self._context = context

    def configure(self, config: Mapping[str, str]) -> None:
        """Import the function. Raises: ConfigError, if it is not allowed or not there."""
        options = self.config_def().parse(config)
        self._name, self._takes_batches = options[_FUNCTION], options[_BATCH]
        if not _is_name(self._name):
            raise ConfigError(f"{_FUNCTION} must have the form module:function", key=_FUNCTION)
        self._function = _imported(self._name, self._context.allowed_functions)

    def apply(self, record: AnyRecord) -> AnyRecord | None:
        """What the function makes of the record. Raises: DataError."""
        if self._takes_batches:
            return self.apply_batch([record])[0]
        return self._checked(self._call(_copied(record)), type(record))

    def apply_batch(self, records: Sequence[AnyRecord]) -> Sequence[AnyRecord | None]:
        """`apply` to each, or one call for all. Raises: DataError."""
        if not self._takes_batches:
            return [self.apply(record) for record in records]
        if not records:
            return []
        answers = self._call([_copied(record) for record in records])
        if not isinstance(answers, list | tuple) or len(answers) != len(records):
            raise DataError(
                f"Function {self._name} must answer a list with one record or None for each of {len(records)} records, "
                f"but answered {_described(answers)}"
            )
        kind = type(records[0])
        return [self._checked(answer, kind) for answer in answers]

    def _call(self, argument: Any) -> Any:
        try:
            return self._function(argument)
        except ConnectError:
            raise
        except Exception as exc:
            # Whatever it raises: to the pipeline it is this record that cannot be transformed.
            raise DataError(f"Function {self._name} failed with {type(exc).__name__}: {exc}") from exc

    def _checked(self, answer: Any, kind: type[AnyRecord]) -> AnyRecord | None:
        if answer is None or type(answer) is kind:
            return answer
        raise DataError(
            f"Function {self._name} must answer a {kind.__name__} or None, but answered {_described(answer)}"
        )


def _is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def _imported(name: str, allowed: frozenset[str]) -> Callable[[Any], Any]:
    module_name, _, function_name = name.partition(":")
    if name not in allowed and module_name not in allowed:
        raise ConfigError(
            f"Function {name} is not allowed on this worker: add {module_name!r} or {name!r} to the list allow under "
            "[functions] in plugins.toml, and restart the worker",
            key=_FUNCTION,
        )
    try:
        module = importlib.import_module(module_name)
    except ImportError as exc:
        raise ConfigError(f"Function {name} cannot be loaded: {exc}. Install its package", key=_FUNCTION) from exc
    except Exception as exc:
        # A module may raise anything while it is imported.
        raise ConfigError(
            f"Module {module_name} fails to load with {type(exc).__name__}: {exc}", key=_FUNCTION
        ) from exc
    if not hasattr(module, function_name):
        origin = getattr(module, "__file__", None) or "no file"
        raise ConfigError(
            f"Function {name} cannot be loaded: {module_name}, from {origin}, has no {function_name}. "
            "Correct the name, or add the function and restart the worker",
            key=_FUNCTION,
        )
    function = getattr(module, function_name)
    if not callable(function):
        raise ConfigError(f"{name} is an object of type {type(function).__name__}, not a function", key=_FUNCTION)
    if name not in allowed and not _is_of(module_name, function):
        # Who allows a module does not allow all that it imports.
        raise ConfigError(
            f"{name} is no function of that module, which only imports it: allow {name!r} itself in plugins.toml",
            key=_FUNCTION,
        )
    called: Callable[[Any], Any] = function
    return called


def _is_of(module_name: str, function: Any) -> bool:
    origin = getattr(function, "__module__", None) or ""
    return origin == module_name or origin.startswith(f"{module_name}.")


def _copied(record: AnyRecord) -> AnyRecord:
    key, value = record.key, record.value
    return replace(
        record,
        key=key.copy() if type(key) is dict else key,
        value=value.copy() if type(value) is dict else value,
    )


def _described(answer: Any) -> str:
    return f"{len(answer)} items" if isinstance(answer, list | tuple) else f"a {type(answer).__name__}"
