"""The store as a whole at the command line: let go of old history, and copy one store into another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from cmdb.errors import InvalidInput, Problem
from cmdb.roles import allow
from web.addresses import SqliteAddress, StoreAddress
from web.cli.output import done, emit
from web.cli.progress import progress
from web.cli.root import command
from web.cli.session import Session

if TYPE_CHECKING:
    from cmdb.ports.store import Store

_AGE = re.compile(r"(\d{1,6})d", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_UNITS = ("bytes", "kB", "MB", "GB", "TB")


@command(example="foreshock store compact --before 3650d --dry-run", places={"/before": "--before"})
@click.option(
    "--before",
    metavar="REVISION|DATE|AGE",
    required=True,
    help="Where history shall begin: a revision (5120), a moment, a day (2026-03-02, from its start in UTC) or an age"
    " in days (3650d).",
)
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.pass_obj
def compact(session: Session, /, before: str, dry_run: bool) -> None:
    """
    Let go of history that lies before a revision, a day or an age.

    The log is verified first. Whatever is there from then on can be read as before, and so can every revision that an
    assessment was computed from, however old. Who, when and why stays for every revision. It may be stopped and run
    again, and others may write meanwhile.
    """
    from cmdb.change import retention

    session.here()
    context = session.context
    floor = _floor(session.store, before, context.clock.now())
    with progress(session, {"let go": "records looked at"}) as told, session.watch.computing():
        heard = None if told is None else lambda count: told("let go", count)
        found = retention.let_go(context, floor, dry_run=dry_run, progress=heard)
    document = {
        "floor": found.floor,
        "gone": found.gone,
        "kept": found.kept,
        "cited": list(found.cited),
        "bytes_before": found.size_before,
        "bytes_after": found.size_after,
        "dry_run": dry_run,
    }
    emit(session, document, lambda: _let_go(document))


def _floor(store: Store, text: str, now: datetime) -> int:
    from web.as_of import revision_of

    text = text.strip()
    if match := _AGE.fullmatch(text):
        try:
            return store.revision_at(now - timedelta(days=int(match[1])))
        except OverflowError:
            return 0
    if _DAY.fullmatch(text):
        try:
            day = datetime.fromisoformat(text).replace(tzinfo=UTC)
        except ValueError:
            fault = Problem("as_of.no_day", "{text!r} is no day of the calendar", {"text": text}, "/before")
            raise InvalidInput([fault], what="where history shall begin", setting=True) from None
        # From the start of the day on, so the last revision before it is the first to be whole.
        return store.revision_at(day - timedelta(microseconds=1))
    return revision_of(store, text, pointer="/before") or 0


def _let_go(found: dict[str, Any]) -> Iterator[str]:
    if found["floor"] == 0:
        yield "Nothing lies before that: history stays whole."
        return
    would = found["dry_run"]
    begins = f"History {'would begin' if would else 'begins'} at revision {found['floor']}."
    went = "would go" if would else "went" if found["gone"] else "had to go"
    yield f"{begins} {found['gone'] or 'No'} version(s) {went}."
    if found["cited"]:
        yield (
            f"Below it {found['kept']} version(s) {'would stay' if would else 'stay'} for the {len(found['cited'])}"
            " revision(s) that assessments, and so decisions, rest on."
        )
    if found["bytes_before"] is not None:
        after = "" if found["bytes_after"] is None else f"; now {_size(found['bytes_after'])}"
        yield f"The store {'has' if would else 'had'} {_size(found['bytes_before'])}{after}."


def _size(count: int) -> str:
    value, unit = float(count), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.0f} {_UNITS[unit]}" if unit == 0 else f"{value:.1f} {_UNITS[unit]}"


@command(example="foreshock store copy sqlite:///estate.db sqlite:////srv/foreshock/estate.db")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.pass_obj
def copy(session: Session, /, source: str, target: str) -> None:
    """
    Copy a store with all its history into another, and verify that both are the same.

    FROM and TO are addresses as in FORESHOCK_STORE. TO is made where there is none. Interrupted, the same command goes
    on; done again later, it adds what was written since. Until the copy is whole, TO can not be used.
    """
    from cmdb.copying import copy as pour
    from web.actors import acting
    from web.addresses import read_address
    from web.bootstrap import open_address

    session.here()
    # There are two stores, and none of them is the one whose context could be asked.
    allow(acting(session.settings), "store:maintain")
    session.in_parts = True
    places = read_address(source, what="FROM"), read_address(target, what="TO")
    if _place(places[0]) == _place(places[1]):
        fault = Problem("store.same", "FROM and TO are the same store: {store}", {"store": places[0].shown}, pointer="")
        raise InvalidInput([fault], what="the copy", setting=True)
    first = open_address(places[0], session.settings, create=False)
    other = open_address(places[1], session.settings)
    try:
        with progress(session, {"copy": "rows copied", "check": "records verified"}) as told:
            copied = pour(first, other, told)
    finally:
        first.close()
        other.close()
    document = {"from": places[0].shown, "to": places[1].shown, "verified": True, **copied._asdict()}
    done(session, document, "\n".join(_copied(document)))


def _place(address: StoreAddress) -> object:
    """Return what tells two stores apart, however the path of one is spelled."""
    return address.path.resolve() if isinstance(address, SqliteAddress) else address


def _copied(found: dict[str, Any]) -> Iterator[str]:
    if found["since"] == found["revision"] > 0:
        yield f"The copy was up to date: both stores are at revision {found['revision']}."
    elif found["since"]:
        yield f"Copied revisions {found['since'] + 1} to {found['revision']}; those before were there."
    else:
        yield f"Copied everything up to revision {found['revision']}."
    kinds = ", ".join(f"{count} {name}" for name, count in found["kinds"].items())
    yield f"Verified: nothing is wrong in the copy, and the hash chain has the same end, {found['hash'][:16]}..."
    yield f"Living records in both: {kinds or 'none'}."
