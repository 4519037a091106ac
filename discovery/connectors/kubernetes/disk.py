"""Reads manifests from disk: YAML of several documents, or JSON, each file bounded and judged before it is built."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

SUFFIXES = (".yaml", ".yml", ".json")
MAX_FILES = 10_000
MAX_FILE = 8 * 2**20  # bytes
MAX_EVENTS = 1_000_000  # of one file
MAX_DEPTH = 64


class Unusable(Exception):  # It is told as a part that is not whole.
    """A file that can not be read as manifests; the reason is safe to show."""


def files(places: Sequence[str]) -> tuple[list[Path], bool]:
    """
    Return the files of manifests in some places, sorted, and whether these are all: no more than a bound are taken.

    Links are not followed out of a folder, and a place that is not there is returned as it is, to fail when read.
    """
    found: list[Path] = []
    for place in map(Path, places):
        if not place.is_dir():
            found.append(place)
            continue
        for path in place.rglob("*"):
            if path.suffix in SUFFIXES and path.is_file() and not path.is_symlink():
                found.append(path)
            if len(found) > MAX_FILES:
                return sorted(found[:MAX_FILES]), False
    return sorted(dict.fromkeys(found)), True


def objects(path: Path) -> Iterator[dict[str, Any]]:
    """
    Yield the objects of one file; those of a ``List`` one by one.

    Raises:
        Unusable: it can not be read, is too large, or is no YAML or JSON.
    """
    try:
        if path.stat().st_size > MAX_FILE:
            raise Unusable(f"larger than {MAX_FILE:,} bytes")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Unusable(error.strerror or "can not be read") from None
    except UnicodeDecodeError:
        raise Unusable("not UTF-8") from None
    for document in _documents(path, text):
        if not isinstance(document, dict):
            continue
        inner = document.get("items")
        if str(document.get("kind", "")).endswith("List") and isinstance(inner, list):
            yield from (each for each in inner if isinstance(each, dict))
        else:
            yield document


def _documents(path: Path, text: str) -> list[Any]:
    try:
        return [json.loads(text)] if path.suffix == ".json" else _yaml(text)
    except (ValueError, RecursionError):
        raise Unusable("no JSON" if path.suffix == ".json" else "no YAML") from None


def _yaml(text: str) -> list[Any]:
    """Return the documents of a text; one that uses aliases is refused, for a few lines of them unfold without end."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    depth = 0
    try:
        for count, event in enumerate(yaml.parse(text, Loader=loader)):
            if isinstance(event, yaml.AliasEvent):
                raise Unusable("aliases are not read")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH or count > MAX_EVENTS:
                raise Unusable("too deep or too long")
        return [_plain(each) for each in yaml.load_all(text, loader)]  # It is the safe one.
    except yaml.YAMLError:
        raise Unusable("no YAML") from None


def _plain(value: Any) -> Any:
    """Return a document as plain JSON: dates as texts, keys as texts."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)
