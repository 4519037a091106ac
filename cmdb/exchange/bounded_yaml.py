"""
Reads YAML that anybody may have written: no alias unfolds into a bomb, nothing is nested without end.

The text is walked once as a stream of events, in which what aliases would unfold to is only counted, before any value
is built. Plain words become values by the core rules of YAML 1.2, not those of 1.1: 00123, 22:22 and no stay the texts
people meant, which as serial numbers, ports and codes of countries they are.
"""

from __future__ import annotations

import re
from typing import Any

from cmdb.exchange.estate.faults import Twice
from cmdb.exchange.estate.limits import MIB

MAX_YAML = 16 * MIB  # bytes; reading takes about a second for each two mebibytes
MAX_DEPTH = 64
MAX_VALUES = 2_000_000  # of the document with its aliases unfolded
_MERGE = "tag:yaml.org,2002:merge"
_NUMBER = r"[-+]?(?:0|[1-9][0-9]{0,30})"


class YamlFault(Exception):
    """
    What keeps a text from being read: ``kind`` is "syntax", "nested", "large", "loop" or "documents".

    ``what`` tells more, and ``line`` (from 1) where, as far as that is known.
    """

    def __init__(self, kind: str, what: str = "", line: int | None = None) -> None:
        super().__init__(kind, what, line)
        self.kind, self.what, self.line = kind, what, line


def read_yaml(text: str) -> Any:
    """
    Return the one document of a text as plain values; an object with repeated keys is a ``Twice``.

    Raises:
        YamlFault: it is no YAML, or a bound is exceeded.
    """
    import yaml

    try:
        _judge(text)
        return yaml.load(text, _loader())  # A safe loader, with fewer words that mean something.
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise YamlFault("syntax", error.problem or "", None if mark is None else mark.line + 1) from None
    except yaml.YAMLError as error:
        raise YamlFault("syntax", str(error).partition("\n")[0][:200]) from None
    except (ValueError, TypeError) as error:  # A tag that promises another type, or a key that can be none.
        raise YamlFault("syntax", str(error)[:200]) from None


def _judge(text: str) -> None:
    """Walk the events of a text; the count of a finished anchor is added wherever an alias names it."""
    import yaml

    counts: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = []
    total = documents = 0
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        line = event.start_mark.line + 1 if event.start_mark is not None else None
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise YamlFault("documents", line=line)
        elif isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _ in open_nodes):
                raise YamlFault("loop", line=line)
            total += counts.get(event.anchor or "", 1)
        elif isinstance(event, yaml.ScalarEvent):
            total += 1
            if event.anchor:
                counts[event.anchor] = 1
        elif isinstance(event, yaml.CollectionStartEvent):
            total += 1
            open_nodes.append((event.anchor, total))
            if len(open_nodes) > MAX_DEPTH:
                raise YamlFault("nested", line=line)
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, began = open_nodes.pop()
            if anchor:
                counts[anchor] = total - began + 1
        if total > MAX_VALUES:
            raise YamlFault("large", line=line)


_LOADERS: list[Any] = []


def _loader() -> Any:
    """Return the loader, made at its first use: a command that reads no YAML does not load the library."""
    if _LOADERS:
        return _LOADERS[0]
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        """The safe loader with the words of YAML 1.2 alone, which notices a key that stands twice."""

        yaml_implicit_resolvers: dict[Any, Any] = {}  # noqa: RUF012  # PyYAML looks for it under this name.

        def twice(self, node: Any) -> Any:
            # What "<<" brings in may stand again, so keys are counted before it does.
            own = [key.value for key, _ in node.value if key.tag != _MERGE and isinstance(key.value, str)]
            self.flatten_mapping(node)
            pairs = [(self._key(key), self.construct_object(value, deep=True)) for key, value in node.value]
            return dict(pairs) if len(set(own)) == len(own) else Twice(pairs)

        def _key(self, node: Any) -> Any:
            key = self.construct_object(node, deep=True)
            if isinstance(key, (dict, list)):
                raise TypeError("a key is a list or an object")
            return key

    for tag, pattern, first in (
        ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
        ("int", _NUMBER, "-+0123456789"),
        ("float", rf"{_NUMBER}(?:\.[0-9]{{1,30}}(?:[eE][-+]?[0-9]{{1,3}})?|[eE][-+]?[0-9]{{1,3}})", "-+0123456789"),
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("merge", r"<<", "<"),
    ):
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"(?:{pattern})\\Z"), list(first))
    Loader.add_constructor("tag:yaml.org,2002:map", Loader.twice)
    _LOADERS.append(Loader)
    return Loader
