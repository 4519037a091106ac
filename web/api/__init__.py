"""The JSON API, a door on the desks: ``/api/v1``, its description, and what tells whether the server is well."""

from __future__ import annotations

from flask import Flask

from web.api import audit, criticality, impact, risks, runs
from web.api.change import calendar, changes, decisions, policy, whatif
from web.api.configuration import (
    bulk,
    cis,
    classes,
    estate,
    estate_table,
    history,
    provenance,
    relation_types,
    relations,
)
from web.api.description import PREFIX, make_api
from web.api.discovery import findings, identity, rules, sources
from web.api.health import blueprint as health
from web.api.service import incidents

RESOURCES = (
    cis,
    bulk,
    relations,
    history,
    provenance,
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
    whatif,
    calendar,
    policy,
    sources,
    findings,
    identity,
    rules,
    incidents,
    audit,
)


def register(app: Flask) -> None:
    """Open the door in ``app``."""
    app.register_blueprint(health)
    api = make_api(app)
    for resource in RESOURCES:
        api.register_blueprint(resource.blueprint, url_prefix=PREFIX + resource.blueprint.url_prefix)
