"""What goes down when some CIs fail together: a question in the address, an answer on the page, nothing written."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for

from cmdb.errors import NotFound
from cmdb.model.named import in_why
from cmdb.model.outcome import Outcome
from web.pages.blueprint import pages
from web.pages.configuration.failing import outcomes_of, sentences, worst_of
from web.pages.doubts import doubts_shown
from web.pages.forms import Form
from web.pages.graph import Facts, drawing_of
from web.pages.naming import meant_by, page_names
from web.pages.reasons import gates_shown, points_shown
from web.pages.stories import told
from web.request import context
from web.wording import sentence
from web.wording_change import single_points

_SERVICES = 25
_CIS = 60
_POINTS = 12


@pages.get("/impact", endpoint="impact")
def show() -> str:
    """Show the form, and the answer when CIs are named; unknown ids are all named at the field."""
    from impact.questions.impact import impact_of

    context().allow("impact:read")
    given = "\n".join(request.args.getlist("ci"))
    ids = list(dict.fromkeys(line.strip() for line in given.splitlines() if line.strip()))
    form = Form({"ci": "\n".join(ids)})
    answer = None
    if ids:
        try:
            answer = impact_of(context(), ids)
        except NotFound as missing:
            form.fault("ci", "CIs that fail", "; ".join((sentence(missing), *meant_by(missing))))
    elif "ci" in request.args:
        form.fault("ci", "CIs that fail", "name at least one CI")
    return render_template(
        "configuration/impact.html", form=form, ids_text="\n".join(ids), answer=answer, **_said(answer, ids)
    )


def _said(answer: Any, ids: list[str]) -> dict[str, Any]:
    if answer is None:
        return {}
    every = request.args.get("all") == "yes"
    shown = answer.services if every else answer.services[:_SERVICES]
    return {
        "said": sentences(answer),
        "worst": worst_of(answer),
        "doubts": doubts_shown(answer.failed, at=answer.revision, every=every),
        **_why(answer, every, [service.id for service in shown]),
        "services_shown": shown,
        "services_more": len(answer.services) - len(shown),
        "all_url": url_for("pages.impact", ci=ids, all="yes"),
        "parts": [
            _part("down", "CIs that go down", Outcome.DOWN, answer.down, every),
            _part("degraded", "CIs that run with less", Outcome.DEGRADED, answer.degraded, every),
        ],
    }


def _why(answer: Any, every: bool, explain: list[str]) -> dict[str, Any]:
    """Return the drawing, the sentence of each service, the groups on the way and the new single points."""
    from impact.questions.why import why_failing

    services = outcomes_of(answer)
    points = single_points(services)
    shown = points if every else points[:_POINTS]
    points_asked = [ci for ci, _ in shown]
    why = why_failing(context(), answer.failed, services, points_asked, at=answer.revision, explain=explain)
    down, degraded = frozenset(answer.down), frozenset(answer.degraded)
    listed = [*answer.down, *answer.degraded] if every else [*answer.down[:_CIS], *answer.degraded[:_CIS]]
    paths = (ci for service in services for ci in (*service.reason, *service.new_single_points))
    names = page_names((*answer.failed, *in_why(why), *paths, *listed), at=answer.revision)
    gates, more = gates_shown(why, names, every=every)
    facts = Facts(services, frozenset(answer.failed), down, degraded, why, changed=False, names=names)
    return {
        "names": names,
        "graph": drawing_of(facts),
        "told": told(why.explained, at=answer.revision),
        "story_url": lambda service: url_for("pages.impact", ci=list(answer.failed), explain=service) + "#story",
        "gates": gates,
        "gates_more": more,
        "points": points_shown(shown, why, names),
        "points_more": len(points) - len(shown),
    }


def _part(anchor: str, title: str, outcome: Outcome, ids: tuple[str, ...], every: bool) -> dict[str, Any]:
    shown = ids if every else ids[:_CIS]
    return {
        "anchor": anchor,
        "title": title,
        "outcome": outcome,
        "ids": shown,
        "total": len(ids),
        "more": len(ids) - len(shown),
    }
