"""The connectors there are: those in the folder beside this, and those that other packages bring."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cmdb.errors import Family, ForeshockError, NotFound
from discovery.described import settings_of
from discovery.ports import Connector, Sentence

ENTRY_POINTS = "foreshock.connectors"
"""The group in which a package names its connector: ``name = package.module:CONNECTOR``."""


class BrokenConnector(ForeshockError):
    """A package names a connector that can not be loaded, or is none."""

    code = "connector.broken"
    sentence = "the connector {name} of another package can not be used: {reason}"
    family = Family.FAILURE

    def __init__(self, *, name: str, reason: str) -> None:
        super().__init__(name=name, reason=reason)


@cache
def connectors() -> Mapping[str, Connector]:
    """
    Return the connectors by name, sorted; one of our own is never replaced by another's of the same name.

    Raises:
        BrokenConnector: another package's can not be loaded.
    """
    return MappingProxyType(dict(sorted({**_brought(), **own()}.items())))


@cache
def sentences() -> Mapping[str, Sentence]:
    """
    Return the sentences of all notes that connectors make, by code; none takes the place of one of ours.

    A connector that can not be loaded has none here: that must keep nobody from reading of the others' runs.
    """
    found: dict[str, Sentence] = {}
    for connector in (*own().values(), *_brought(broken=False).values()):
        for code, sentence in connector.notes.items():
            found.setdefault(code, sentence)
    return MappingProxyType(found)


def connector_of(name: str) -> Connector:
    """
    Return the connector of this name.

    Raises:
        NotFound: there is none; names like it are told.
    """
    known = connectors()
    if name not in known:
        import difflib

        near = difflib.get_close_matches(name, known, n=3)
        raise NotFound(kind="connector", ids=(name,), nearest={name: near} if near else None)
    return known[name]


def told(connector: Connector) -> dict[str, Any]:
    """Return what people are told of a connector as JSON: what it is for, what brings it, and its settings."""
    return {
        "name": connector.name,
        "purpose": connector.purpose,
        "extra": connector.extra or None,
        "settings": [each.told() for each in settings_of(connector).values()],
    }


def own() -> dict[str, Connector]:
    """Return the connectors that come with Foreshock, by name."""
    found = {}
    for module in pkgutil.iter_modules([str(Path(__file__).parent / "connectors")]):
        connector: Connector = importlib.import_module(f"discovery.connectors.{module.name}").CONNECTOR
        found[connector.name] = connector
    return found


def _brought(*, broken: bool = True) -> dict[str, Connector]:
    """Return what other packages bring; raises BrokenConnector, or leaves out what can not be loaded."""
    found: dict[str, Connector] = {}
    for entry in sorted(entry_points(group=ENTRY_POINTS), key=lambda each: each.name):
        try:
            found.setdefault(entry.name, _loaded(entry.name, entry))
        except BrokenConnector:
            if broken:
                raise
    return found


def _loaded(name: str, entry: object) -> Connector:
    try:
        connector = entry.load()  # type: ignore[attr-defined]
    except Exception as error:
        # Whatever another package does at import, it must not take ours away.
        raise BrokenConnector(name=name, reason=f"{type(error).__name__}: {error}") from error
    if not isinstance(connector, Connector) or connector.name != name:
        raise BrokenConnector(name=name, reason=f"it is no Connector called {name}")
    return connector
