"""Where a CI is from, as its page shows it: whose each value is, where it was seen, what people decided about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from cmdb.configuration import findings, holding, identity
from cmdb.configuration.provenance import Provenance, Sighting, Value, provenance
from cmdb.context import Context
from cmdb.model.ci import CI, CIStatus
from cmdb.model.identity import RelationRejection
from cmdb.model.observation import Thing
from web.pages.blueprint import pages
from web.pages.configuration.labels import value_text
from web.pages.discovery.decisions import Decided, decided_row
from web.pages.discovery.findings import Line, line_of, names_in
from web.pages.forms import posted, seen_version
from web.request import context

PEOPLE = "people or imports"


@dataclass(frozen=True, slots=True)
class Whose:
    """
    Whose one value is: the source (None: people or imports), since when it has not been seen again, and what lost.

    ``state`` is "held" by a person, "stated", "fresh", "stale" or "not told" since ``seen``; ``others`` are (who, what
    they say).
    """

    name: str
    source: str | None
    state: str
    seen: datetime | None
    others: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Known:
    """All that the page tells of where a CI is from; ``looked`` is False where not all findings were looked through."""

    values: Mapping[str, Whose]
    sightings: tuple[Sighting, ...]
    things: int
    aliases: tuple[str, ...]
    decisions: tuple[Decided, ...]
    rejections: tuple[RelationRejection, ...]
    findings: tuple[Line, ...]
    looked: bool
    conflicts: int
    revivable: bool


def known_of(acting: Context, ci: CI) -> Known:
    """Return where a CI is from."""
    found = provenance(acting, ci.id)
    values = {value.place.rpartition("/")[2]: _whose(value, found) for value in found.values} if ci.seen_as else {}
    waiting, looked = findings.about(acting, ci.id)
    names = names_in(waiting)
    is_retired = ci.status is CIStatus.RETIRED and not ci.merged_into
    return Known(
        values,
        found.sightings,
        len(ci.seen_as),
        found.aliases,
        tuple(decided_row(each) for each in found.decisions),
        found.rejections,
        tuple(line_of(each, names) for each in waiting),
        looked,
        sum(bool(each.others) for each in values.values()),
        is_retired and (not ci.seen_as or holding.STATUS in ci.locked),
    )


def _whose(value: Value, found: Provenance) -> Whose:
    state = "held" if value.locked else "stated" if value.source is None else "fresh" if value.fresh else "stale"
    others = tuple((source or PEOPLE, value_text(other)) for source, other in value.others)
    if state == "stale" and value.untold_since is not None:
        return Whose(value.place.rpartition("/")[2], value.source, "not told", value.untold_since, others)
    seen = [each.last_seen for each in found.sightings if each.source == value.source and each.last_seen]
    return Whose(value.place.rpartition("/")[2], value.source, state, max(seen, default=None), others)


@pages.post("/ci/lock", endpoint="lock_value")
def lock() -> Response:
    """Hold a value of a CI as it is."""
    ci, form = request.args.get("id", ""), posted()
    holding.lock(context(), ci, [form.value("attribute")], expected_version=seen_version(form))
    flash(f"{form.value('attribute')} is held as it is, whatever is seen.")
    return _back(ci)


@pages.post("/ci/unlock", endpoint="unlock_value")
def unlock() -> Response:
    """Let the sources say a value of a CI again."""
    ci, form = request.args.get("id", ""), posted()
    holding.unlock(context(), ci, [form.value("attribute")], expected_version=seen_version(form))
    flash(f"The sources say {form.value('attribute')} again.")
    return _back(ci)


@pages.post("/ci/revive", endpoint="revive_ci")
def revive() -> Response:
    """Bring a CI back that was retired by hand."""
    ci, form = request.args.get("id", ""), posted()
    holding.revive(context(), ci, expected_version=seen_version(form))
    flash(f"{ci} is in use again.")
    return _back(ci)


@pages.post("/ci/merge", endpoint="merge_ci")
def merge() -> Response:
    """Decide that a CI and another are one."""
    ci, form = request.args.get("id", ""), posted()
    other = form.text("other")
    decision, taken = identity.merge(context(), ci, other, reason=form.text("reason"))
    after = {each.key: each.after or {} for each in taken.differences}
    stays = after.get(ci, {}).get("merged_into") or ci
    flash(f"{ci} and {other} are one CI now ({decision.id}). It can be taken back below.")
    return _back(stays)


@pages.post("/ci/split", endpoint="split_ci")
def split() -> Response:
    """Decide that one of the things a CI is seen as is another CI."""
    ci, form = request.args.get("id", ""), posted()
    thing = Thing(form.value("source"), form.value("native_id"))
    made, _ = identity.split(context(), ci, thing, reason=form.text("reason"))
    named = ", ".join(each.id for each in made)
    flash(f"{thing.source}:{thing.native_id} is another CI now ({named}). It can be taken back below.")
    return _back(ci)


def _back(ci: str) -> Response:
    return redirect(url_for("pages.ci", id=ci), 303)
