"""Functions that expressions have besides those of JMESPath, which lacks arithmetic and most of what texts need."""

from __future__ import annotations

from jmespath.functions import Functions, signature

from connect_runtime.sdk import DataError

__all__ = ["ExpressionFunctions"]

_NUMBER = {"types": ["number"]}
_STRING = {"types": ["string"]}


class ExpressionFunctions(Functions):  # type: ignore[misc]  # the library has no types
    """JMESPath's functions, and ``add``, ``subtract``, ``multiply``, ``divide``, ``concat``, ``lower``, ``upper``,
    ``trim``, ``split``, ``replace``.
    """  # noqa: D205  # a list of names has no shorter form

    @signature(_NUMBER, _NUMBER)  # type: ignore[untyped-decorator]
    def _func_add(self, left: float, right: float) -> float:
        return left + right

    @signature(_NUMBER, _NUMBER)  # type: ignore[untyped-decorator]
    def _func_subtract(self, left: float, right: float) -> float:
        return left - right

    @signature(_NUMBER, _NUMBER)  # type: ignore[untyped-decorator]
    def _func_multiply(self, left: float, right: float) -> float:
        return left * right

    @signature(_NUMBER, _NUMBER)  # type: ignore[untyped-decorator]
    def _func_divide(self, left: float, right: float) -> float:
        if right == 0:
            raise DataError("An expression divides by 0")
        return left / right

    @signature({**_STRING, "variadic": True})  # type: ignore[untyped-decorator]
    def _func_concat(self, *texts: str) -> str:
        # The library checks only the first of many arguments.
        if all(isinstance(text, str) for text in texts):
            return "".join(texts)
        raise DataError("concat() takes strings only: use to_string() for others, not_null(x, '') for what may be null")

    @signature(_STRING)  # type: ignore[untyped-decorator]
    def _func_lower(self, text: str) -> str:
        return text.lower()

    @signature(_STRING)  # type: ignore[untyped-decorator]
    def _func_upper(self, text: str) -> str:
        return text.upper()

    @signature(_STRING)  # type: ignore[untyped-decorator]
    def _func_trim(self, text: str) -> str:
        return text.strip()

    @signature(_STRING, _STRING)  # type: ignore[untyped-decorator]
    def _func_split(self, text: str, separator: str) -> list[str]:
        return text.split(separator) if separator else list(text)

    @signature(_STRING, _STRING, _STRING)  # type: ignore[untyped-decorator]
    def _func_replace(self, text: str, old: str, new: str) -> str:
        return text.replace(old, new)
