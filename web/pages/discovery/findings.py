"""What a person should look at: the list of findings, and one with both sides of a doubt and the thing to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cmdb.configuration import findings, identity
from cmdb.configuration.identify import DECLARED
from cmdb.configuration.provenance import observations_of
from cmdb.errors import Family, ForeshockError, NotFound
from cmdb.model.ci import CIS
from cmdb.model.finding import Finding
from cmdb.model.observation import Observation, Thing
from cmdb.ports.store import Store
from web.pages.blueprint import pages
from web.pages.forms import posted
from web.request import context
from web.wording_change import moment_words
from web.wording_finding import FINDINGS, Words, finding_words, words_of

PAGE = 50
VETOED = "identity.vetoed"


@dataclass(frozen=True, slots=True)
class Line:
    """One finding as a row, with its words and where to go about it."""

    finding: Finding
    words: Words
    sentence: str
    url: str


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a doubt: the thing, the CI it is, and what is known of it."""

    thing: Thing
    ci: str
    facts: tuple[tuple[str, str], ...]


@pages.get("/findings", endpoint="findings")
def listing() -> str:
    """Show a page of the findings that are open, of one kind or all."""
    code, after = request.args.get("code", ""), request.args.get("after") or None
    page = findings.page(context(), code=code or None, after=after, limit=PAGE)
    return render_template(
        "discovery/findings.html",
        rows=[_line(held.record) for held in page.rows],
        kinds=[("", "All kinds"), *((each, words.title) for each, words in FINDINGS.items())],
        code=code,
        next_url=url_for("pages.findings", code=code or None, after=page.after) if page.after else None,
        first_url=url_for("pages.findings", code=code or None) if after else None,
    )


@pages.get("/findings/<id>", endpoint="finding")
def show(id: str) -> str:  # noqa: A002 - the name is part of the address
    """Show one finding."""
    found = findings.get(context(), id)
    sides = _sides(found) if found.code == VETOED else ()
    return render_template(
        "discovery/finding.html",
        line=_line(found),
        finding=found,
        sides=sides,
        mergeable=len({side.ci for side in sides}) == 2 and found.facts.get("because") != "same_source",
        facts=[(name, str(value)) for name, value in sorted(found.facts.items()) if name != "things"],
    )


@pages.post("/findings/<id>/merge", endpoint="merge_finding")
def merge(id: str) -> Response:  # noqa: A002
    """Decide that the two sides are one CI."""
    found, sides = _doubted(id)
    decision, _ = identity.merge(context(), sides[0].ci, sides[1].ci, reason=posted().text("reason"))
    flash(f"{sides[0].ci} and {sides[1].ci} are one CI now ({decision.id}). It can be taken back.")
    return redirect(url_for("pages.findings", code=found.code), 303)


@pages.post("/findings/<id>/keep-apart", endpoint="keep_apart_finding")
def keep_apart(id: str) -> Response:  # noqa: A002
    """Decide that the two sides are two CIs."""
    found, sides = _doubted(id)
    decision, _ = identity.keep_apart(context(), sides[0].thing, sides[1].thing, reason=posted().text("reason"))
    flash(f"{sides[0].ci} and {sides[1].ci} stay two CIs ({decision.id}). It can be taken back.")
    return redirect(url_for("pages.findings", code=found.code), 303)


class NothingToDecide(ForeshockError):
    """The finding is no doubt about two things any more."""

    code = "finding.nothing_to_decide"
    sentence = "{finding} leaves nothing to decide: it is closed, or is about something else"
    family = Family.REFUSED

    def __init__(self, *, finding: str) -> None:
        super().__init__(finding=finding)


def _doubted(finding: str) -> tuple[Finding, tuple[Side, ...]]:
    context().allow("identity:decide")
    found = findings.get(context(), finding)
    sides = _sides(found) if found.code == VETOED and found.closed_at is None else ()
    if len(sides) != 2:
        raise NothingToDecide(finding=finding)
    return found, sides


def _line(found: Finding) -> Line:
    return Line(found, words_of(found.code), finding_words(found.code, found.facts), _where(found))


def _where(found: Finding) -> str:
    """Return the address of the thing to do."""
    if found.code == "scope.held" and found.facts.get("source"):
        return url_for("pages.source", id=found.facts["source"])
    if found.code == "ci.unfit_value" and found.cis:
        return url_for("pages.edit_ci", id=found.cis[0])
    if found.code == "ci.unfit_class":
        return url_for("pages.classes")
    if found.code.startswith("group.") and found.cis:
        return url_for("pages.relate_ci", id=found.cis[0])
    return url_for("pages.finding", id=found.id)


def _sides(found: Finding) -> tuple[Side, ...]:
    """Return both sides of a doubt, each with the CI it is now."""
    several = [Thing(*each) for each in found.facts.get("things", ())]
    return tuple(_side(thing, found.cis) for thing in several)


def _side(thing: Thing, cis: Sequence[str]) -> Side:
    store = context().store
    if thing.source == DECLARED:
        return Side(thing, thing.native_id, _declared(store, thing.native_id))
    observations = observations_of(context(), thing)
    return Side(thing, _ci_of(store, thing, cis), tuple(_evidence(observations)))


def _ci_of(store: Store, thing: Thing, cis: Sequence[str]) -> str:
    documents = store.get_many(CIS, list(cis))
    for ci in cis:
        if ci in documents and [*thing] in [list(each) for each in documents[ci].document.get("seen_as", ())]:
            return ci
    raise NotFound(kind="thing", ids=(f"{thing.source}:{thing.native_id}",))


def _declared(store: Store, ci: str) -> tuple[tuple[str, str], ...]:
    stored = store.get(CIS, ci)
    document: Any = {} if stored is None else stored.document
    attributes = document.get("declared") or document.get("attributes", {})
    told = [("Name", document.get("name", "")), ("Class", document.get("class", ""))]
    return tuple((name, str(value)) for name, value in [*told, *sorted(attributes.items())])


def _evidence(observations: Sequence[Observation]) -> list[tuple[str, str]]:
    """Return what a source says of a thing: what identifies it first."""
    identifiers = sorted({(each.kind, each.value) for one in observations for each in one.identifiers})
    attributes = {name: value for one in observations for name, value in one.attributes.items()}
    first = [one.first_seen for one in observations if one.first_seen]
    last = [one.seen_at for one in observations if one.seen_at]
    told: list[tuple[str, Any]] = [
        ("Name", observations[0].name if observations else None),
        ("Class", observations[0].ci_class if observations else None),
        *identifiers,
        *sorted(attributes.items()),
        ("First seen", moment_words(min(first)) if first else None),
        ("Last seen", moment_words(max(last)) if last else None),
    ]
    return [(name, str(value)) for name, value in told if value not in (None, "", [])]
