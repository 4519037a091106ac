"""The store itself: make it, check it, copy it, bring it up to date, and prove that its log was not altered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from cmdb.ports.store import Finding
from web.cli.output import done, emit
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import plain

# What each finding of a check means; the facts say where.
FINDINGS = {
    "check.unreadable": "a part of the store can not be read",
    "check.medium": "the database file itself is damaged",
    "check.kind": "a table belongs to no kind of record",
    "check.revision_gap": "a revision is missing",
    "check.chain_broken": "a revision does not follow from the one before: the hash chain is broken",
    "check.altered": "a revision is not what was written: its bytes were altered",
    "check.head": "the newest revision is not the one the store says",
    "check.entries": "the entries of a revision are not what was written",
    "check.column": "an indexed value differs from the document it was taken from",
    "check.version": "the versions of a record have a gap",
    "check.count": "the number of records differs from what the store says",
    "check.end": "a relation or group points to what is not there",
    "check.claim": "a unique value is held wrongly",
    "check.blob": "a kept file is not what was put",
    "check.baseline": "what was kept of the history that was let go is not what was sealed: it was altered",
    "check.graph": "the graph for people differs from the log it is drawn from",
    "check.index": "an index is missing, so some questions take long",
}

# What is made anew without a look at anything but the log.
DERIVED = {"check.column", "check.count", "check.claim", "check.graph", "check.index"}


@command(example="FORESHOCK_STORE=sqlite:///estate.db foreshock init")
@click.pass_obj
def init(session: Session, /) -> None:
    """
    Make the store and say where it is. Where one is already, nothing happens to it.

    With FORESHOCK_SIGN_IN=on, and as long as nobody can sign in, the acting account becomes an administrator, and a
    one-time link to set their password is printed.
    """
    from web.bootstrap import store_address

    session.here()
    place = store_address(session.settings).shown
    store, made = session.opened()
    document = {"store": place, "created": made, "schema": store.migrate(), "revision": store.revision()}
    if made:
        sentence = f"The store is made: {place}"
    else:
        sentence = f"The store is there already: {place}, at revision {document['revision']}."
    link = _first_link(session)
    if link is not None:
        document["link"] = link
        sentence += f"\nSet the first password here, once, within a day: {link}"
    done(session, document, sentence)


def _first_link(session: Session) -> str | None:
    """Return the link of the first administrator, None where nobody signs in or somebody can already."""
    from web.signin.policy import is_on

    if not is_on(session.settings):
        return None
    from cmdb.people import persons, sign_in
    from web.cli.people.sessions import invitation

    here = session.context
    if sign_in.anybody_can(here.store):
        return None
    if here.actor.person is None:
        persons.add(here, here.actor.id, name=here.actor.id, roles=["administrator"])
    made = sign_in.invite(here, here.actor.person or here.actor.id)
    return str(invitation(session, made)["link"])


SOUND = "The store is sound: every record, relation and byte of the log agrees, up to revision {}."
# What a backup alone brings back: the log is evidence, and is never written to.
BEYOND_REPAIR = "This can not be mended without the log, and the log is never touched: it needs a backup made before."


@command(example="foreshock check --repair")
@click.option(
    "--repair",
    is_flag=True,
    help="Make anew what derives from the log: indexes, full text, counts, unique values. The log is never touched.",
)
@click.pass_obj
def check(session: Session, /, repair: bool) -> int:
    """
    Look for anything wrong in the store: the file, dangling ends, current state against the log, the hash chain.

    Status 0 when it is sound (or all could be mended), 1 when it is not.
    """
    session.here()
    session.context.allow("store:maintain")
    return _repaired(session) if repair else _checked(session, SOUND)


def _repaired(session: Session) -> int:
    store = session.store
    with session.watch.computing():
        mended = _rows(store.repair())
        left = _rows(store.check())
    document = {"revision": store.revision(), "sound": not left, "mended": mended, "findings": left}
    rows = [{"mended": True, **row} for row in mended] + [{"mended": False, **row} for row in left]
    emit(session, document, lambda: _mended(document), rows=rows or [document])
    return 1 if left else 0


def _mended(document: dict[str, Any]) -> Iterator[str]:
    yield "Made anew from the log: indexes, full text, values kept beside records, counts, unique values."
    if document["mended"]:
        yield f"{len(document['mended'])} thing(s) were wrong and are mended:"
        yield from _told_of(document["mended"])
    else:
        yield "Nothing was wrong there."
    if document["findings"]:
        yield f"{len(document['findings'])} thing(s) are still wrong. {BEYOND_REPAIR}"
        yield from _told_of(document["findings"])
    else:
        yield SOUND.format(document["revision"])


@command(example="foreshock audit verify")
@click.pass_obj
def verify(session: Session, /) -> int:
    """
    Check the store against its own log, every byte of it, and the hash chain that binds the revisions.

    Status 0 when nothing was altered, 1 when something was.
    """
    sound = "Nothing was altered: the log is whole and its hash chain holds, up to revision {}."
    if session.server is not None:
        return _told(session, session.server.get("audit", "verify").document, sound)
    session.context.allow("audit:verify")
    return _checked(session, sound)


def _checked(session: Session, sound: str) -> int:
    store = session.store
    revision = store.revision()
    with session.watch.computing():
        findings = store.check()
    rows = _rows(findings)
    return _told(session, {"revision": revision, "sound": not rows, "findings": rows}, sound)


def _told(session: Session, document: dict[str, Any], sound: str) -> int:
    rows = document["findings"]
    lines = (lambda: _findings(rows)) if rows else (lambda: [sound.format(document["revision"])])
    emit(session, document, lines, rows=rows or [document])
    return 1 if rows else 0


def _findings(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield f"{len(rows)} thing(s) are wrong:"
    yield from _told_of(rows)
    if all(row["code"] in DERIVED for row in rows):
        yield "All of it derives from the log and can be made anew: foreshock check --repair"
    else:
        yield "What concerns the log itself only a backup made before brings back: foreshock restore"


def _rows(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    return [{"code": finding.code, "facts": finding.facts} for finding in findings]


def _told_of(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        facts = ", ".join(f"{name} {plain(value)}" for name, value in row["facts"].items())
        yield f"  {FINDINGS.get(row['code'], row['code'])} [{row['code']}]: {facts}"


@command(example="foreshock backup estate-2026-12-02.db")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def backup(session: Session, /, file: Path) -> None:
    """Write a copy of the store as it is at one revision, while others go on writing. No file is ever overwritten."""
    session.here()
    session.context.allow("store:maintain")
    revision = session.store.backup(file)
    document = {"file": str(file.absolute()), "revision": revision}
    done(session, document, f"Revision {revision} is in {file}. Bring it back with: foreshock restore {file}")


@command(example="FORESHOCK_STORE=sqlite:///restored.db foreshock restore estate-2026-12-02.db")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def restore(session: Session, /, file: Path) -> None:
    """
    Bring a backup back as the store that FORESHOCK_STORE names.

    FILE was made by foreshock backup from a store of the same kind: a file is brought back as a file, and what was on a
    server into an empty database of a server. A store that is there is never overwritten: move it away first, or name
    another place. Interrupted on a server, the same command goes on.
    """
    from cmdb.roles import allow
    from web.actors import acting
    from web.addresses import SqliteAddress
    from web.bootstrap import restore_store, store_address

    session.here()
    # There is no store yet whose context could be asked.
    allow(acting(session.settings), "store:maintain")
    place = store_address(session.settings)
    # A file is put in its place when it is whole; a server is filled part by part.
    session.in_parts = not isinstance(place, SqliteAddress)
    revision = restore_store(session.settings, file)
    document = {"store": place.shown, "revision": revision}
    done(session, document, f"The store {place.shown} is back at revision {revision}.")


@command(example="foreshock migrate")
@click.pass_obj
def migrate(session: Session, /) -> None:
    """Bring the store to this programme's schema. Every command does so when it opens the store; this one says it."""
    session.here()
    session.context.allow("store:maintain")
    schema = session.store.migrate()
    done(session, {"schema": schema}, f"The store has schema {schema}.")
