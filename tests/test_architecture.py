"""The laws of the rooms: who may import whom, who owns which library, and what a pure room must not touch."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("cmdb", "discovery", "impact", "web")

# Room > the rooms it may import besides itself. The longest matching name is a module's room; names joined by a space
# build on an earlier row. A change here comes with one in ARCHITECTURE.md and its reason.
_FACTS = "cmdb.nouns cmdb.plural cmdb.errors cmdb.model"
_OFFICE = f"{_FACTS} cmdb cmdb.ports cmdb.chain"
_DESKS = f"{_OFFICE} cmdb.configuration cmdb.change cmdb.service cmdb.people"
_DOOR = (
    f"{_DESKS} cmdb.iso20000 cmdb.exchange impact.questions discovery discovery.ports web web.signin web.wording_run"
)
LAW = {
    "cmdb.nouns": "",
    "cmdb.plural": "",
    "cmdb.errors": "cmdb.nouns cmdb.plural",
    "cmdb.model": "cmdb.errors",
    "cmdb.ports": _FACTS,
    "cmdb.chain": _FACTS,
    "cmdb": f"{_FACTS} cmdb.ports cmdb.chain",
    "cmdb.configuration": f"{_OFFICE} cmdb.exchange",
    "cmdb.people": _OFFICE,
    "cmdb.change": f"{_OFFICE} cmdb.configuration cmdb.people cmdb.exchange",
    "cmdb.service": f"{_OFFICE} cmdb.configuration cmdb.change cmdb.people cmdb.exchange",
    "cmdb.iso20000": f"{_DESKS} cmdb.exchange",
    "cmdb.exchange": _FACTS,
    "cmdb.stores": f"{_FACTS} cmdb.ports cmdb.chain",
    "discovery": f"{_OFFICE} cmdb.configuration cmdb.exchange discovery.ports",
    "discovery.ports": _FACTS,
    "discovery.connectors": f"{_FACTS} discovery.ports cmdb.exchange",
    "impact": _FACTS,
    "impact.reading": f"{_OFFICE} cmdb.configuration impact",
    "impact.questions": f"{_DESKS} impact impact.reading",
    "web": _OFFICE,
    "web.wording_note": f"{_OFFICE} discovery.ports web",
    "web.wording_run": f"{_OFFICE} discovery web web.wording_note",
    "web.deliveries": f"{_OFFICE} web cmdb.people",
    "web.signin": f"{_OFFICE} web cmdb.people",
    "web.api": _DOOR,
    "web.pages": _DOOR,
    "web.cli": f"{_DOOR} web.bootstrap web.serve web.demo",
    "web.worker": f"{_DOOR} web.bootstrap",
    "web.demo": f"{_DOOR} web.bootstrap",
    "web.app": f"{_OFFICE} web web.signin web.api web.pages",
    "web.serve": f"{_OFFICE} web web.app web.bootstrap web.signin",
}
COMPOSITION_ROOT = "web.bootstrap"  # It alone chooses adapters, so it may import everything.

# A folder whose parts do not know each other, but for the part that is there for all of them.
APART = {
    "cmdb.stores": {"batch", "checking", "dump_file", "dumping", "intake", "retention", "publishing"},
    "discovery.connectors": set(),
}

OWNERS = {
    "sqlite3": ("cmdb.stores.sqlite",),
    "neo4j": ("cmdb.stores.neo4j",),
    "apscheduler": ("web.worker",),
    "argon2": ("cmdb.people.passwords",),
    "networkx": ("impact", "cmdb.configuration.cabling"),
    "numba": ("impact.kernels",),
    "sklearn": ("impact.failure.peers",),
    "threadpoolctl": ("impact.failure",),
    "flask": ("web",),
    "flask_smorest": ("web.api",),
    "waitress": ("web.serve",),
    "click": ("web.cli",),
    "rich": ("web.cli",),
    "marshmallow": ("web.api", "cmdb.configuration", "discovery"),
    "rfc8785": ("cmdb.chain",),
    "icalendar": ("cmdb.exchange.ics",),
    "dateutil": ("cmdb.change.calendar.recurrence_rule",),
    "holidays": ("cmdb.service.holiday_calendars",),
    "chinese_calendar": ("cmdb.service.holiday_calendars",),
}

# No clock, no chance, no environment, no files, no network: same values in, same values out.
PURE = ("cmdb.model", "cmdb.exchange", "impact")
READS_THE_STORE = ("impact.reading", "impact.questions")
OUTSIDE = {"time", "random", "os", "socket", "subprocess", "threading", "tempfile", "pathlib", "uuid", "secrets"}


def within(module: str, room: str) -> bool:
    return module == room or module.startswith(room + ".")


def room_of(module: str) -> str:
    return max((room for room in (*LAW, COMPOSITION_ROOT) if within(module, room)), key=len)


@cache
def modules() -> dict[str, Path]:
    """Every module of the project by its dotted name."""
    found = {}
    for path in sorted(p for package in PACKAGES for p in (ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(module: str) -> Iterator[tuple[int, str]]:
    """Yield line and full name of everything a module imports, wherever in the file it does so."""
    path = modules()[module]
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def breach(module: str, name: str) -> str | None:
    """Return the law that importing ``name`` into ``module`` breaks, or None."""
    top = name.partition(".")[0]
    if top not in PACKAGES:
        return _library_breach(module, top)
    here, there = room_of(module), room_of(name)
    if here == there:
        return _sibling_breach(here, module, name)
    if here == COMPOSITION_ROOT or there in LAW[here].split():
        return None
    return f"{here} may not import {there}"


def _library_breach(module: str, top: str) -> str | None:
    if top in OWNERS and not any(within(module, owner) for owner in OWNERS[top]):
        return f"{top} belongs to {' and '.join(OWNERS[top])}"
    if within(module, "cmdb.model") and top not in sys.stdlib_module_names:
        return "the model knows the standard library alone"
    pure = any(within(module, room) for room in PURE) and not any(within(module, room) for room in READS_THE_STORE)
    return f"{top} is the outside world and this room is pure" if pure and top in OUTSIDE else None


def _sibling_breach(room: str, module: str, name: str) -> str | None:
    if room not in APART:
        return None
    mine, theirs = (m.removeprefix(room).strip(".").partition(".")[0] for m in (module, name))
    return None if theirs in {mine, *APART[room]} else f"{mine} may not know {theirs}"


@pytest.mark.parametrize("module", modules())
def test_a_module_imports_only_what_its_room_may(module):
    """Imports lead downwards, deferred ones too, and every library stays with its owner."""
    found = [
        f"{modules()[module].relative_to(ROOT)}:{line}: {law} ({name})"
        for line, name in imported(module)
        if (law := breach(module, name))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("module", modules())
def test_a_module_says_what_it_is_for(module):
    """The first line of a file tells a newcomer why it is there."""
    assert ast.get_docstring(ast.parse(modules()[module].read_text(encoding="utf-8")))


def test_the_law_has_no_circle():
    """No room needs, over whichever rooms between, itself."""
    TopologicalSorter({room: allowed.split() for room, allowed in LAW.items()}).prepare()


def test_a_breach_is_seen():
    """The test can fail: each law refuses an import that breaks it."""
    assert breach("cmdb.model.ci", "cmdb.ports.store") == "cmdb.model may not import cmdb.ports"
    assert breach("impact.graph", "cmdb.records") == "impact may not import cmdb"
    assert breach("cmdb.model.ci", "yaml") == "the model knows the standard library alone"
    assert breach("web.pages", "sqlite3") == "sqlite3 belongs to cmdb.stores.sqlite"
    assert breach("impact.states", "random") == "random is the outside world and this room is pure"
    assert breach("cmdb.stores.sqlite.write", "cmdb.stores.neo4j") == "sqlite may not know neo4j"
    assert breach("cmdb.stores.sqlite.write", "cmdb.stores.batch") is None


def test_no_file_outgrows_a_reader():
    """A file has at most 500 lines; the guide is a median of 130 and hardly any above 320."""
    lengths = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in _sources()}
    assert not {str(path): length for path, length in lengths.items() if length > 500}


def _sources() -> list[Path]:
    folders = (*PACKAGES, "tests", "bench")
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
