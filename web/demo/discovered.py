"""
The demo's one source of discovery: the list of the server room's staff, and a run that reads it.

It knows the four hosts again by their serial numbers, says more of them than the estate does, lists one of them twice
under two names, and has one that nobody entered.
"""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files
from pathlib import Path
from typing import NamedTuple

from cmdb import jobs
from cmdb.configuration import findings
from cmdb.context import Context
from cmdb.model.run import Run
from cmdb.running import Runner
from discovery import asking, sources

SOURCE = "server-room"
LIST = "server-room.csv"
_TABLE = {
    "id": "Hostname",
    "class": "server",
    "attributes": {
        "Vendor": "vendor",
        "Serial": "serial_number",
        "Operating system": "os",
        "Cores": "cpu_cores",
    },
    "labels": ["Team"],
}


class Discovered(NamedTuple):
    """What the source saw: how many things, how many of them are new CIs, and the ids of the findings it led to."""

    seen: int
    created: int
    findings: tuple[str, ...]


def discover(context: Context, runner: Runner, directory: Path) -> Discovered:
    """Enter the source, whose folder is one below ``directory``, and read it; where it was read before, it stands."""
    folder = directory / SOURCE
    folder.mkdir(exist_ok=True)
    with as_file(files(__package__).joinpath(LIST)) as shipped:
        shutil.copyfile(shipped, folder / LIST)
    sources.put(context, SOURCE, "files", {"root": str(folder.resolve()), "paths": ["*.csv"], "table": _TABLE})
    read = asking.coverage(context, SOURCE)
    done = None if read is None else read.run
    run = _read(context, runner) if done is None else jobs.get(context, done).record
    open_ones, _ = findings.listing(context)
    ids = tuple(each.id for each in open_ones)
    return Discovered(run.figures.get("observations", 0), run.figures.get("created", 0), ids)


def _read(context: Context, runner: Runner) -> Run:
    asked = asking.ask(context, SOURCE).record.id
    runner.step(only=asked)
    return jobs.get(context, asked).record
