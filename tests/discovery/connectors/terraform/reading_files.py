"""Reads a file with the connector, as a run would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from discovery.connectors.terraform import CONNECTOR
from discovery.ports import Part, Shaped
from discovery.testing import TrialLine


def parts_of(path: Path, *, line: TrialLine | None = None, most: int = 50_000, **file: Any) -> list[Part]:
    """Return what is read of one file."""
    settings = CONNECTOR.settings().load({"files": [{"name": "it", "path": str(path), **file}], "most": most})
    line = line or TrialLine()
    (target,) = CONNECTOR.targets(settings, line)
    return list(CONNECTOR.fetch(target, settings, line))


def shaped(path: Path, *, most: int = 50_000, **file: Any) -> Shaped:
    """Return what becomes of one file."""
    settings = CONNECTOR.settings().load({"files": [{"name": "it", "path": str(path), **file}], "most": most})
    (target,) = CONNECTOR.targets(settings, TrialLine())
    return CONNECTOR.shape(target, settings, parts_of(path, most=most, **file))
