"""The list of changes: newest first, by state, page after page."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, request, url_for

from cmdb.change import changes
from cmdb.model.assessment import ASSESSMENTS, Verdict
from cmdb.model.change import CHANGES, Change, ChangeState
from cmdb.ports.store import Equals
from cmdb.records import Held
from web.naming import Names, called_in
from web.pages.blueprint import pages
from web.pages.looks import STATES
from web.pages.naming import page_names
from web.request import context

PAGE = 50
_OFTEN = (
    ChangeState.DRAFT,
    ChangeState.SUBMITTED,
    ChangeState.ASSESSED,
    ChangeState.APPROVED,
    ChangeState.SCHEDULED,
    ChangeState.IMPLEMENTING,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One change of the list; ``stale`` is the revision its verdict is of when that is not the present one."""

    change: Change
    verdict: Verdict | None
    stale: int | None
    targets: str


@pages.get("/changes", endpoint="changes")
def listing() -> str:
    """Show a page of the changes."""
    named = request.args.get("state", "")
    state = ChangeState(named) if named in tuple(ChangeState) else None
    after = request.args.get("after") or None
    page = changes.listing(context(), states=(state,) if state else (), after=after, limit=PAGE)
    store = context().store
    return render_template(
        "change/changes.html",
        rows=lines_of(page.rows),
        states=[("", "All"), *((each.value, STATES[each].word) for each in _OFTEN)],
        more_states=[("", "Any"), *((each.value, STATES[each].word) for each in ChangeState)],
        state=state.value if state else "",
        total=store.count(CHANGES) if state is None else store.count(CHANGES, [Equals("state", state.value)]),
        next_url=url_for("pages.changes", state=named or None, after=page.after) if page.after else None,
        first_url=url_for("pages.changes", state=named or None) if after else None,
    )


def lines_of(rows: tuple[Held[Change], ...]) -> list[Line]:
    """Return the lines of some changes, each with the verdict of its newest assessment."""
    ids = tuple(held.record.assessment for held in rows if held.record.assessment is not None)
    found = context().records.get_many(ASSESSMENTS, ids)
    names = page_names(held.record.targets[0].ci for held in rows if held.record.targets)
    lines = []
    for change in (held.record for held in rows):
        made = found[change.assessment].record if change.assessment else None
        stale = made.change_revision if made and made.change_revision != change.revision else None
        lines.append(Line(change, made.verdict if made else None, stale, _targets(change, names)))
    return lines


def _targets(change: Change, names: Names) -> str:
    if not change.targets:
        return "no target yet"
    first, more = called_in(names, change.targets[0].ci), len(change.targets) - 1
    return f"{first} and {more} more" if more else first
