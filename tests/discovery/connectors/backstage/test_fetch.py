"""Backstage's catalog API over a real socket, and catalog-info.yaml files."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from marshmallow import ValidationError

from discovery.connectors.backstage import CONNECTOR
from discovery.connectors.backstage.config import BackstageSettings
from discovery.ports import CredentialsRefused, Unreachable, Unreadable
from discovery.testing import SECRET, Ended, TrialLine
from tests.discovery.connectors.backstage.world import FILES, PLANTED, Catalog, write
from tests.discovery.connectors.importing import Asked, Loopback, Reply, read, serving, shaped

COUNT = sum(map(len, FILES.values()))


def settings_for(server: Loopback, **more: Any) -> dict[str, Any]:
    return {"url": server.url, "token": "env:BACKSTAGE_TOKEN", "page_size": 4, **more}


def with_fault(fault: Callable[[Asked], Reply | None]) -> Callable[[Asked], Reply]:
    catalog = Catalog()
    return lambda asked: fault(asked) or catalog.answer(asked)


def test_every_page_is_read_by_its_cursor_and_paced():
    """14 entities in pages of four; the order is said once, the cursor holds it from then on."""
    line = TrialLine()
    with serving(Catalog().answer) as server:
        _, _, parts = read(CONNECTOR, settings_for(server), line)

        assert ["cursor" in asked.query for asked in server.asked] == [False, True, True, True]
        assert {asked.headers["authorization"] for asked in server.asked} == {f"Bearer {SECRET}"}
        assert line.paced == len(server.asked)
    assert sum(len(part.body) for part in parts) == COUNT


def test_a_catalog_without_sign_in_is_asked_without_a_token():
    """No header at all."""
    with serving(Catalog().answer) as server:
        read(CONNECTOR, {"url": server.url}, TrialLine())

        assert "authorization" not in server.asked[0].headers


def test_nothing_personal_and_no_secret_leaves_fetch(tmp_path):
    """Users, members, profiles, links, definitions: none is in a part."""
    write(tmp_path)
    with serving(Catalog().answer) as server:
        for settings in (settings_for(server), {"folder": str(tmp_path)}):
            line = TrialLine()
            _, _, parts = read(CONNECTOR, settings, line)
            everything = json.dumps([part.body for part in parts]) + repr(line.notes)
            assert not [word for word in (*PLANTED, SECRET) if word in everything]


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_is_tried_once(status):
    """One request, then an error that does not hold the token."""
    with serving(with_fault(lambda _: Reply({"error": {}}, status=status))) as server:
        with pytest.raises(CredentialsRefused) as refused:
            read(CONNECTOR, settings_for(server), TrialLine())

        assert len(server.asked) == 1
    assert SECRET not in repr(refused.value.facts)


def test_too_many_requests_are_waited_out():
    """After 429 with Retry-After the same page is asked for again."""
    refused: list[str] = []

    def once(asked: Asked) -> Reply | None:
        if "cursor" in asked.query and not refused:
            refused.append("once")
            return Reply(status=429, headers={"Retry-After": "4"})
        return None

    line = TrialLine()
    with serving(with_fault(once)) as server:
        found = shaped(CONNECTOR, settings_for(server), line)

    assert line.waits == [4.0]
    assert "backstage/component" in found.complete


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(status=500, body={}), Unreachable),
        (Reply(raw=b'{"items": [{"kind": "Compo'), Unreadable),
        (Reply({"items": [], "totalItems": 14, "pageInfo": {}}, cut=9), Unreachable),
        (Reply({"items": [], "totalItems": "many", "pageInfo": {}}), Unreadable),
        (Reply({"items": [], "totalItems": 14, "pageInfo": {"nextCursor": "x"}}), Unreadable),
        (Reply([{"kind": "Component"}]), Unreadable),
        (Reply(raw=b"<html>Sign in</html>"), Unreadable),
    ],
)
def test_a_fault_in_the_middle_fails_the_whole_target(reply, error):
    """The second page is broken: nothing of what was read is shaped."""
    with serving(with_fault(lambda asked: reply if "cursor" in asked.query else None)) as server, pytest.raises(error):
        read(CONNECTOR, settings_for(server), TrialLine())


def test_a_cursor_that_leads_back_is_found_out():
    """Each page says that the same one comes next."""
    page = Reply({"items": [{"kind": "Component"}], "totalItems": 1_000_000, "pageInfo": {"nextCursor": "again"}})
    with serving(lambda _: page) as server, pytest.raises(Unreadable, match="lead back"):
        read(CONNECTOR, settings_for(server), TrialLine())


def test_pages_without_an_end_stop_at_the_limit_and_certify_nothing():
    """Each page has a new cursor; the reading stops, says so, and nothing is complete."""

    def endless(asked: Asked) -> Reply:
        number = int(asked.query.get("cursor", "0")) + 1
        entity = {"apiVersion": "backstage.io/v1alpha1", "kind": "Component", "metadata": {"name": f"c{number}"}}
        return Reply({"items": [entity], "totalItems": 1_000_000, "pageInfo": {"nextCursor": str(number)}})

    line = TrialLine()
    with serving(endless) as server:
        found = shaped(CONNECTOR, settings_for(server, most_entities=30), line)

    assert line.notes == [("backstage.not_whole", {"read": 30, "count": 1_000_000})]
    assert (len(found.observations), found.complete) == (30, frozenset())


def test_fewer_entities_than_the_catalog_counts_are_not_whole():
    """What the token may not see is counted and not sent."""
    with serving(lambda _: Reply({"items": [], "totalItems": 3, "pageInfo": {}})) as server:
        assert shaped(CONNECTOR, settings_for(server), TrialLine()).complete == frozenset()


def test_cancelling_ends_the_reading_of_a_silent_server():
    """The server never answers; the reading ends when it is cancelled."""
    with serving(lambda _: Reply(hold=True)) as server:
        began = time.monotonic()
        with pytest.raises(Ended):
            read(CONNECTOR, settings_for(server), TrialLine(end_after=3))

    assert time.monotonic() - began < 10  # It would be 60 s.


ENTITY = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: x}\n"
LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
)
MERGES = "a: &a {" + ", ".join(f"k{n}: 1" for n in range(20)) + "}\n" + "".join(
    f"{name}: &{name} {{<<: [{', '.join([f'*{before}'] * 20)}]}}\n"
    for before, name in zip("abcdef", "bcdefg", strict=True)
)  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        b"a: [1, 2",
        b"!!python/object/apply:os.system ['true']",
        b"just a text",
        b"kind: Component\nmetadata: {name: x}\n",
        (ENTITY + "spec:\n  " + LAUGHS.replace("\n", "\n  ")).encode(),
        (ENTITY + "spec:\n  " + MERGES.replace("\n", "\n  ")).encode(),
        (ENTITY + "spec: &s {self: *s}\n").encode(),
        b"[" * 5_000,
        b"a: " * 3_000,
        "kind: Büro".encode("latin-1"),
        b"\x00\x01",
        b"---\n" + b"{apiVersion: backstage.io/v1, kind: X}\n---\n" * 1_100,
    ],
)
def test_a_file_that_can_not_be_read_leaves_the_others_and_certifies_nothing(tmp_path, content):
    """Broken, tagged, of another kind, a bomb of aliases or merges: noted by name, and nothing is taken for gone."""
    write(tmp_path)
    (tmp_path / "services" / "web" / "catalog-info.yaml").write_bytes(content)

    line = TrialLine()
    found = shaped(CONNECTOR, {"folder": str(tmp_path)}, line)

    assert [facts["file"] for _, facts in line.notes] == ["services/web/catalog-info.yaml"]
    assert found.complete == frozenset()
    assert "component:default/cart" in {each.native_id for each in found.observations}


def test_anchors_and_merges_of_a_sane_size_are_read(tmp_path):
    """People use them to say things once."""
    (tmp_path / "catalog-info.yaml").write_text(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: a\n  labels: &l {tier: '1'}\n"
        "  annotations:\n    <<: *l\n    since: 2026-01-05\nspec: {type: service}\n"
    )
    (found,) = shaped(CONNECTOR, {"folder": str(tmp_path)}, TrialLine()).observations

    assert found.labels == {"since": "2026-01-05", "tier": "1", "type": "service"}


def test_a_kind_of_ones_own_is_counted_and_makes_nothing_incomplete(tmp_path):
    """Organisations extend the catalog; what they add is no CI for us."""
    write(tmp_path)
    (tmp_path / "services" / "catalog-info.yaml").write_text(
        "apiVersion: example.org/v1\nkind: Runbook\nmetadata: {name: x}\n"
    )
    found = shaped(CONNECTOR, {"folder": str(tmp_path)}, TrialLine())

    assert "backstage/component" in found.complete
    assert {"kind": "runbook", "because": "a kind that is no CI", "count": 1} in [dict(n.facts) for n in found.notes]


def test_links_are_not_followed(tmp_path):
    """A link to a folder above would be a circle, one to a file may lead anywhere."""
    folder = write(tmp_path / "checkout")
    (tmp_path / "secret.yaml").write_text(ENTITY.replace("{name: x}", "{name: stolen}"))
    (folder / "services" / "loop").symlink_to(folder)
    (folder / "services" / "catalog-info.yaml").symlink_to(tmp_path / "secret.yaml")

    found = shaped(CONNECTOR, {"folder": str(folder)}, TrialLine())
    assert "component:default/stolen" not in {each.native_id for each in found.observations}


def test_too_many_files_are_said(tmp_path):
    """The rest is not read, and nothing is complete."""
    line = TrialLine()
    found = shaped(CONNECTOR, {"folder": str(write(tmp_path)), "most_files": 1}, line)

    assert line.notes == [("backstage.files_not_read", {"read": 1})]
    assert found.complete == frozenset()


@pytest.mark.parametrize("make", [lambda folder: folder / "gone", lambda folder: folder])
def test_a_folder_without_files_is_no_empty_catalog(tmp_path, make):
    """A checkout that failed must retire nothing."""
    with pytest.raises(Unreachable):
        read(CONNECTOR, {"folder": str(make(tmp_path))}, TrialLine())


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({}, "_schema"),
        ({"url": "https://x.example.org", "folder": "x"}, "_schema"),
        ({"url": "https://x.example.org", "token": "s3cret"}, "token"),
        ({"folder": "x", "token": "env:T"}, "token"),
        ({"folder": "x", "names": ["../catalog-info.yaml"]}, "names"),
        ({"folder": "x", "types": {"resource/robot": "toaster"}}, "types"),
    ],
)
def test_wrong_settings_are_named(settings, field):
    """Each fault names its field, and none repeats a credential."""
    with pytest.raises(ValidationError) as wrong:
        BackstageSettings().load(settings)

    assert field in wrong.value.messages
    assert "s3cret" not in str(wrong.value)
