"""What the docstring of a class says, as Markdown."""

from __future__ import annotations

import inspect
import re

__all__ = ["class_paragraphs"]


def class_paragraphs(cls: type) -> list[str]:
    """The paragraphs of the class's docstring, each on one line; empty when there is none."""
    text = re.sub(r"``(.+?)``", r"`\1`", inspect.cleandoc(cls.__doc__ or ""), flags=re.DOTALL)
    return [paragraph.replace("\n", " ") for paragraph in text.split("\n\n")]
