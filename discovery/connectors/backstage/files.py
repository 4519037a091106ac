"""Finds and reads catalog-info.yaml files below a folder, in the order of their paths."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from discovery.connectors.backstage.entity import is_entity, kept
from discovery.connectors.backstage.yaml_text import NotYaml, documents
from discovery.ports import Line, Part, Target, TargetError, Unreachable
from discovery.ports.local import MIB, read_text

_MOST_BYTES = 4 * MIB
_PASSED_BY = frozenset((".git", "node_modules", ".venv"))
_MOST_ENTITIES = 1_000  # In one file.


def read_files(target: Target, settings: Any, line: Line) -> Iterator[Part]:
    """
    Yield a part for each file; one that can not be read to its end is not whole, and the others are read.

    Raises:
        Unreachable: there is no such folder, or no file with such a name in it.
    """
    folder = Path(settings["folder"])
    if not folder.is_dir():
        raise Unreachable(target=target.id, reason=f"{folder.name} is no folder that is there")
    found = 0
    read = 0
    for path in _paths(folder, settings["names"], line):
        found += 1
        if found > settings["most_files"] or read >= settings["most_entities"]:
            line.note("backstage.files_not_read", read=found - 1)
            yield Part("entities", [], whole=False)
            return
        entities, whole = _entities(path, folder, target, line)
        read += len(entities)
        yield Part("entities", entities, whole=whole)
    if not found:
        raise Unreachable(target=target.id, reason=f"{folder.name} has no file called {' or '.join(settings['names'])}")


def _paths(folder: Path, names: list[str], line: Line) -> Iterator[Path]:
    """Yield the files with such names; links are not followed, as they may lead anywhere or in a circle."""
    for at, folders, files in os.walk(folder, followlinks=False):
        line.check()
        folders[:] = sorted(set(folders) - _PASSED_BY)
        for name in sorted(files):
            path = Path(at, name)
            if any(fnmatch.fnmatchcase(name, pattern) for pattern in names) and not path.is_symlink():
                yield path


def _entities(path: Path, folder: Path, target: Target, line: Line) -> tuple[list[dict[str, Any]], bool]:
    where = path.relative_to(folder).as_posix()
    found: list[dict[str, Any]] = []
    try:
        text = read_text(path, line, target=target.id, most_bytes=_MOST_BYTES)
        for number, document in enumerate(documents(text)):
            line.check()
            if number >= _MOST_ENTITIES:
                raise NotYaml(f"it has more than {_MOST_ENTITIES} documents")
            if document is None:
                continue
            if not is_entity(document):
                raise NotYaml(f"document {number + 1} is no entity of Backstage")
            found.append({"file": where, "entity": kept(document)})
    except (NotYaml, TargetError) as wrong:
        reason = wrong.facts["reason"] if isinstance(wrong, TargetError) else str(wrong)
        line.note("backstage.file_not_read", file=where, reason=reason)
        return found, False
    return found, True
