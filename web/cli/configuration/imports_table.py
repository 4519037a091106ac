"""``foreshock import table``: a CSV, a sheet or a list of records; what columns mean, what changes, what is bad."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from cmdb.errors import Family, ForeshockError, InvalidInput, Problem
from web.cli.configuration.imports import imported, of_a_source, report_lines
from web.cli.files import named, read_all
from web.cli.output import emit, note
from web.cli.root import command
from web.cli.session import Session
from web.cli.tables import heading, plain, table

_FORMS = {".csv": "csv", ".tsv": "csv", ".xlsx": "xlsx", ".json": "json", ".yaml": "yaml", ".yml": "yaml"}
_WRITTEN = {".csv": "csv", ".xlsx": "xlsx"}
_WHY = {
    "unknown": "no attribute or relation is called like it",
    "unit": "its unit is not the attribute's",
    "taken": "another column has that already",
}
_MOST_ROWS = 20


@command(
    example="""\
foreshock import table servers.xlsx --class server --dry-run
foreshock import table 资产.csv --class 服务器 --source assets --apply-good --bad-rows bad.csv""",
    places={
        "/source": "--source",
        "/class": "--class",
        "/mapping": "--mapping",
        "/format": "--format",
        "/bad_rows": "--bad-rows",
        "/retire_missing": "--retire-missing",
    },
)
@of_a_source
@click.option("--class", "ci_class", metavar="CLASS", help="The class of rows that name none, by its name or label.")
@click.option("--mapping", metavar="FILE", help="What the columns mean, as JSON or YAML; kept for the next time.")
@click.option("--anew", is_flag=True, help="Suggest what the columns mean anew, whatever is kept.")
@click.option("--format", "form", type=click.Choice(sorted(set(_FORMS.values()))), help="The format of the file.")
@click.option("--sheet", metavar="NAME", help="The sheet; left out, the first that is not hidden.")
@click.option("--header", metavar="N", type=click.IntRange(1, 1000), help="Which row that is not empty is the header.")
@click.option("--encoding", metavar="NAME", help="The encoding of a text, where it can not be told.")
@click.option("--delimiter", metavar="SIGN", help="What stands between the columns of a CSV.")
@click.option("--apply-good", is_flag=True, help="Apply the good rows although others are bad; status 6 then.")
@click.option("--bad-rows", metavar="FILE", help="Write the bad rows there (.csv or .xlsx) with a column saying why.")
@click.pass_obj
def import_table(session: Session, /, mapping: str | None, bad_rows: str | None, **choices: Any) -> int:
    """
    Read a table in which each row is a CI: CSV, Excel (.xlsx), or a list of records in JSON or YAML.

    What the columns mean is suggested from what heads them (--dry-run shows it), and kept under the source for the
    next time. Everything that is wrong is said at once by row and column, and then nothing is written, unless the
    good rows are wanted without the bad ones.
    """
    from cmdb.configuration import table_import
    from cmdb.configuration.tables.stated import document_of

    written = _form_of(bad_rows, apply_good=choices["apply_good"])
    if choices["form"] is None:
        choices["form"] = _FORMS.get(Path(choices["file"]).suffix.lower())
    stated = None if mapping is None else document_of(_text(mapping))
    desk = session.twin(table_import)
    try:
        document = imported(session, desk.import_table, mapping=stated, bad_rows=written, **choices)
    except InvalidInput:
        if choices["dry_run"]:
            _told_meanwhile(session, desk.import_table, mapping=stated, **choices)
        raise
    content = document.pop("bad_file")
    if content is not None:
        Path(str(bad_rows)).write_bytes(base64.b64decode(content))
    emit(session, document, lambda: _lines(named(choices["file"]), document, bad_rows), rows=document["differences"])
    from web.wording import EXIT_STATUS

    return EXIT_STATUS[Family.PARTLY] if document["bad_count"] else 0


def _told_meanwhile(session: Session, importer: Callable[..., Any], **choices: Any) -> None:
    """Say what the columns of a table with bad rows were taken for, where that can be told; standard input is over."""
    if choices["file"] == "-" or session.output != "table":
        return
    try:
        document = imported(session, importer, bad_rows=None, **{**choices, "apply_good": True})
    except ForeshockError:
        # The columns themselves are what is wrong, and that is said.
        return
    for line in _mapping(document):
        note(line)


def _form_of(bad_rows: str | None, *, apply_good: bool) -> str | None:
    """Return the format that the name of the file for bad rows tells."""
    if bad_rows is None:
        return None
    if not apply_good:
        raise click.UsageError("--bad-rows goes with --apply-good; without it one bad row refuses the whole table")
    found = _WRITTEN.get(Path(bad_rows).suffix.lower())
    if found is None:
        raise click.UsageError(f"the name {bad_rows} tells no format; name it with {' or '.join(_WRITTEN)}")
    return found


def _text(file: str) -> str:
    try:
        return read_all(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problem = Problem("input.not_utf8", "it is not UTF-8; save the file as UTF-8", pointer="")
        raise InvalidInput([problem], what=named(file)) from error


def _lines(file: str, document: dict[str, Any], bad_rows: str | None) -> Iterator[str]:
    yield from report_lines(file, document)
    yield from _mapping(document)
    if not document["bad_count"]:
        return
    yield from heading("Bad rows", f"{document['bad_count']} of {document['rows']}")
    shown = 0
    for one in document["bad_rows"][:_MOST_ROWS]:
        for fault in one["problems"]:
            yield f"  {one['row']}: {plain(fault['message'])}"
        shown += 1
    if document["bad_count"] > shown:
        yield f"  and {document['bad_count'] - shown} more"
    if bad_rows is not None:
        yield ""
        yield f"They are in {plain(bad_rows)}; the last column says why."


def _mapping(document: dict[str, Any]) -> Iterator[str]:
    """Yield what each column was taken for."""
    mapping = document["mapping"]
    rows = [[mapping["id"], "id"]]
    rows += [[mapping[key], word] for key, word in (("name", "name"), ("class_column", "class")) if key in mapping]
    rows += [[column, f"attribute {name}"] for column, name in mapping.get("attributes", {}).items()]
    for each in mapping.get("relations", ()):
        rows.append([each["column"], f"{each['type']}, from there to the row" if each.get("reverse") else each["type"]])
    rows += [[each["column"], f"nothing: {_WHY[each['why']]}"] for each in document["unmapped"]]
    ci_class = f", class {mapping['class']}" if "class" in mapping else ""
    yield from heading("Columns", f"{document['mapping_is']}{ci_class}")
    yield from table(("COLUMN", "MEANS"), rows)
