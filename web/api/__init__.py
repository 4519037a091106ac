"""The JSON API, a door on the desks: ``/api/v1``, its description, and what tells whether the server is well."""

from __future__ import annotations

from flask import Flask

import web.api.change.calendar_entries
import web.api.change.calendar_exchange  # noqa: F401  # Both open routes of the calendar.
from web.api import audit, criticality, impact, risks, runs
from web.api.change import (
    attachments,
    audit_exports,
    ballots,
    baselines,
    boards,
    calendar,
    chance,
    change_models,
    changes,
    comments,
    consequence,
    decisions,
    drift,
    go,
    lifecycle,
    meeting_series,
    meetings,
    outcome_hook,
    planned,
    policy,
    scorecard,
    similar,
    summaries,
    tasks,
    verifications,
    whatif,
)
from web.api.change import (
    bulk as bulk_changes,
)
from web.api.configuration import (
    bulk,
    cis,
    classes,
    estate,
    estate_table,
    history,
    holding,
    names,
    provenance,
    relation_types,
    relations,
    samples,
)
from web.api.configuration import health as record_health
from web.api.description import PREFIX, make_api
from web.api.discovery import evidence, findings, held_off, hooks, identity, receiving, rules, sources
from web.api.health import blueprint as health
from web.api.people import invitations, persons, sessions, sign_in_events, tokens
from web.api.service import incidents, loss_scale, service_hours, service_levels
from web.errors import NAMESAKES

RESOURCES = (
    cis,
    bulk,
    relations,
    history,
    provenance,
    holding,
    names,
    estate,
    estate_table,
    classes,
    relation_types,
    impact,
    risks,
    criticality,
    runs,
    changes,
    decisions,
    lifecycle,
    go,
    outcome_hook,
    scorecard,
    tasks,
    comments,
    attachments,
    change_models,
    boards,
    ballots,
    meeting_series,
    meetings,
    bulk_changes,
    summaries,
    audit_exports,
    similar,
    whatif,
    chance,
    consequence,
    calendar,
    planned,
    policy,
    sources,
    held_off,
    hooks,
    findings,
    identity,
    evidence,
    rules,
    record_health,
    samples,
    baselines,
    verifications,
    drift,
    incidents,
    persons,
    invitations,
    sessions,
    sign_in_events,
    tokens,
    service_hours,
    service_levels,
    loss_scale,
    audit,
)


def register(app: Flask) -> None:
    """Open the door in ``app``."""
    app.register_blueprint(health)
    app.extensions[NAMESAKES] = names.namesakes_of
    receiving.register(app, PREFIX)
    api = make_api(app)
    for resource in RESOURCES:
        api.register_blueprint(resource.blueprint, url_prefix=PREFIX + resource.blueprint.url_prefix)
