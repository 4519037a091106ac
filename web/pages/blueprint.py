"""The blueprint every page belongs to, and what every template can use."""

from __future__ import annotations

import importlib
from typing import Any

from flask import Blueprint, g, request

from cmdb import __version__
from cmdb.errors import ForeshockError
from cmdb.model.outcome import Outcome
from cmdb.roles import Actor, may
from web.pages import looks, times
from web.request import context
from web.signin.guard import NOBODY, policy, present_session
from web.wording_change import VERDICT_WORDS, moment_words, spares_left, window_words
from web.wording_evidence import sure_words
from web.wording_summary_en import went

pages = Blueprint("pages", __name__, template_folder=None)

REFUSED = "refused"
NAVIGATION = (
    ("home", "Home"),
    ("estate", "Estate"),
    ("changes", "Changes"),
    ("impact", "Impact"),
    ("sources", "Discovery"),
    ("persons", "People"),
)
_ESTATE = (
    *("estate", "ci", "register", "register_post", "edit_ci", "save_ci", "retire_ci", "retire_ci_post"),
    *("relate_ci", "relate_ci_post", "unrelate_ci", "group_needs", "end_group", "classes", "ci_class"),
    *("relation", "import_table", "preview_table", "apply_table", "bad_rows"),
    *("service_levels", "service_level", "save_service_level"),
    *("service_hours", "define_service_hours", "save_service_hours"),
)
_DISCOVERY = (
    *("sources", "source", "source_differences", "new_source", "save_new_source", "edit_source", "save_source"),
    *("runs", "run", "findings", "finding", "close_finding", "decisions", "health", "health_faults"),
    *("verifications", "verification"),
)
_PEOPLE = ("persons", "edit_person", "save_person", "invite_person", "account", "sign_ins")
_SECTIONS = {
    "home": "home",
    "log": "home",
    "impact": "impact",
    **dict.fromkeys(("boards", "board", "board_inbox", "board_meeting"), "changes"),
    **dict.fromkeys(_ESTATE, "estate"),
    **dict.fromkeys(_DISCOVERY, "sources"),
    **dict.fromkeys(_PEOPLE, "persons"),
    "calendar": "changes",
}
_VIEWS = (
    "web.pages.home",
    "web.pages.log",
    "web.pages.configuration.estate",
    "web.pages.configuration.ci",
    "web.pages.configuration.register",
    "web.pages.configuration.edit",
    "web.pages.configuration.relating",
    "web.pages.configuration.classes",
    "web.pages.configuration.impact",
    "web.pages.configuration.provenance",
    "web.pages.configuration.relation",
    "web.pages.configuration.table",
    "web.pages.change.calendar",
    "web.pages.change.listing",
    "web.pages.change.page",
    "web.pages.change.form",
    "web.pages.change.moves",
    "web.pages.change.lifecycle",
    "web.pages.change.boards",
    "web.pages.change.board_packs",
    "web.pages.change.change_models",
    "web.pages.people.persons",
    "web.pages.people.account",
    "web.pages.people.sign_ins",
    "web.pages.change.whatif",
    "web.pages.change.summaries",
    "web.pages.change.audit_exports",
    "web.pages.change.scorecard",
    "web.pages.change.calibration",
    "web.pages.change.verifications",
    "web.pages.change.policy",
    "web.pages.discovery.sources",
    "web.pages.discovery.source_form",
    "web.pages.discovery.findings",
    "web.pages.configuration.health",
    "web.pages.discovery.decisions",
    "web.pages.service.levels",
    "web.pages.service.hours",
    "web.pages.runs",
)


def assemble() -> Blueprint:
    """Return the blueprint with every page on it."""
    for module in _VIEWS:
        importlib.import_module(module)
    return pages


@pages.app_context_processor
def for_every_page() -> dict[str, Any]:
    """Give every template the navigation, who acts, and the looks of outcomes, verdicts and states."""
    actor = _actor()
    name = (request.endpoint or "").removeprefix("pages.")
    return {
        "navigation": NAVIGATION,
        "section": _SECTIONS.get(name, "changes" if "change" in name else None),
        "actor": actor,
        "signed_in": present_session() is not None,
        "persons_sign_in": policy() is not None,
        "may": lambda act: actor is not None and may(actor, act),
        "programme_version": __version__,
        "outcomes": Outcome,
        "outcome_looks": looks.OUTCOMES,
        "verdict_looks": looks.VERDICTS,
        "verdict_words": VERDICT_WORDS,
        "state_looks": looks.STATES,
        "choice_looks": looks.CHOICES,
        "status_looks": looks.STATUSES,
        "run_looks": looks.RUNS,
        "spares_left": spares_left,
    }


def _actor() -> Actor | None:
    """Return who acts; None on the page of a refused request, which tells nothing, and where nobody can be told."""
    if g.get(REFUSED):
        return None
    try:
        actor = context().actor
        return None if actor is NOBODY else actor
    except (ForeshockError, OSError, ValueError):
        return None


pages.app_template_filter("roles")(looks.roles_of)
pages.app_template_filter("effect")(looks.effect_of)
pages.app_template_filter("whole_ids")(looks.whole_ids)
pages.app_template_filter("window")(window_words)
pages.app_template_filter("window_start")(times.window_start)
pages.app_template_filter("moment")(moment_words)
pages.app_template_filter("stated_moment")(times.stated_text)
pages.app_template_filter("sure")(sure_words)
pages.app_template_filter("day")(times.day_text)
pages.app_template_filter("minutes")(times.minutes_text)
pages.app_template_filter("went")(went)
