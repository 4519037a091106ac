"""What the API says about itself, for programs and for people."""

from __future__ import annotations

import re

import pytest

from cmdb.model.assessment import ASSESSMENTS
from cmdb.model.change import CHANGES
from cmdb.model.ci import CIS
from cmdb.records import to_document, to_json
from tests.builders import a_change, a_server, a_service
from web.api.inputs import input_of
from web.api.schemas import schema_of


@pytest.fixture
def client(house):
    """An engineer on an almost empty store."""
    return house(a_server("web1")).client()


def test_the_page_shows_every_operation_and_asks_no_other_host(client):
    """It is made on the server, without a script, and links to nothing outside."""
    spec = client.get("/api/v1/openapi.json").json
    page = client.get("/api/v1/")

    assert page.mimetype == "text/html"
    for path, methods in spec["paths"].items():
        for method in methods.keys() - {"parameters"}:
            assert f"<code>{method.upper()} {path}</code>" in page.text
    assert "<script" not in page.text
    assert re.findall(r"""(?:src|href)=["'](?!/|#)""", page.text) == []
    anchors = set(re.findall(r'id="([^"]+)"', page.text))
    assert set(re.findall(r'href="#([^"]+)"', page.text)) <= anchors


def test_every_operation_says_what_it_does_and_how_it_may_fail(client):
    """A summary, the failures with their media type, and If-Match where a write needs it."""
    spec = client.get("/api/v1/openapi.json").json
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            if method == "parameters":
                continue
            assert operation["summary"], (method, path)
            assert {"400", "403", "404", "422", "500", "503"} <= operation["responses"].keys(), (method, path)
            if "428" in operation["responses"]:
                assert {"$ref": "#/components/parameters/IF_MATCH"} in operation["parameters"]
    assert set(spec["components"]["responses"]["NOT_FOUND"]["content"]) == {"application/problem+json"}


def test_a_schema_shows_exactly_what_the_one_mapping_shows():
    """Log, API and `-o json` have one mapping; every field of a record is described."""
    for kind, record in ((CIS, a_service("shop")), (CHANGES, a_change("web1"))):
        schema = schema_of(kind)()

        assert schema.dump(record) == to_json(kind, record)
        described = {field.data_key or name for name, field in schema.fields.items()}
        assert described == set(to_json(kind, record))


def test_a_record_that_carries_a_hash_is_shown_as_its_document():
    """The hash covers those bytes, so nothing is added to them."""
    assert not any(field.required for name, field in schema_of(ASSESSMENTS)().fields.items() if name == "hash")


def test_what_is_shown_of_a_record_loads_into_the_same_record():
    """The schemas for requests are made from the same dataclasses."""
    server = a_server("web1", attributes={"memory_gb": 64}, unavailability=0.5)

    assert input_of(type(server))().load({**to_json(CIS, server), "sources": []}) == server
    assert to_document(CIS, server)["class"] == "server"


def test_every_schema_has_one_name(client):
    """No two schemas share a name, so none is silently numbered."""
    names = client.get("/api/v1/openapi.json").json["components"]["schemas"]

    assert not [name for name in names if re.search(r"\d$", name)]
