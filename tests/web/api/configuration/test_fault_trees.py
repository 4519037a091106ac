"""Fault trees over the API: brought in as one revision, refused with every fault."""

from __future__ import annotations

import gzip

import pytest

TREE = b"""<opsa-mef><define-fault-tree name="ft">
<define-gate name="top"><and><basic-event name="a"/><basic-event name="b"/></and></define-gate>
<define-basic-event name="a"><float value="0.1"/></define-basic-event>
<define-basic-event name="b"><float value="0.1"/></define-basic-event>
</define-fault-tree></opsa-mef>"""


def brought(client, content=TREE, media="application/xml", **query):
    asked = {"source": "test", **query}
    return client.post("/api/v1/estate/open-psa", query_string=asked, data=content, content_type=media)


@pytest.mark.parametrize(
    ("content", "media"),
    [
        (TREE, "application/xml"),
        (TREE, "text/xml"),
        (gzip.compress(TREE), "application/gzip"),
        (TREE, "application/octet-stream"),
    ],
)
def test_a_tree_is_one_revision_and_the_second_time_none(house, content, media):
    """The service, what the tree is in the estate, and what was new."""
    client = house().client()
    first, second = brought(client, content, media), brought(client, content, media)

    assert first.status_code == 200
    assert (first.json["service"], first.json["items"], first.json["relations"], first.json["groups"]) == (
        "top",
        3,
        2,
        1,
    )
    assert (first.json["new"], first.json["revision"]) == (6, 1)
    assert (second.json["unchanged"], second.json["revision"]) == (6, None)


def test_all_faults_of_a_tree_have_their_lines(house):
    """And nothing is written."""
    client = house().client()
    refused = brought(client, TREE.replace(b'"0.1"', b'"1.1"'))

    assert refused.status_code == 422
    assert [(fault["line"], fault["code"]) for fault in refused.json["errors"]] == [
        (3, "open_psa.probability"),
        (4, "open_psa.probability"),
    ]
    assert client.get("/api/v1/revision").json == {"revision": 0}


def test_the_gate_and_the_prefix_are_options(house):
    """A gate that is not there is a fault of the option."""
    client = house().client()
    assert brought(client, top="top", prefix="x:").json["service"] == "x:top"
    assert [fault["pointer"] for fault in brought(client, top="a").json["errors"]] == ["/top"]
    assert [fault["pointer"] for fault in brought(client, create_classes="true").json["errors"]] == ["/create_classes"]


def test_who_may_not_import_an_estate_may_not_import_a_tree(house):
    """The desk asks before it reads."""
    assert brought(house().client("viewer")).status_code == 403


@pytest.mark.parametrize("media", ["text/plain", "application/json", ""])
def test_only_the_media_types_of_xml_are_taken(house, media):
    """The rest is refused before it is read."""
    assert brought(house().client(), media=media).status_code == 415
