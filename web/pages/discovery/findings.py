"""What a person should look at: the list of findings, and one with both sides of a doubt and the thing to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cmdb.configuration import findings, identity
from cmdb.configuration.sides import document_of, sides_of
from cmdb.errors import Family, ForeshockError, InvalidInput
from cmdb.model.finding import Finding
from cmdb.model.observation import Thing
from web.naming import Names
from web.pages.blueprint import pages
from web.pages.discovery.todo import Way, ways
from web.pages.forms import Form, posted
from web.pages.naming import page_names
from web.request import context
from web.wording_finding import FINDINGS, Words, cis_in, finding_words, words_of
from web.wording_sides import compared

PAGE = 50
VETOED = "identity.vetoed"


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
    decision, _ = identity.merge(context(), sides[0]["ci"], sides[1]["ci"], reason=posted().text("reason"))
    flash(f"{sides[0]['ci']} and {sides[1]['ci']} are one CI now ({decision.id}). It can be taken back.")
    return redirect(url_for("pages.findings", code=found.code), 303)


@pages.post("/findings/<id>/keep-apart", endpoint="keep_apart_finding")
def keep_apart(id: str) -> Response:  # noqa: A002
    """Decide that the two sides are two CIs."""
    found, sides = _doubted(id)
    decision, _ = identity.keep_apart(context(), *map(_thing, sides), reason=posted().text("reason"))
    flash(f"{sides[0]['ci']} and {sides[1]['ci']} stay two CIs ({decision.id}). It can be taken back.")
    return redirect(url_for("pages.findings", code=found.code), 303)


class NothingToDecide(ForeshockError):
    """The finding is no doubt about two things any more."""

    code = "finding.nothing_to_decide"
    sentence = "{finding} leaves nothing to decide: it is closed, or is about something else"
    family = Family.REFUSED

    def __init__(self, *, finding: str) -> None:
        super().__init__(finding=finding)


def _doubted(finding: str) -> tuple[Finding, list[dict[str, Any]]]:
    context().allow("identity:decide")
    found = findings.get(context(), finding)
    sides = _sides(found) if found.code == VETOED and found.closed_at is None else []
    if len(sides) != 2 or not all(side["ci"] for side in sides):
        raise NothingToDecide(finding=finding)
    return found, sides


def _render(found: Finding, form: Form) -> str:
    sides = _sides(found) if found.code == VETOED else []
    names = names_in([found])
    return render_template(
        "discovery/finding.html",
        names=names,
        line=line_of(found, names),
        finding=found,
        form=form,
        sides=list(zip(sides, compared(sides), strict=True)),
        mergeable=len({side["ci"] for side in sides if side["ci"]}) == 2
        and found.facts.get("because") != "same_source",
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


def _sides(found: Finding) -> list[dict[str, Any]]:
    """Return both sides of a doubt, each with the CI it is now."""
    return [document_of(side) for side in sides_of(context(), found)]


def _thing(side: Mapping[str, Any]) -> Thing:
    return Thing(side["source"], side["native_id"])
