"""
Records a target as a sample: ``python -m discovery.testing record CONNECTOR SETTINGS.json FOLDER [--target ID]``.

``python -m discovery.testing expect CONNECTOR`` writes every ``expected.json`` of its samples as they are shaped now.

``CONNECTOR`` is the name of one that is installed, or ``package.module:NAME``. References in the settings are read as
a worker reads them, from the environment or a file. Nothing is written if a credential is in what was read.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from cmdb.errors import ForeshockError
from discovery.ports import Connector, Target
from discovery.registry import connector_of
from discovery.testing.line import TrialLine
from discovery.testing.samples import folder_of, parts_of, write_expected, write_sample
from discovery.testing.trial import let_out

_SHOWN = 10


class _Line(TrialLine):
    """A line that finds credentials where their references say, and remembers them."""

    def __init__(self) -> None:
        super().__init__(runs=True)
        self.given: set[str] = set()

    def secret(self, reference: str) -> str:
        kind, _, name = reference.partition(":")
        value = os.environ[name] if kind == "env" else Path(name).read_text(encoding="utf-8")
        self.given.add(value)
        return value


def main(arguments: list[str] | None = None) -> int:
    """Record, and return the exit status: 0, or 1 where nothing was written."""
    parser = argparse.ArgumentParser(prog="python -m discovery.testing", description=__doc__.partition("\n\n")[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    record = verbs.add_parser("record", help="read a target and write it down as a sample")
    record.add_argument("connector")
    record.add_argument("settings", type=Path)
    record.add_argument("folder", type=Path)
    record.add_argument("--target", help="the id of the target; left out, the first one")
    expect = verbs.add_parser("expect", help="write what is expected of the samples as it is now")
    expect.add_argument("connector")
    asked = parser.parse_args(arguments)
    try:
        if asked.verb == "expect":
            said, status = _expect(_connector(asked.connector)), 0
        else:
            said, status = _record(asked.connector, asked.settings, asked.folder, asked.target), 0
    except (ForeshockError, OSError, LookupError, ValueError) as error:
        said, status = f"{type(error).__name__}: {error}", 1
    print(said, file=sys.stderr if status else sys.stdout)
    return status


def _record(name: str, file: Path, folder: Path, wanted: str | None) -> str:
    connector = _connector(name)
    given = json.loads(file.read_text(encoding="utf-8"))
    settings, line = connector.settings().load(given), _Line()
    every = list(connector.targets(settings, line))
    found = [each for each in every if wanted in (None, each.id)]
    if not found:
        known = f"; there are {_named(every)}" if every else ""
        raise LookupError(f"there is no target {wanted or ''}".rstrip() + known)
    parts = list(connector.fetch(found[0], settings, line))
    if any(let_out(repr(parts) + repr(found[0]), line.given)):
        raise ValueError("a credential is in what was read; fetch has to leave it out")
    write_sample(folder, connector, given, found[0], parts)
    said = f"{folder}: {len(parts)} part(s) of {found[0].id}; read expected.json before you commit it"
    if wanted is None and len(every) > 1:
        said += f"\nit is the first of {len(every)} targets ({_named(every)}); --target ID records another"
    return said


def _named(targets: Sequence[Target]) -> str:
    names = ", ".join(each.id for each in targets[:_SHOWN])
    return f"{names} and {len(targets) - _SHOWN} more" if len(targets) > _SHOWN else names


def _expect(connector: Connector) -> str:
    folders = sorted(each.parent for each in (folder_of(connector) / "sample").glob("*/target.json"))
    for folder in folders:
        about = json.loads((folder / "target.json").read_text(encoding="utf-8"))
        settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
        write_expected(folder, connector, settings, Target(about["id"], about.get("facts", {})), parts_of(folder))
    return f"{len(folders)} sample(s) of {connector.name} written; read the difference before you commit it"


def _connector(name: str) -> Connector:
    module, colon, attribute = name.partition(":")
    found = getattr(importlib.import_module(module), attribute) if colon else connector_of(name)
    if not isinstance(found, Connector):
        raise LookupError(f"{name} is no Connector")
    return found


if __name__ == "__main__":
    raise SystemExit(main())
