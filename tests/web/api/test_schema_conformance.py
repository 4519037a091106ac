"""
What the API does against what its description says, for requests that a machine makes up.

Every operation gets valid and invalid requests on a store with some content; an answer must have a described status,
media type, headers and schema, never be a 5xx, refuse what the description forbids, and name the methods there are.
The requests are the same in every run.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from cmdb.service import hours, service_levels
from tests.builders import a_change, a_server, a_service, an_incident, needs
from tests.web.api.conftest import House
from web.app import create_app

EXAMPLES = 25
SPEC = create_app(lambda _: None).test_client().get("/api/v1/openapi.json").json
OPERATIONS = [(method, path) for path, methods in SPEC["paths"].items() for method in methods if method != "parameters"]
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    missing_required_header,
    unsupported_method,
    allow_header_conformance,
)
# What is there, by the name of the parameter that asks for it: without it nearly every request would end in 404.
THERE = {
    "change_id": "CHG-1",
    "incident_id": "INC-1",
    "service_id": "shop",
    "ci_id": "web1",
    "name": "server",
    "version": 0,
    "ci": ["web1"],
    "kind": "cis",
    "key": "web1",
    "item": "shop",
    "words": "web",
    "class": "server",
    "at": "1",
    "If-Match": '"1"',
    "connector": "files",
    "run_id": "discover:dc1@1",
    "hours_id": "office",
    "service": "shop",
    "one": "web1",
    "other": "web2",
}


@schemathesis.serializer("application/toml")
def as_text(_: Any, value: Any) -> bytes:
    """Send a made-up policy as it is."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8")


@pytest.fixture(scope="module")
def app():
    """A server on a store that holds a shop, its servers and a submitted change."""
    shop = (a_service("shop"), a_server("web1"), a_server("web2"), *needs("shop", 1, "web1", "web2"))
    house = House(*shop, a_change("web1"), an_incident("web1"))
    hours.define(house.context, "office", zone="Europe/Berlin", weekly=["mon-fri 08:00-18:00"])
    service_levels.set_level(house.context, "shop", availability=99.9, hours="office")
    return house.app("administrator+cab_member", "somebody")


@pytest.fixture(scope="module")
def described(app):
    """The API as its own description shows it to the machine."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    # A stale version is refused before the body is read.
    schema.config.checks.negative_data_rejection.expected_statuses += ["412"]

    def known(given: Any) -> Any:
        """Put what is there in place of about every second made-up value."""
        made = dict(given or {})
        for name in made.keys() & THERE.keys():
            if len(str(made[name])) % 2:
                made[name] = THERE[name]
        return made

    schema.hook("map_path_parameters")(lambda _, given: known(given))
    schema.hook("map_query")(lambda _, given: known(given))
    schema.hook("map_headers")(lambda _, given: known(given))
    return schema


def test_the_description_is_valid_openapi(app):
    """By the rules of OpenAPI 3.1 itself."""
    document = app.test_client().get("/api/v1/openapi.json").json

    assert document["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=lambda text: text.removeprefix("/api/v1"))
def test_the_api_keeps_its_description(described, method, path):
    """Whatever is sent to the operation, valid or not."""
    operation = described[path][method]
    modes = [operation.as_strategy(generation_mode=mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)]

    @given(case=st.one_of(modes))
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        case.call_and_validate(checks=CHECKS)

    ask()
