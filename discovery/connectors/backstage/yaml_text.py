"""Reads YAML that others wrote: no tags, bounded in what aliases and merges make of it, as plain JSON values."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from typing import Any

_MOST_NODES = 100_000
_MOST_MERGED = 10_000
_DEEPEST = 60


class NotYaml(ValueError):
    """The text is no YAML that is read; the message says why and where, and of the text repeats no value."""


def documents(text: str) -> Iterator[Any]:
    """
    Yield each document of a YAML text as plain JSON values; dates as texts, what no JSON can hold as None.

    Raises:
        NotYaml: it is no YAML, holds a tag, or is larger than its text by aliases.

    >>> list(documents("a: 1\\n---\\nb: [x, 2026-01-05]\\n"))
    [{'a': 1}, {'b': ['x', '2026-01-05']}]
    """
    import yaml

    class Loader(yaml.SafeLoader):
        depth = 0

        def compose_node(self, parent: Any, index: Any) -> Any:
            # The parser calls itself for each level; deep ones would end the interpreter's stack.
            self.depth += 1
            if self.depth > _DEEPEST:
                raise NotYaml("it is nested too deep")
            try:
                return super().compose_node(parent, index)
            finally:
                self.depth -= 1

        def flatten_mapping(self, node: Any) -> None:
            super().flatten_mapping(node)
            if len(node.value) > _MOST_MERGED:
                raise NotYaml("it merges more than it may")

    loader: Any = None
    try:
        loader = Loader(text)
        while loader.check_data():
            yield _Plain().of(loader.get_data())
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark
        raise NotYaml(f"line {mark.line + 1}: {wrong.problem}"[:200] if mark else "it is no YAML") from None
    except (yaml.YAMLError, RecursionError, ValueError) as wrong:
        raise NotYaml(str(wrong) if isinstance(wrong, NotYaml) else "it is no YAML") from None
    finally:
        if loader is not None:
            loader.dispose()


class _Plain:
    """Copies a value, in which an alias is one object in many places, and counts what comes of it."""

    def __init__(self) -> None:
        self._left = _MOST_NODES

    def of(self, value: Any, depth: int = 0) -> Any:
        self._left -= 1
        if self._left < 0:
            raise NotYaml("its aliases make it larger than it may be")
        if depth > _DEEPEST:
            raise NotYaml("it is nested too deep, or in itself")
        if isinstance(value, dict):
            return {str(key): self.of(each, depth + 1) for key, each in value.items()}
        if isinstance(value, (list, tuple, set)):
            return [self.of(each, depth + 1) for each in value]
        if isinstance(value, (datetime.date, datetime.datetime)):
            return value.isoformat()
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        if isinstance(value, str):
            return value.encode("utf-8", "replace").decode("utf-8")
        return value if value is None or isinstance(value, (bool, int)) else None
