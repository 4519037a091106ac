"""What the rules of discovery and those of drift have in common at the command line: their text, and their versions."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from cmdb.model.kind import Kind
from cmdb.records import to_json
from web.cli.output import emit
from web.cli.session import Session
from web.cli.tables import moment, table


def show_rules(session: Session, desk: ModuleType, kind: Kind[Any], *, text: bool, none: str) -> None:
    """Print the text in force where that is asked for, else the versions that were set; without any, ``none``."""
    asked = session.twin(desk)
    if text:
        found = asked.in_force(session.context)
        emit(session, found._asdict(), lambda: [found.text.rstrip("\n")])
        return
    rows, after = [], None
    while True:
        page = asked.versions_page(session.context, after=after, limit=1000)
        rows += [to_json(kind, held.record) for held in page.rows]
        after = page.after
        if after is None:
            break
    shown = [[row["version"], row["set_by"], moment(row["set_at"]), row["sha256"]] for row in rows]
    headers = ("VERSION", "SET BY", "SET AT", "SHA-256")
    emit(session, {"rows": rows}, lambda: table(headers, shown, right=("VERSION",)) if rows else [none], rows=rows)
