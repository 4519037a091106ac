"""What a person should look at: the list of findings, and one with both sides of a doubt and the thing to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cmdb.configuration import findings, identity
from cmdb.configuration.identify import DECLARED
from cmdb.configuration.provenance import observations_of, sightings_of
from cmdb.errors import Family, ForeshockError, InvalidInput
from cmdb.model.ci import CIS
from cmdb.model.finding import Finding
from cmdb.model.observation import Observation, Thing
from cmdb.ports.store import Store
from web.naming import Names
from web.pages.blueprint import pages
from web.pages.discovery.todo import Way, ways
from web.pages.forms import Form, posted
from web.pages.naming import page_names
from web.request import context
from web.wording_change import moment_words
from web.wording_finding import FINDINGS, Words, cis_in, finding_words, words_of

PAGE = 50
VETOED = "identity.vetoed"
FIRST, LAST = "First seen", "Last seen"


STATES = (("", "Open"), ("closed", "Closed"), ("all", "All"))


@dataclass(frozen=True, slots=True)
class Line:
    """One finding as a row, with its words and where to go about it, the best place first."""

    finding: Finding
    words: Words
    sentence: str
    ways: tuple[Way, ...]

    @property
    def url(self) -> str:
        """Where it is dealt with: on its own page, where both sides of a doubt are."""
        own = url_for("pages.finding", id=self.finding.id)
        return own if self.finding.code == VETOED or not self.ways else self.ways[0][0]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a doubt: the thing, the CI it is ("": none any more), and what is known of it."""

    thing: Thing
    ci: str
    facts: tuple[tuple[str, str], ...]


@pages.get("/findings", endpoint="findings")
def listing() -> str:
    """Show a page of the findings: of one kind or all, about one CI or source, open or closed."""
    asked = {name: request.args.get(name, "").strip() for name in ("code", "ci", "source", "state")}
    after = request.args.get("after") or None
    page = findings.page(
        context(),
        **{name: asked[name] or None for name in ("code", "ci", "source")},
        open_too=asked["state"] != "closed",
        closed_too=asked["state"] in ("closed", "all"),
        after=after,
        limit=PAGE,
    )
    here: dict[str, Any] = {name: value or None for name, value in asked.items()}
    names = names_in([held.record for held in page.rows])
    return render_template(
        "discovery/findings.html",
        names=names,
        rows=[line_of(held.record, names) for held in page.rows],
        kinds=[("", "All kinds"), *((each, words.title) for each, words in FINDINGS.items())],
        states=STATES,
        form=Form(asked),
        narrowed=any(asked.values()),
        next_url=url_for("pages.findings", **here, after=page.after) if page.after else None,
        first_url=url_for("pages.findings", **here) if after else None,
    )


@pages.get("/findings/<id>", endpoint="finding")
def show(id: str) -> str:  # noqa: A002 - the name is part of the address
    """Show one finding."""
    return _render(findings.get(context(), id), Form())


@pages.post("/findings/<id>/close", endpoint="close_finding")
def close(id: str) -> Response | tuple[str, int]:  # noqa: A002
    """Close a finding by hand, with the reason; without one the page says so."""
    form = posted()
    try:
        findings.close(context(), id, reason=form.text("because"))
    except InvalidInput as wrong:
        form.take(wrong, lambda _: ("because", "Why"))
        return _render(findings.get(context(), id), form), 422
    flash("The finding is closed, for as long as it is so. It can be opened again.")
    return redirect(url_for("pages.finding", id=id), 303)


@pages.post("/findings/<id>/reopen", endpoint="reopen_finding")
def reopen(id: str) -> Response:  # noqa: A002
    """Open a finding again that somebody closed."""
    findings.reopen(context(), id)
    flash("The finding is open again.")
    return redirect(url_for("pages.finding", id=id), 303)


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
    if len(sides) != 2 or not all(side.ci for side in sides):
        raise NothingToDecide(finding=finding)
    return found, sides


def _render(found: Finding, form: Form) -> str:
    sides = _sides(found) if found.code == VETOED else ()
    names = names_in([found])
    return render_template(
        "discovery/finding.html",
        names=names,
        line=line_of(found, names),
        finding=found,
        form=form,
        sides=_compared(sides) if len(sides) == 2 else [(side, [(*each, "") for each in side.facts]) for side in sides],
        mergeable=len({side.ci for side in sides if side.ci}) == 2 and found.facts.get("because") != "same_source",
        facts=[(name.replace("_", " "), _told(value)) for name, value in sorted(found.facts.items())],
    )


def _told(value: Any) -> str:
    """Return a fact as text: things as source:native id, lists with commas."""
    if isinstance(value, (list, tuple)):
        pairs = all(isinstance(each, (list, tuple)) and len(each) == 2 for each in value)
        return ", ".join(":".join(each) if pairs else str(each) for each in value)
    return str(value)


def names_in(found: Sequence[Finding]) -> dict[str, str]:
    """Return the names of the CIs that findings are about."""
    return page_names(ci for each in found for ci in (*each.cis, *cis_in(each.facts)))


def line_of(found: Finding, names: Names) -> Line:
    """Return a finding as a row."""
    words, said = words_of(found.code, found.facts), finding_words(found.code, found.facts, names)
    # What begins with a name stays as that is written.
    sentence = said if words.sentence.startswith("{") else said[:1].upper() + said[1:]
    return Line(found, words, sentence, tuple(ways(found)))


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
    """Return the CI that a thing is now, "" where it is none of them any more."""
    documents = store.get_many(CIS, list(cis))
    for ci in cis:
        if ci in documents and [*thing] in [list(each) for each in documents[ci].document.get("seen_as", ())]:
            return ci
    return ""


def _declared(store: Store, ci: str) -> tuple[tuple[str, str], ...]:
    stored = store.get(CIS, ci)
    document: Any = {} if stored is None else stored.document
    attributes = document.get("declared") or document.get("attributes", {})
    told = [("Name", document.get("name", "")), ("Class", document.get("class", ""))]
    stated = ((name.replace("_", " "), _told(value)) for name, value in sorted(attributes.items()))
    return tuple((name, str(value)) for name, value in [*told, *stated])


def _evidence(observations: Sequence[Observation]) -> list[tuple[str, str]]:
    """Return what a source says of a thing: what identifies it first, and nothing twice."""
    identifiers = sorted({(each.kind, each.value) for one in observations for each in one.identifiers})
    attributes = {name: _told(value) for one in observations for name, value in one.attributes.items()}
    known = {value for _, value in identifiers}
    seen = sightings_of(context(), observations)
    first = [each.first_seen for each in seen if each.first_seen]
    last = [each.last_seen for each in seen if each.last_seen]
    told: list[tuple[str, Any]] = [
        ("Name", observations[0].name if observations else None),
        ("Class", observations[0].ci_class if observations else None),
        *identifiers,
        *((name.replace("_", " "), value) for name, value in sorted(attributes.items()) if value not in known),
        (FIRST, moment_words(min(first)) if first else None),
        (LAST, moment_words(max(last)) if last else None),
    ]
    return [(name, str(value)) for name, value in told if value not in (None, "", [])]


def _compared(sides: Sequence[Side]) -> list[tuple[Side, list[tuple[str, str, str]]]]:
    """Return the sides with each fact marked "same" or "differs" from the other's, "" where that has none."""
    told = [_by_name(side) for side in sides]
    compared = []
    for side, other in zip(sides, reversed(told), strict=True):
        rows = [(name, value, _mark(name, value, other)) for name, value in side.facts]
        compared.append((side, rows))
    return compared


def _by_name(side: Side) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, value in side.facts:
        found.setdefault(name.casefold(), set()).add(value.casefold())
    return found


def _mark(name: str, value: str, other: dict[str, set[str]]) -> str:
    values = other.get(name.casefold())
    if values is None or name in (FIRST, LAST):
        return ""
    return "same" if value.casefold() in values else "differs"
