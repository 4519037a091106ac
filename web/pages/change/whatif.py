"""What would help a change: each measure with its gain in words, and an alternative side by side with it as it is."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for

from cmdb.change import changes
from cmdb.change.text_input import zone_of
from cmdb.errors import InvalidInput, Problem
from cmdb.model.change import Change
from impact.questions.whatif import WhatIfAnswer
from web.languages import Language
from web.pages.blueprint import pages
from web.pages.change.given import moment_text
from web.pages.forms import Form, Place
from web.pages.naming import page_names
from web.pages.stories import reader_language
from web.request import context
from web.wording_whatif import measure_words, never_words, page_words, unexamined_words

_FEW = 20
_CHOSEN_FROM = 40


@pages.get("/changes/<id>/whatif", endpoint="change_whatif")
def show(id: str) -> tuple[str, int]:  # noqa: A002 - the name is part of the address
    """Show what would help; a change that lacks targets or a window is told what it lacks."""
    from impact.questions.whatif import whatif_of

    change = changes.get(context(), id).record
    form = Form({name: request.args.get(name, "") for name in ("from", "to")})
    without = [ci.strip() for text in request.args.getlist("without") for ci in text.splitlines() if ci.strip()]
    answer = None
    try:
        answer = whatif_of(context(), id, without=without, start=_moment(form, "from"), end=_moment(form, "to"))
    except InvalidInput as wrong:
        form.take(wrong, _place_of)
        if _whole(change):
            answer = whatif_of(context(), id)
    language = reader_language()
    page = render_template(
        "change/whatif.html",
        change=change,
        form=form,
        without=without,
        choices=change.targets if len(change.targets) <= _CHOSEN_FROM else (),
        language=language,
        others=[
            (each, url_for("pages.change_whatif", id=id, lang=each.value)) for each in Language if each != language
        ],
        say=page_words(language),
        answer=answer,
        **(_said(answer, change, language) if answer else {}),
    )
    return page, 422 if form.is_wrong else 200


def _said(answer: WhatIfAnswer, change: Change, language: Language) -> dict[str, Any]:
    every = request.args.get("all") == "yes"
    measures = answer.measures if every else answer.measures[:_FEW]
    services = answer.services if every else answer.services[:_FEW]
    never = answer.never if every else answer.never[:_FEW]
    targets = [target.ci for target in change.targets]
    names = {**answer.names, **page_names((*answer.names, *targets), at=answer.revision, language=language)}
    again: dict[str, Any] = {
        name: request.args.getlist(name) for name in ("without", "from", "to", "zone", "lang") if name in request.args
    }
    return {
        "names": names,
        "measures": [measure_words(each, answer.plan.window, names, language) for each in measures],
        "never": [never_words(each, names, language) for each in never],
        "limits": [unexamined_words(each, language) for each in answer.unexamined],
        "services": services,
        "more": len(answer.measures) - len(measures) + len(answer.never) - len(never),
        "services_more": len(answer.services) - len(services),
        "all_url": url_for("pages.change_whatif", id=answer.change, all="yes", **again),
    }


def _whole(change: Change) -> bool:
    return change.window is not None and bool(change.targets)


def _moment(form: Form, name: str) -> str | None:
    """Return what was typed, a local time in the zone of the change's window where it says no zone itself."""
    text = form.text(name)
    if not text:
        return None
    zone = request.args.get("zone", "UTC")
    return moment_text(text, zone) if len(text) <= len("2026-03-02T22:00:00") and zone_of(zone) else text


def _place_of(problem: Problem) -> Place:
    name = (problem.pointer or "").split("/")[1:2]
    return {"without": ("without", "Without"), "from": ("from", "From"), "to": ("to", "To")}.get(
        name[0] if name else "", ("", "This change")
    )
