"""Tells by its name and by how it begins what a file is."""

from __future__ import annotations

import io
import re
from pathlib import PurePosixPath

_TABLES = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xls"})
_YAML = frozenset({".yaml", ".yml"})
_COMPOSE = re.compile(rb"^[\"']?services[\"']?[ \t]*:", re.MULTILINE)
_ESTATE = re.compile(rb"\"format\"\s*:\s*\"estate/")
_LOOKED_AT = 64 * 1024


def kind_of(path: str, stream: io.BufferedReader) -> str:
    """Return "table", "estate", "compose" or "cyclonedx"; the stream stands where it stood."""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in _TABLES:
        return "table"
    head = stream.read(_LOOKED_AT)
    stream.seek(0)
    if suffix == ".gz" or _ESTATE.search(head):
        return "estate"
    if b"CycloneDX" in head or b"cyclonedx.org/schema" in head or suffix == ".xml":
        return "cyclonedx"
    if suffix in _YAML and _COMPOSE.search(head):
        return "compose"
    return "table"
