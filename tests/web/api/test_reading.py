"""How strictly a request is read: one meaning for every byte, or a clear refusal."""

from __future__ import annotations

import json

import pytest
from werkzeug.exceptions import BadRequest

from tests.builders import a_server
from web.api.reading import DEEPEST, read_json
from web.app import BODY_BYTES

NOT_JSON = {
    "nothing": b"",
    "half": b'{"title": ',
    "not UTF-8": b'{"title": "\xff"}',
    "UTF-16": '{"title": "x"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"title": "x"}',
    "two values": b"{} {}",
    "a comma too many": b'{"title": "x",}',
    "single quotes": b"{'title': 'x'}",
    "NaN": b'{"title": NaN}',
    "an infinity": b'{"title": -Infinity}',
    "a number beyond all": b'{"title": 1e999}',
    "a whole number nobody keeps exact": b'{"title": 9007199254740992}',
    "a very long number": b'{"title": ' + b"9" * 5000 + b"}",
    "half of a surrogate pair": b'{"title": "\\ud83d"}',
    "half of a pair as a name": b'{"\\ud83d": 1}',
    "a name twice": b'{"title": "x", "title": "y"}',
    "a name twice, deep down": b'{"a": [{"b": 1, "b": 1}]}',
    "deep": b"[" * 65 + b"]" * 65,
    "so deep that readers fall over": b"[" * 100_000,
}


@pytest.fixture
def client(house):
    """An engineer."""
    return house(a_server("web1")).client()


@pytest.mark.parametrize("content", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_a_body_that_has_no_one_meaning_is_refused(client, content):
    """As 400, with what is wrong, before any desk sees it."""
    refused = client.post("/api/v1/changes", data=content, content_type="application/json")

    assert (refused.status_code, refused.json["code"]) == (400, "http.bad_request")
    assert "no JSON that can be read" in refused.json["title"]


@pytest.mark.parametrize(
    "value", [None, True, 0, -1, 2**53 - 1, 1.5, -0.0, 1e300, "", "ß😀\u0000", [], {}, {"a": [1, {"b": None}]}]
)
def test_every_other_value_is_read_as_it_is(value):
    """Written by one programme, read by this one."""
    assert read_json(json.dumps(value).encode()) == value
    assert read_json(json.dumps(value, ensure_ascii=False).encode()) == value


def test_depth_is_counted_from_the_outside():
    """The deepest that is taken, and one more."""
    assert read_json(b"[" * (DEEPEST - 1) + b"]" * (DEEPEST - 1))
    with pytest.raises(BadRequest):
        read_json(b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1))


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "", "application/merge-patch+json"]
)
def test_only_what_is_declared_as_json_is_read(client, media):
    """The types that any web page may send without asking are not among them."""
    refused = client.post("/api/v1/changes", data=b'{"title": "x", "reason": "y"}', content_type=media)

    assert (refused.status_code, refused.json["code"]) == (415, "http.unsupported_media_type")


def test_a_body_beyond_the_limit_is_refused(client):
    """Nothing of it is read."""
    refused = client.post("/api/v1/changes", data=b" " * (BODY_BYTES + 1), content_type="application/json")

    assert (refused.status_code, refused.json["code"]) == (413, "http.request_entity_too_large")


@pytest.mark.parametrize("key", ["", " ", "ä", "x" * 201, "a b", "a\tb"])
def test_a_key_that_is_none_is_refused(client, key):
    """Empty, too long, or not visible ASCII."""
    fields = {"title": "x", "reason": "y"}

    assert client.post("/api/v1/changes", json=fields, headers={"Idempotency-Key": key}).status_code == 400


@pytest.mark.parametrize(
    "query", ["limit=ten", "limit=0", "limit=-1", "after=nonsense", "state=asleep", "at=0.5", "titel=x"]
)
def test_a_query_is_read_as_strictly_as_a_body(client, query):
    """Unknown names and impossible values are named, not ignored."""
    refused = client.get(f"/api/v1/changes?{query}")

    assert refused.status_code == 422
    assert refused.json["errors"]
