"""The page of the verdict policy: the text in force, its tests, and what another would have said of past changes."""

from __future__ import annotations

from typing import Any

from flask import render_template

from cmdb.change.policy import policy, policy_simulation
from cmdb.errors import InvalidInput, Problem
from cmdb.model.policy_trial import PolicyTest, Simulation
from web.pages.blueprint import pages
from web.pages.forms import Form, Place, posted
from web.request import context
from web.wording_policy import lacking_sentence, shift_sentences, went

SHOWN = 100
VERSIONS = 20


@pages.get("/policy", endpoint="change_policy")
def show() -> str:
    """Show the policy in force, ready to be tried with other limits."""
    text = policy.in_force(context()).text
    return _page(Form({"policy": text, "from": "", "to": ""}))


@pages.post("/policy", endpoint="try_change_policy")
def try_out() -> tuple[str, int]:
    """Try the text that was sent: its tests, and past changes judged again. Nothing is written."""
    form = posted()
    content = form.text("policy").encode()
    tested, simulated = None, None
    try:
        tested = policy.try_out(context(), content)
        simulated = policy_simulation.simulate(
            context(), content, start=form.text("from") or None, end=form.text("to") or None, limit=SHOWN
        )
    except InvalidInput as wrong:
        form.take(wrong, _place)
    return _page(form, tested, simulated), 422 if form.is_wrong else 200


def _page(form: Form, tested: PolicyTest | None = None, simulated: Simulation | None = None) -> str:
    more: dict[str, Any] = {}
    if simulated is not None:
        more["sentences"] = [*shift_sentences(simulated), *([lacking_sentence(simulated)] if simulated.lacking else [])]
    return render_template(
        "change/policy.html",
        form=form,
        in_force=policy.in_force(context()),
        versions=policy.versions(context(), limit=VERSIONS),
        tested=tested,
        simulated=simulated,
        went=went,
        **more,
    )


def _place(problem: Problem) -> Place:
    places = {"/from": ("from", "From"), "/to": ("to", "To")}
    return places.get(problem.pointer or "", ("policy", problem.place))
