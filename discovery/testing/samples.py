"""Recorded targets of a connector, and what is to come of them: read, written, and with a listing that broke off."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cmdb.model.observation import OBSERVATIONS
from cmdb.records import to_document
from discovery.ports import Connector, Part, Shaped, Target

_PART = re.compile(r"\d+-(?P<name>.+?)(?P<partial>\.partial)?\.(?P<kind>json|txt)")


@dataclass(frozen=True, slots=True)
class Sample:
    """A recorded target of a connector, and what is to come of it."""

    connector: Connector
    name: str
    target: Target
    settings: Any
    parts: tuple[Part, ...]
    expected: dict[str, Any]

    def shaped(self, parts: Sequence[Part] | None = None) -> Shaped:
        """Return what becomes of its parts, or of others in their place."""
        return self.connector.shape(self.target, self.settings, self.parts if parts is None else parts)


def folder_of(connector: Connector) -> Path:
    """Return the folder of a connector: where the schema of its settings is defined."""
    return Path(inspect.getfile(connector.settings)).resolve().parent


def samples_of(connector: Connector, folder: Path | None = None) -> list[Sample]:
    """Return the samples of a connector by name, from ``sample/`` in its folder."""
    found = sorted(((folder or folder_of(connector)) / "sample").glob("*/target.json"))
    return [_sample(connector, target.parent) for target in found]


def parts_of(folder: Path) -> list[Part]:
    """Return the recorded parts of a sample, in order; raises ValueError where a file is named otherwise."""
    return [_part(path) for path in sorted((folder / "parts").iterdir())]


def _sample(connector: Connector, folder: Path) -> Sample:
    about = json.loads((folder / "target.json").read_text(encoding="utf-8"))
    settings = connector.settings().load(json.loads((folder / "settings.json").read_text(encoding="utf-8")))
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    target = Target(about["id"], about.get("facts", {}))
    return Sample(connector, folder.name, target, settings, tuple(parts_of(folder)), expected)


def _part(path: Path) -> Part:
    found = _PART.fullmatch(path.name)
    if found is None:
        raise ValueError(f"{path} is no NN-NAME.json or .txt")
    text = path.read_text(encoding="utf-8")
    return Part(found["name"], json.loads(text) if found["kind"] == "json" else text, whole=found["partial"] is None)


def told(shaped: Shaped) -> dict[str, Any]:
    """Return what was shaped as ``expected.json`` has it."""
    documents = [to_document(OBSERVATIONS, each) for each in shaped.observations]
    return {
        "observations": sorted(documents, key=OBSERVATIONS.key),
        "complete": sorted(shaped.complete),
        "notes": [{"code": note.code, "facts": json.loads(json.dumps(note.facts))} for note in shaped.notes],
    }


def cut(sample: Sample) -> Iterator[tuple[str, list[Part]]]:
    """Yield the parts with each name's last one not whole: what a listing that broke off leaves."""
    for name in dict.fromkeys(part.name for part in sample.parts):
        last = max(n for n, part in enumerate(sample.parts) if part.name == name)
        if sample.parts[last].whole:
            yield name, [replace(part, whole=part.whole and n != last) for n, part in enumerate(sample.parts)]


def write_sample(
    folder: Path, connector: Connector, settings: Mapping[str, Any], target: Target, parts: Sequence[Part]
) -> None:
    """Write a recorded target; what is expected of it is what comes of it now, so read that before you commit it."""
    (folder / "parts").mkdir(parents=True, exist_ok=True)
    for old in (folder / "parts").iterdir():
        old.unlink()
    _write(folder / "target.json", {"id": target.id, "facts": dict(target.facts)})
    _write(folder / "settings.json", settings)
    for number, part in enumerate(parts, 1):
        partial = "" if part.whole else ".partial"
        path = folder / "parts" / f"{number:02}-{part.name}{partial}"
        if isinstance(part.body, str):
            path.with_name(path.name + ".txt").write_text(part.body, encoding="utf-8")
        else:
            _write(path.with_name(path.name + ".json"), part.body)
    write_expected(folder, connector, settings, target, parts)


def write_expected(
    folder: Path, connector: Connector, settings: Mapping[str, Any], target: Target, parts: Sequence[Part]
) -> None:
    """Write what becomes of the parts now as what is expected of them."""
    _write(folder / "expected.json", told(connector.shape(target, connector.settings().load(settings), parts)))


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
