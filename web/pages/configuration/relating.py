"""The connections of a CI that is there: relate, end a relation, and say how many of a group it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cmdb.configuration import register, search
from cmdb.configuration.catalogue import Catalogue
from cmdb.configuration.classes import catalogue_of
from cmdb.configuration.errors import GroupsWouldBreak
from cmdb.errors import IllegalMove, InvalidInput, Problem
from cmdb.model.ci import CI, CIStatus
from cmdb.model.group import Group, members_needed
from cmdb.ports.store import Direction
from cmdb.records import Held
from web.pages.blueprint import pages
from web.pages.configuration.connections import COUNTS, connections_of, place_of, type_choices
from web.pages.configuration.judged import faults_of
from web.pages.configuration.labels import class_label
from web.pages.configuration.neighbours import counts_of, reading_of
from web.pages.forms import Form, Place, posted, rows_in, seen_version
from web.request import context

_AT_ONCE = 1000
MOST_ROWS = 50
Answer = Response | str | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Tie:
    """One relation: its keys, the other end by name, the sentence between them, how it counts, and its version."""

    source: str
    type: str
    target: str
    group: str
    other: str
    name: str
    reading: str
    counts: str
    version: int


@dataclass(frozen=True, slots=True)
class Pool:
    """One group with its members; ``needs`` is what was stated, ``needed`` the number that makes of so many."""

    name: str
    needs: str
    needed: int
    soft: bool
    members: tuple[Tie, ...]
    size: int
    version: int

    @property
    def needs_all(self) -> bool:
        return self.needed >= self.size


@pages.get("/ci/relations", endpoint="relate_ci")
def show() -> str:
    """Show what the CI is connected to, and the form for more."""
    context().allow("ci:write")
    form = Form({})
    form.rows = rows_in({}, "c", least=1)
    return _render(_living(), form)


@pages.post("/ci/relations", endpoint="relate_ci_post")
def add() -> Answer:
    """Add connections as one revision, or show the form again with everything that is wrong."""
    context().allow("ci:write")
    ci, form = _living(), posted()
    form.rows = rows_in(form.values, "c", least=1, more=int(form.value("do") == "more"))
    if form.value("do") == "more":
        return _render(ci, form)
    found = connections_of(form, ci.id)
    if not found.relations and not form.is_wrong:
        form.fault("c0.cis", "Connection 1, CIs", "name at least one CI, one id a line")
    records = [(f"/groups/{n}", "group", each) for n, each in enumerate(found.groups)]
    records += [(f"/relations/{n}", "relation", each) for n, each in enumerate(found.relations)]

    def place(problem: Problem) -> Place | None:
        at = place_of(problem.pointer or "", found, form) or ("", "")
        return None if at[0] and at[0] in form.errors else at

    wrong = faults_of(context(), records)
    if wrong is not None:
        form.take(wrong, place)
    if not form.is_wrong:
        try:
            register.connect(context(), ci.id, relations=found.relations, groups=found.groups)
        except InvalidInput as late:
            form.take(late, place)
    if form.is_wrong:
        return _render(ci, form), 422
    count = len(found.relations)
    return _back(ci.id, f"{ci.id} has {count} {'connection' if count == 1 else 'connections'} more.")


@pages.post("/ci/relations/end", endpoint="unrelate_ci")
def end() -> Answer:
    """End one relation; where its group would break, show what that means and end it only when it was decided."""
    context().allow("ci:write")
    ci, form = _living(), posted()
    source, kind, target, group = (form.value(name) for name in ("source", "type", "target", "group"))
    try:
        register.unrelate(
            context(),
            source,
            kind,
            target,
            group=group or None,
            expected_version=seen_version(form),
            allow_broken_groups=form.value("decided") == "yes",
        )
    except GroupsWouldBreak as breaking:
        return _undecided(ci, form, "end_relation", breaking)
    return _back(ci.id, f"{source} {kind} {target} is ended. Its history stays.")


@pages.post("/ci/group", endpoint="group_needs")
def set_needs() -> Answer:
    """Set how many members of a group must be up; "all" is said as a share, so that it holds for later members too."""
    context().allow("ci:write")
    ci, form = _living(), posted()
    name, needs = form.value("name"), "100%" if form.value("reading") == "all" else form.text("needs")
    number = int(needs) if needs.isdecimal() and needs.isascii() else needs
    # A name may hold what no id of a field may, so the field goes by its place on the page.
    field = f"needs-{form.value('place')}"
    if not needs:
        form.fault(field, f"Group {name}", "write how many must be up: 1, 2 or a share such as 50%")
    else:
        strength = form.value("strength") or None
        seen = seen_version(form)
        try:
            register.put_group(context(), ci.id, name, number, strength=strength, expected_version=seen)
        except InvalidInput as wrong:
            form.take(wrong, lambda _: (field, f"Group {name}"))
    if form.is_wrong:
        form.rows = rows_in({}, "c", least=1)
        return _render(ci, form), 422
    return _back(ci.id, f"{ci.id} needs {'all' if needs == '100%' else needs} of {name}.")


@pages.post("/ci/group/end", endpoint="end_group")
def end_group() -> Answer:
    """End a group once it was decided that its relations shall each hold alone."""
    context().allow("ci:write")
    ci, form = _living(), posted()
    name, decided = form.value("name"), form.value("decided") == "yes"
    try:
        register.end_group(context(), ci.id, name, expected_version=seen_version(form), allow_broken_groups=decided)
    except GroupsWouldBreak as breaking:
        return _undecided(ci, form, "end_group", breaking)
    return _back(ci.id, f"Group {name} of {ci.id} is ended; {ci.id} now needs each of its members.")


def _living() -> CI:
    ci = search.get_ci(context(), request.args.get("id", "")).record
    if ci.status is CIStatus.RETIRED:
        raise IllegalMove(subject=ci.id, move="relate", because="ci.retired")
    return ci


def _back(ci: str, said: str) -> Response:
    flash(said)
    return redirect(url_for("pages.relate_ci", id=ci), 303)


def _undecided(ci: CI, form: Form, act: str, breaking: GroupsWouldBreak) -> Answer:
    """Show the page with the question: what would happen to each group, and the button that decides it."""
    falling = [f"{g.name} of {g.item} would keep {g.members}, and needs {g.needs}" for g in breaking.groups]
    names = ("source", "type", "target", "group", "name", "version")
    question = {"falling": falling, "act": act, "given": {each: form.value(each) for each in names if form.value(each)}}
    form.rows = rows_in({}, "c", least=1)
    return _render(ci, Form({}, form.rows), question), 409


def _render(ci: CI, form: Form, question: Mapping[str, object] | None = None) -> str:
    catalogue = catalogue_of(context())
    out, back = _ties(ci, catalogue, "out"), _ties(ci, catalogue, "in")
    groups = search.groups_of(context(), ci.id)
    pools = [_pool(held, [tie for tie in out if tie.group == held.record.name]) for held in groups]
    alone = [tie for tie in out if tie.group not in {pool.name for pool in pools}]
    return render_template(
        "configuration/relations.html",
        ci=ci,
        form=form,
        question=question,
        class_label=class_label(catalogue, ci.ci_class),
        pools=pools,
        alone=alone,
        back=back,
        most=MOST_ROWS,
        type_choices=type_choices(catalogue),
        counts_choices=COUNTS,
    )


def _ties(ci: CI, catalogue: Catalogue, way: Direction) -> list[Tie]:
    found: list[search.Neighbour] = []
    after = None
    while True:
        page = search.neighbours_of(context(), ci.id, way, after=after, limit=_AT_ONCE)
        found += page.rows
        after = page.after
        if after is None:
            break
    counts = counts_of(context(), catalogue, [each.relation.record for each in found], way, None)
    return [_tie(each, catalogue, way, words) for each, words in zip(found, counts, strict=True)]


def _tie(found: search.Neighbour, catalogue: Catalogue, way: Direction, counts: str) -> Tie:
    relation = found.relation.record
    reading = reading_of(catalogue, relation, way)
    keys = (relation.source, relation.type, relation.target, relation.group or "")
    return Tie(*keys, found.ci.id, found.ci.name, reading, counts, found.relation.version)


def _pool(held: Held[Group], members: list[Tie]) -> Pool:
    group, size = held.record, len({tie.target for tie in members})
    needed = members_needed(group.needs, size)
    soft = group.strength.value == "soft"
    return Pool(group.name, str(group.needs), needed, soft, tuple(members), size, held.version)
