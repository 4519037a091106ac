"""What a Terraform plan would touch, asked over the API: nothing is written, and what is wrong is told at its place."""

from __future__ import annotations

import json

import pytest

from tests.builders import a_ci
from tests.web.cli.change.plans import plan_of_the_shop

URL = "/api/v1/plans/terraform"


@pytest.fixture
def home(house):
    """A store with one of the plan's servers, entered by a person."""
    return house(a_ci("web", "virtual_machine", attributes={"cloud_id": "i-0a000000000000002"}))


def posted(home, body, *, role="viewer", media="application/json", **query):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return home.client(role).post(URL, data=content, content_type=media, query_string=query)


def test_the_targets_can_be_sent_on_as_they_are(home):
    """`ci` and `effect` of what is touched are what a new change takes."""
    found = posted(home, plan_of_the_shop())
    assert found.status_code == 200, found.json
    targets = [{"ci": each["ci"], "effect": each["effect"]} for each in found.json["touched"]]
    assert targets == [{"ci": "web", "effect": "restart"}]
    body = {"title": "t", "reason": "r", "targets": targets}
    assert home.client().post("/api/v1/changes", json=body).status_code == 201


def test_asking_writes_nothing(home):
    """Whoever may read may ask; the plan is not kept."""
    before = home.context.store.revision()
    found = posted(home, plan_of_the_shop(), lineage="L").json

    assert home.context.store.revision() == before
    assert found["missed"] == 2
    assert {each["why"] for each in found["unfound"]} == {"unknown"}


def test_all_that_is_wrong_is_told_at_its_place(home):
    """Each with its pointer into the plan."""
    plan = plan_of_the_shop()
    plan["resource_changes"][0]["change"]["actions"] = ["explode"]
    plan["resource_changes"][1]["address"] = ""
    refused = posted(home, plan)

    assert refused.status_code == 422
    assert {each["pointer"] for each in refused.json["errors"]} == {
        "/resource_changes/0/change/actions",
        "/resource_changes/1/address",
    }


@pytest.mark.parametrize("body", [b"PK\x03\x04", b"", b"[]", b'{"version": 3, "terraform_version": "0.11.14"}'])
def test_what_is_no_plan_is_refused(home, body):
    """A packed plan, nothing, something else, a state."""
    assert posted(home, body, media="application/octet-stream").status_code == 422


def test_another_media_type_is_refused(home):
    """HCL is no plan."""
    assert posted(home, b"resource {}", media="text/plain").status_code == 415
