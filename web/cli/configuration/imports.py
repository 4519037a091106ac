"""``foreshock import``: read an estate, show the difference, apply it as one revision or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from web.cli import options
from web.cli.files import named, opened, unreadable
from web.cli.output import emit
from web.cli.progress import progress
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import heading, plain, table

MOST_SHOWN = 20
MOST_IN_JSON = 100
STANDARD_INPUT = "standard-input"
_STEPS = {"read": "Reading", "compare": "Comparing", "write": "Writing"}
_KINDS = ("items", "relations", "groups")


def of_a_source(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the argument FILE and the options of everything that imports one."""
    for option in reversed(
        (
            click.argument("file", metavar="FILE|-"),
            options.dry_run("show what would be new, changed, unchanged and missing"),
            click.option("--source", metavar="NAME", help="Where the file comes from; left out, the file's name."),
            click.option(
                "--retire-missing",
                is_flag=True,
                help="Retire what earlier imports of this source brought and this file lacks.",
            ),
            click.option(
                "--allow-broken-groups",
                is_flag=True,
                help="Retire also where a redundancy group then has fewer members than it needs; the group ends.",
            ),
            click.option(
                "--show",
                type=click.IntRange(min=0),
                metavar="N",
                help=f"How many single differences are shown; {MOST_SHOWN} in a dry run, {MOST_IN_JSON} in formats for"
                " scripts.",
            ),
        )
    ):
        command = option(command)
    return command


@command(
    example="""\
foreshock import estate estate.json --dry-run
zcat estate.jsonl.gz | foreshock import estate - --source netbox""",
    places={"/source": "--source"},
)
@of_a_source
@click.option("--create-classes", is_flag=True, help="Define classes and attributes that are not there yet.")
@click.pass_obj
def estate(session: Session, /, **choices: Any) -> None:
    """
    Read an estate document (estate/1): JSON or JSON Lines, plain or gzip, from a file or standard input.

    New and changed CIs, relations and groups are applied as one revision; importing the same twice changes nothing.
    Everything that is wrong with the file is said at once, and then nothing is written.
    """
    from cmdb.configuration import intake

    document = imported(session, session.twin(intake).import_estate, **choices)
    emit(session, document, lambda: report_lines(named(choices["file"]), document), rows=document["differences"])


def imported(
    session: Session, importer: Callable[..., Any], *, file: str, source: str | None, show: int | None, **choices: Any
) -> dict[str, Any]:
    """Return the report of a desk, or of its twin, that takes the file in."""
    if show is None:
        # Who has applied it has seen the differences, or did not want to; the figures are enough.
        people = MOST_SHOWN if choices["dry_run"] else 0
        show = people if session.output == "table" else MOST_IN_JSON
    if source is None:
        source = STANDARD_INPUT if file == "-" else Path(file).name
    context = session.context
    with opened(file) as stream, progress(session, _STEPS) as told, session.watch.computing():
        try:
            report = importer(context, stream, source=source, show=show, progress=told, **choices)
        except OSError as error:
            # Only reading the file is left to the operating system; the store has errors of its own.
            raise unreadable(file, error) from error
    document: dict[str, Any] = report.as_json()
    return document


def report_lines(file: str, document: dict[str, Any]) -> Iterator[str]:
    """Yield the report of an import for people."""
    done = document["new"] + document["changed"] + document["retired"] + document["ended"] > 0
    if document["dry_run"]:
        yield f"A dry run of {plain(file)}, source {plain(document['source'])}: nothing was written."
    elif document["revision"] is None:
        yield f"{plain(file)} changes nothing" + (" that is not missing." if document["missing"] else ".")
    else:
        yield f"{plain(file)} is revision {document['revision']}, source {plain(document['source'])}."
    yield ""
    yield from _figures(document)
    yield from _differences(document)
    yield from _remarks(document)
    if document["dry_run"] and done:
        yield ""
        yield "Run it without --dry-run to apply this."


def _figures(document: dict[str, Any]) -> Iterator[str]:
    names = ("new", "changed", "unchanged", "missing")
    rows = [[kind, *(document["by_kind"][kind][name] for name in names)] for kind in _KINDS]
    rows.append(["together", *(document[name] for name in names)])
    headers = ("", *(name.upper() for name in names))
    yield from table(headers, rows, right=headers[1:])


def _differences(document: dict[str, Any]) -> Iterator[str]:
    shown: dict[str, list[dict[str, Any]]] = {}
    for one in document["differences"]:
        shown.setdefault(one["what"], []).append(one)
    for what, several in shown.items():
        yield from heading(what.capitalize())
        for one in several:
            yield f"  {one['kind']} {_key(one)}"
            if what == "changed":
                yield from (f"    {_field(change)}" for change in one["fields"])
    more = document["difference_count"] - len(document["differences"])
    if more > 0 and shown:
        yield ""
        yield f"and {more} more (--show {document['difference_count']} shows all)"


def _key(one: dict[str, Any]) -> str:
    """Return what identifies a record, as people say it."""
    if one["kind"] == "relation":
        source, kind, target, group = json.loads(one["key"])
        return plain(f"{source} {kind} {target}" + (f" (group {group})" if group else ""))
    if one["kind"] == "group":
        item, name = json.loads(one["key"])
        return plain(f"{name} of {item}")
    return plain(one["key"])


def _field(change: dict[str, Any]) -> str:
    before, after = (json.dumps(change[side], ensure_ascii=False) for side in ("before", "after"))
    if change["before"] is None:
        return f"{plain(change['field'])}: {plain(after)} (new)"
    if change["after"] is None:
        return f"{plain(change['field'])}: {plain(before)} is taken away"
    return f"{plain(change['field'])}: {plain(before)} > {plain(after)}"


def _remarks(document: dict[str, Any]) -> Iterator[str]:
    remarks = []
    verb = "would be" if document["dry_run"] else "were"
    for what in ("classes", "attributes"):
        if document[f"{what}_created"]:
            remarks.append(f"{what.capitalize()} that {verb} created: {', '.join(document[f'{what}_created'])}.")
    if document["retired"] or document["ended"]:
        ended = document["ended"]
        remarks.append(f"{document['retired']} CIs {verb} retired; {ended} relations and groups {verb} ended.")
    elif document["missing"]:
        remarks.append("What is missing stays; --retire-missing retires it.")
    if document["adopted"]:
        remarks.append(f"{document['adopted']} that other sources brought are of this source as well from now on.")
    for group in document["broken_groups"]:
        left = f"{group['members']} left, needs {group['needs']}"
        remarks.append(f"Group {plain(group['name'])} of {plain(group['item'])} would break: {left}.")
    for note in document["notes"]:
        place = f"line {note['line']}: " if "line" in note else f"{note['pointer']}: " if note["pointer"] else ""
        remarks.append(f"{place}{plain(note['message'])}")
    more = document["notes_count"] - len(document["notes"])
    if more > 0:
        remarks.append(f"and {more} more remarks like these")
    if remarks:
        yield ""
        yield from remarks
