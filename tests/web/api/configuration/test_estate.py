"""The estate over the API: brought in as one revision, taken out again, and nothing lost between."""

from __future__ import annotations

import gzip
import json

import pytest

ESTATE = {
    "format": "estate/1",
    "items": [
        {"id": "shop", "class": "service", "name": "Shop", "attributes": {"tier": 1}},
        {"id": "web1", "class": "server", "name": "web1"},
        {"id": "web2", "class": "server", "name": "web2", "unavailability": 0.001},
    ],
    "relations": [
        {"source": "shop", "target": "web1", "type": "runs_on", "group": "web"},
        {"source": "shop", "target": "web2", "type": "runs_on", "group": "web"},
    ],
    "groups": [{"item": "shop", "name": "web", "needs": 1}],
}
LINES = b"\n".join(
    json.dumps(line).encode()
    for line in (
        {"format": "estate/1"},
        *({"kind": "item", **item} for item in ESTATE["items"]),
        *({"kind": "relation", **relation} for relation in ESTATE["relations"]),
        *({"kind": "group", **group} for group in ESTATE["groups"]),
    )
)


@pytest.fixture
def client(house):
    """An engineer on an empty store."""
    return house().client()


def brought(client, content=None, media="application/json", **query):
    """Import a document, by default the estate; return the answer."""
    sent = json.dumps(ESTATE).encode() if content is None else content
    return client.post("/api/v1/estate", query_string={"source": "test", **query}, data=sent, content_type=media)


def figures(answer):
    """Return new, changed, unchanged and missing."""
    return tuple(answer.json[name] for name in ("new", "changed", "unchanged", "missing"))


@pytest.mark.parametrize(
    ("content", "media"),
    [
        (json.dumps(ESTATE).encode(), "application/json"),
        (LINES, "application/jsonl"),
        (LINES, "application/x-ndjson"),
        (gzip.compress(LINES), "application/gzip"),
        (gzip.compress(json.dumps(ESTATE).encode()), "application/octet-stream"),
    ],
)
def test_every_form_of_the_document_is_one_revision(client, content, media):
    """Document and lines, plain and gzip, bring the same in; the second time there is nothing to do."""
    first, second = brought(client, content, media), brought(client, content, media)

    assert (figures(first), first.json["revision"]) == ((6, 0, 0, 0), 1)
    assert (figures(second), second.json["revision"]) == ((0, 0, 6, 0), None)


@pytest.mark.parametrize("name", ["json", "jsonl", "json.gz", "jsonl.gz"])
def test_what_was_brought_in_comes_out_whole(house, name):
    """What one store gives, another takes, and gives again byte for byte."""
    one, other = house().client(), house().client()
    brought(one)
    out = one.get("/api/v1/estate", query_string={"format": name})

    taken = brought(other, out.data, "application/octet-stream")
    again = other.get("/api/v1/estate", query_string={"format": name})

    assert figures(taken) == (6, 0, 0, 0)
    assert again.data == out.data
    assert out.headers["Content-Disposition"] == f'attachment; filename="estate.{name}"'


def test_a_dry_run_tells_and_writes_nothing(client):
    """The difference is the one the import will make."""
    dry = brought(client, dry_run="true")

    assert (figures(dry), dry.json["dry_run"], dry.json["revision"]) == ((6, 0, 0, 0), True, None)
    assert {d["key"] for d in dry.json["differences"]} >= {"shop", "web1", "web2"}
    assert client.get("/api/v1/revision").json == {"revision": 0}


def test_what_is_missing_is_told_and_retired_only_on_request(client):
    """A CI that an import of the same source no longer has stays, until one says otherwise."""
    brought(client)
    less = json.dumps({**ESTATE, "items": ESTATE["items"][:2], "relations": ESTATE["relations"][:1]}).encode()

    assert figures(brought(client, less)) == (0, 0, 4, 2)
    assert figures(brought(client, less, retire_missing="true")) == (0, 0, 4, 2)
    assert [item["id"] for item in client.get("/api/v1/estate").json["items"]] == ["shop", "web1"]


def test_every_fault_of_a_document_is_told_with_its_place_and_nothing_is_written(client):
    """Five hundred faults make five hundred entries."""
    bad = {**ESTATE, "items": [{"id": f"ci-{n}", "class": "sever", "name": "x"} for n in range(500)], "relations": []}

    refused = brought(client, json.dumps({**bad, "groups": []}).encode())

    assert refused.status_code == 422
    assert [fault["pointer"] for fault in refused.json["errors"]] == [f"/items/{n}/class" for n in range(500)]
    assert client.get("/api/v1/revision").json == {"revision": 0}


@pytest.mark.parametrize(
    "content",
    [b"", b"nope", b"[]", b"\xff\xfe", b"\x1f\x8b\x08broken", gzip.compress(LINES)[:-20], b'{"format": "estate/2"}'],
)
def test_what_is_no_estate_is_refused(client, content):
    """Not JSON, not UTF-8, a gzip that is cut off, another format: a problem document, and nothing is written."""
    refused = brought(client, content, "application/octet-stream")

    assert refused.status_code == 422
    assert refused.json["errors"]
    assert client.get("/api/v1/revision").json == {"revision": 0}


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_only_the_media_types_of_an_estate_are_taken(client, media):
    """The types that any web page may send without asking are not among them."""
    assert brought(client, media=media).status_code == 415


def test_an_import_needs_its_source_and_knows_no_other_options(client):
    """What is missing or unknown in the query is named."""
    refused = client.post("/api/v1/estate?dry-run=true", data=b"{}", content_type="application/json")

    assert refused.status_code == 422
    assert {fault["pointer"] for fault in refused.json["errors"]} == {"/source", "/dry-run"}


def test_an_import_may_be_larger_than_other_requests(client):
    """The limit of a body holds for all others; the estate's reader has its own."""
    many = [{"id": f"ci-{n}", "class": "server", "name": "x" * 900} for n in range(6000)]
    content = json.dumps({"format": "estate/1", "items": many, "relations": [], "groups": []}).encode()

    assert len(content) > 5_000_000
    assert brought(client, content, show=0).json["new"] == 6000


def test_an_export_that_has_not_changed_is_not_sent_again(client):
    """The tag is the revision and the format."""
    brought(client)
    out = client.get("/api/v1/estate")

    assert client.get("/api/v1/estate", headers={"If-None-Match": out.headers["ETag"]}).status_code == 304
    lines = client.get("/api/v1/estate?format=jsonl", headers={"If-None-Match": out.headers["ETag"]})
    assert lines.status_code == 200


def test_the_estate_can_be_taken_out_as_it_was(client):
    """By revision; a revision that is not there yet is not found."""
    brought(client)
    more = {**ESTATE, "items": [*ESTATE["items"], {"id": "web3", "class": "server", "name": "web3"}]}
    brought(client, json.dumps(more).encode())

    assert len(client.get("/api/v1/estate?at=1").json["items"]) == 3
    assert len(client.get("/api/v1/estate").json["items"]) == 4
    assert client.get("/api/v1/estate?at=3").status_code == 404


def test_a_viewer_takes_out_and_does_not_bring_in(house):
    """The desk asks for the right before it reads the file."""
    viewer = house().client("viewer")

    assert brought(viewer).status_code == 403
    assert viewer.get("/api/v1/estate").status_code == 200
