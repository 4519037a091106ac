"""Import a table on the pages: send it, see what its columns mean and what would change, apply the good rows."""

from __future__ import annotations

import io
import json
from pathlib import PurePath
from typing import Any

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from cmdb.configuration.classes import catalogue_of
from cmdb.configuration.table_import import import_table
from cmdb.configuration.tables.report import TableReport
from cmdb.errors import InvalidInput
from cmdb.exchange.tables import FORMS
from web.pages.blueprint import pages
from web.pages.configuration.labels import class_choices
from web.pages.configuration.table_columns import column_choices, mapping_in, meanings_of
from web.pages.configuration.table_content import LARGEST, LARGEST_FORM, kept, sent
from web.pages.forms import Form, posted
from web.request import context

Answer = Response | str | tuple[str, int]
SHOWN = 500
_MEDIA = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
_FORMS = {".csv": "csv", ".tsv": "csv", ".xlsx": "xlsx", ".json": "json", ".yaml": "yaml", ".yml": "yaml"}
_LARGE = ("pages.preview_table", "pages.apply_table", "pages.bad_rows")
_READING = ("sheet", "encoding", "delimiter")
_FIELDS = {
    "/source": ("source", "Source"),
    "/class": ("class", "Class"),
    "/mapping/class": ("class", "Class"),
    "/format": ("form", "Format"),
}


@pages.url_value_preprocessor
def _make_room(endpoint: str | None, _: dict[str, Any] | None) -> None:
    """Let a table in, and come back from the page: before anything of the request is read."""
    if endpoint in _LARGE:
        request.max_content_length = request.max_form_memory_size = LARGEST_FORM


@pages.get("/import", endpoint="import_table")
def ask() -> str:
    """Show the form that a table is sent with."""
    context().allow("estate:import")
    return _ask(Form())


@pages.post("/import", endpoint="preview_table")
def preview() -> Answer:
    """Show what the columns mean, what would change and which rows are bad; nothing is written."""
    context().allow("estate:import")
    form, name, content = _sent()
    if content is None:
        form.fault("file", "Table", "no table was sent; choose a file")
        return _ask(form), 422
    form.values = {**form.values, "source": form.text("source") or name}
    return _shown(form, name, content)


@pages.post("/import/apply", endpoint="apply_table")
def apply() -> Answer:
    """Apply the rows that are good, as one revision, and keep what the columns mean."""
    context().allow("estate:import")
    form, name, content = _sent()
    if content is None:
        return _ask(form), 422
    try:
        report = _imported(form, content, dry_run=False)
    except InvalidInput as wrong:
        return _refused(form, name, wrong)
    written = report.report.revision
    flash(f"{name} is revision {written}." if written else f"{name} changes nothing.")
    return _render(form, name, content, report, applied=True)


@pages.post("/import/bad-rows", endpoint="bad_rows")
def bad_rows() -> Answer:
    """Hand the bad rows back as a file with a column that says why."""
    context().allow("estate:import")
    form, name, content = _sent()
    wanted = form.value("as") if form.value("as") in _MEDIA else "csv"
    if content is None:
        return _ask(form), 422
    try:
        report = _imported(form, content, dry_run=True, bad_rows=wanted)
    except InvalidInput as wrong:
        return _refused(form, name, wrong)
    answer = Response(report.bad_file or b"", mimetype=_MEDIA[wanted])
    answer.headers.set("Content-Disposition", "attachment", filename=f"bad-rows.{wanted}")
    return answer


def _sent() -> tuple[Form, str, bytes | None]:
    """Return the form, the name of the table, and what it holds: as it is sent, or as it came back from the page."""
    form, file = posted(), request.files.get("file")
    if file is not None and file.filename:
        return form, PurePath(file.filename.replace("\\", "/")).name[:200], file.read()
    name = form.value("file_name") or "table"
    return form, name, sent(form.value("content"))


def _imported(form: Form, content: bytes, *, dry_run: bool, bad_rows: str | None = None) -> TableReport:
    name = form.value("file_name")
    header = form.text("header")
    reading: dict[str, Any] = {each: form.text(each) or None for each in _READING}
    return import_table(
        context(),
        io.BytesIO(content),
        source=form.text("source"),
        ci_class=form.value("class") or None,
        mapping=mapping_in(form),
        anew=form.value("do") == "anew",
        form=form.value("form") or _FORMS.get(PurePath(name).suffix.lower()),
        header=int(header) if header.isdecimal() and 0 < int(header) <= 1000 else None,
        dry_run=dry_run,
        apply_good=True,
        bad_rows=bad_rows,
        show=SHOWN,
        **reading,
    )


def _shown(form: Form, name: str, content: bytes) -> Answer:
    form.values = {**form.values, "file_name": name}
    try:
        return _render(form, name, content, _imported(form, content, dry_run=True), applied=False)
    except InvalidInput as wrong:
        return _refused(form, name, wrong)


def _refused(form: Form, name: str, wrong: InvalidInput) -> Answer:
    """Show the form again with what keeps the table from being read or meant."""
    for problem in wrong.problems:
        form.fault(*_FIELDS.get(problem.pointer or "", ("", name)), problem.message)
    return _ask(form), 422


def _ask(form: Form) -> str:
    catalogue = catalogue_of(context())
    return render_template(
        "configuration/import.html",
        form=form,
        class_choices=[("", "each row names it, or it is told by a column"), *class_choices(catalogue)],
        forms=[("", "told by the file"), *((each, each) for each in FORMS)],
        megabytes=LARGEST // 1024**2,
    )


def _render(form: Form, name: str, content: bytes, report: TableReport, *, applied: bool) -> str:
    document = report.as_json()
    catalogue = catalogue_of(context())
    return render_template(
        "configuration/import_report.html",
        form=form,
        name=name,
        applied=applied,
        report=document,
        good=report.rows - report.bad_count,
        columns=meanings_of(report),
        report_columns=json.dumps(report.columns, ensure_ascii=False),
        choices=column_choices(catalogue, report),
        content=kept(content),
        mapping=json.dumps(document["mapping"], ensure_ascii=False),
        reading={each: form.text(each) for each in (*_READING, "header", "form", "class", "source")},
        kinds=[(what, [each for each in document["differences"] if each["what"] == what]) for what in _kinds(document)],
        more=max(0, document["difference_count"] - len(document["differences"])),
        more_bad=max(0, report.bad_count - len(report.bad)),
    )


def _kinds(document: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(each["what"] for each in document["differences"]))
