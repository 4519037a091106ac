"""Sources of discovery at the command line: which there are, with which settings, and how they stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from cmdb.errors import InvalidInput, Problem
from web.cli.files import read_all
from web.cli.output import done, emit
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import fields, heading, moment, table

if TYPE_CHECKING:
    from cmdb.model.source import Source


@command(
    example="""\
foreshock source put dc1 --connector ssh_linux --set hosts='[10.0.0.11, 10.0.0.12]' --set key=file:/etc/foreshock/key
foreshock source put books --connector netbox --settings netbox.yaml""",
    places={
        "/id": "NAME",
        "/settings": "--set",
        "/at_once": "--at-once",
        "/requests_a_second": "--requests-a-second",
        "/schedule": "--schedule",
        "/jitter": "--jitter",
        "/maintenance": "--maintenance",
        "/hook": "--hook",
    },
)
@click.argument("name")
@click.option("--connector", required=True, metavar="NAME", help="How it is looked at: foreshock source connectors.")
@click.option("--settings", "file", metavar="FILE|-", help="The settings, as YAML or JSON.")
@click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="One setting, its value as YAML; repeatable.")
@click.option("--at-once", type=int, metavar="N", help="How many targets may be read at one time.")
@click.option("--requests-a-second", type=float, metavar="N", help="How often each target may be asked.")
@click.option("--schedule", metavar="CRONTAB", help="When it is run, in UTC: '15 * * * *'; left out, when asked for.")
@click.option("--jitter", type=click.IntRange(0, 3600), default=0, metavar="SECONDS", help="Begin up to so much later.")
@click.option(
    "--maintenance",
    multiple=True,
    metavar="WINDOW",
    help="It is not run by itself then: 'sat,sun 00:00-24:00 Europe/Berlin'; repeatable.",
)
@click.option("--maintenance-stops", is_flag=True, help="A run that goes on then is stopped, and goes on afterwards.")
@click.option("--hook", metavar="REFERENCE", help="The secret that calls from outside are signed with: env:NAME.")
@click.pass_obj
def put(
    session: Session,
    /,
    name: str,
    connector: str,
    file: str | None,
    pairs: tuple[str, ...],
    **more: Any,
) -> None:
    """Enter a source of discovery, or change it. Credentials are given as references: env:NAME or file:PATH."""
    from cmdb.model.source import SOURCES
    from cmdb.records import to_json
    from discovery import sources

    held = session.twin(sources).put(session.context, name, connector, _settings(file, pairs), **more)
    done(
        session,
        to_json(SOURCES, held.record),
        f"Source {name} is looked at by {connector}: foreshock discover run {name}",
    )


def _settings(file: str | None, pairs: tuple[str, ...]) -> dict[str, Any]:
    import yaml

    found: dict[str, Any] = {}
    if file is not None:
        try:
            found = yaml.safe_load(read_all(file)) or {}
        except yaml.YAMLError as error:
            fault = Problem("input.yaml", "it is no YAML: {cause}", {"cause": str(error).replace("\n", " ")}, "")
            raise InvalidInput([fault], what=file) from error
        if not isinstance(found, dict):
            raise InvalidInput([Problem("input.mapping", "settings are keys with values", {}, "")], what=file)
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals:
            raise click.UsageError(f"--set {pair}: a setting is KEY=VALUE")
        try:
            found[key] = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise click.UsageError(f"--set {key}: its value is no YAML") from error
    return found


@command(example="foreshock source show dc1")
@click.argument("name")
@click.pass_obj
def show(session: Session, /, name: str) -> None:
    """Show one source with its settings, when it was read last, and what was not read to its end then."""
    from cmdb.model.source import SOURCES
    from cmdb.records import to_json
    from discovery import asking, sources

    source = session.twin(sources).get(session.context, name).record
    read = session.twin(asking).how_read(session.context, name)
    left_out = session.twin(asking).not_asked(session.context, name)
    document = {
        **to_json(SOURCES, source),
        "coverage": read,
        "not_asked": {key: left_out[key] for key in ("refused", "away")},
    }
    emit(session, document, lambda: [*_source_lines(source, read), *_left_out_lines(left_out)])


def _left_out_lines(left_out: dict[str, Any]) -> Iterator[str]:
    if left_out["refused"]:
        yield from heading("Credential refused, not tried again (foreshock discover run --try-refused tries)")
        rows = [[row["target"], ", ".join(row["references"]), row["run"]] for row in left_out["refused"]]
        yield from table(("TARGET", "CREDENTIAL", "IN"), rows)
    if left_out["away"]:
        yield from heading("Nobody answers, asked less often")
        rows = [[row["target"], row["runs"], moment(row["until"])] for row in left_out["away"]]
        yield from table(("TARGET", "RUNS", "NOT BEFORE"), rows, right=("RUNS",))


def _source_lines(source: Source, read: dict[str, Any]) -> Iterator[str]:
    yield f"{source.id}  {source.connector}" + ("" if source.enabled else "  switched off")
    figures = [("at once", source.at_once), ("requests a second", source.requests_a_second)]
    yield from fields([("schedule", source.schedule), *figures], indent="  ")
    stops = " (and stops what goes on)" if source.maintenance_stops else ""
    yield from fields([("maintenance", f"{each}{stops}") for each in source.maintenance], indent="  ")
    yield from fields([("hook", source.hook)], indent="  ")
    last = f"{moment(read['read_at'])} ({read['run']})" if read["read_at"] else "never"
    yield from fields([("last read", last), ("last attempt", _attempt_words(read["attempt"]))], indent="  ")
    yield from heading("Settings")
    yield from fields(sorted(source.settings.items()), indent="  ")
    if read["behind"]:
        yield from heading("Not read to the end")
        rows = [[row["scope"], row["readings"], moment(row["read_at"])] for row in read["behind"]]
        yield from table(("SCOPE", "RUNS MISSED", "LAST READ"), rows, right=("RUNS MISSED",))


def _attempt_words(attempt: dict[str, Any] | None) -> str:
    """Return how the last run ended, where it could read nothing: when, and how; else ""."""
    from cmdb.model.run import RunState
    from web.wording_run import attempt_words

    return attempt_words(moment(attempt["ended_at"]), RunState(attempt["state"])) if attempt else ""


@command(example="foreshock source off dc1")
@click.argument("name")
@click.pass_obj
def off(session: Session, /, name: str) -> None:
    """Switch a source off: it is not run until it is switched on again."""
    _switch(session, name, enabled=False)


@command(example="foreshock source on dc1")
@click.argument("name")
@click.pass_obj
def on(session: Session, /, name: str) -> None:
    """Switch a source on again."""
    _switch(session, name, enabled=True)


def _switch(session: Session, name: str, *, enabled: bool) -> None:
    from cmdb.model.source import SOURCES
    from cmdb.records import to_json
    from discovery import sources

    held = session.twin(sources).enable(session.context, name, enabled=enabled)
    done(session, to_json(SOURCES, held.record), f"Source {name} is switched {'on' if enabled else 'off'}.")


@command(example="foreshock source connectors files")
@click.argument("names", nargs=-1, metavar="[CONNECTOR]...")
@click.pass_obj
def connectors(session: Session, /, names: tuple[str, ...]) -> None:
    """List the connectors and what each finds; of those named, also the type and default of every setting."""
    rows = _connector_rows(session, names)
    emit(session, {"rows": rows}, lambda: _connector_lines(rows, whole=bool(names)), rows=rows)


def _connector_rows(session: Session, names: tuple[str, ...]) -> list[dict[str, Any]]:
    from cmdb.errors import NotFound

    if session.server is None:
        from discovery import registry

        several = [registry.connector_of(name) for name in names] or registry.connectors().values()
        return [registry.told(each) for each in several]
    from web.cli.remote.sources import connector_rows

    known = {row["name"]: row for row in connector_rows(session.server)}
    if missing := [name for name in names if name not in known]:
        raise NotFound(kind="connector", ids=missing)
    return [known[name] for name in names or known]


def _connector_lines(rows: list[dict[str, Any]], *, whole: bool) -> Iterator[str]:
    for row in rows:
        yield from heading(row["name"], row["purpose"])
        if row["extra"]:
            yield f"  needs: pip install foreshock[{row['extra']}]"
        if whole:
            yield from table(("SETTING", "TYPE", "DEFAULT", "WHAT IT IS"), _setting_rows(row["settings"], ""))
        else:
            told = (
                (each["name"] + (" *" if each["required"] else ""), each["description"]) for each in row["settings"]
            )
            yield from fields(told, indent="  ")
    yield ""
    yield "* is required." + ("" if whole else " Types, defaults and parts: foreshock source connectors CONNECTOR")


def _setting_rows(settings: list[dict[str, Any]], above: str) -> Iterator[list[str]]:
    """Yield a row for each setting, those within another below it: ``table.relations.column``."""
    import json

    for each in settings:
        default = "" if each["default"] is None else json.dumps(each["default"], ensure_ascii=False)
        star = " *" if each["required"] else ""
        yield [f"{above}{each['name']}{star}", each["type"], default, each["description"]]
        yield from _setting_rows(each["parts"], f"{above}{each['name']}.")


@command(example="foreshock source list")
@click.pass_obj
def list_sources(session: Session, /) -> None:
    """List the sources, when each was read last, and what it did not read to the end."""
    rows = every_source(session)
    emit(session, {"rows": rows}, lambda: source_lines(rows), rows=rows)


def every_source(session: Session) -> list[dict[str, Any]]:
    """Return a row for each source, with how far it was read."""
    from discovery import asking

    rows: list[dict[str, Any]] = []
    after = None
    while True:
        found, after = session.twin(asking).standings(session.context, after=after, limit=1000)
        rows += [_row(each) for each in found]
        if after is None:
            return rows


def _row(found: dict[str, Any]) -> dict[str, Any]:
    names = ("connector", "enabled", "schedule", "read_at", "run", "attempt", "behind")
    return {"name": found["id"], **{name: found[name] for name in names}}


def source_lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the table of sources."""
    if not rows:
        yield "No source is there. Enter one: foreshock source put --help"
        return
    shown = [
        [
            row["name"],
            row["connector"],
            "" if row["enabled"] else "off",
            row["schedule"] or "",
            moment(row["read_at"]),
            row["behind"],
            _attempt_words(row["attempt"]),
        ]
        for row in rows
    ]
    heads = ("SOURCE", "CONNECTOR", "", "SCHEDULE", "LAST READ", "SCOPES BEHIND", "LAST ATTEMPT")
    yield from table(heads, shown, right=("SCOPES BEHIND",))
