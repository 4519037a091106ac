"""Store addresses and credentials: what is right is read, what is wrong is named part by part, no secret is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmdb.errors import InvalidInput
from web.addresses import Neo4jAddress, References, SqliteAddress, read_address, read_reference


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("sqlite:///estate.db", SqliteAddress(Path("estate.db"))),
        ("sqlite:////var/lib/foreshock/estate.db", SqliteAddress(Path("/var/lib/foreshock/estate.db"))),
        ("neo4j://graph", Neo4jAddress("neo4j://graph:7687", "neo4j")),
        ("neo4j+s://graph.example.org/", Neo4jAddress("neo4j+s://graph.example.org:7687", "neo4j")),
        ("bolt://127.0.0.1:7690/cmdb", Neo4jAddress("bolt://127.0.0.1:7690", "cmdb")),
        ("neo4j://[::1]:17687/estate.prod-1", Neo4jAddress("neo4j://[::1]:17687", "estate.prod-1")),
        ("neo4j://[::1]", Neo4jAddress("neo4j://[::1]:7687", "neo4j")),
    ],
)
def test_a_right_address_is_read(text, address):
    """Port and database have the defaults of Neo4j."""
    assert read_address(text) == address


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", {"store.address"}),
        ("estate.db", {"store.address"}),
        ("sqlite:///", {"store.address.path"}),
        ("sqlite://estate.db", {"store.address.path"}),
        ("sqlite:///a\0b", {"store.address.path"}),
        ("sqlite:///x.db?mode=ro", {"store.address.extra"}),
        ("sqlite:////srv/x.db#part", {"store.address.extra"}),
        ("sqlite:///?mode=ro", {"store.address.path"}),
        ("postgres://host/db", {"store.address.scheme"}),
        ("Neo4j://host", {"store.address.scheme"}),
        ("neo4j://", {"store.address.host"}),
        ("neo4j://:7687", {"store.address.host"}),
        ("neo4j://a b", {"store.address.host"}),
        ("neo4j://[::1", {"store.address.host", "store.address.port"}),
        ("neo4j://host:", {"store.address.port"}),
        ("neo4j://host:0", {"store.address.port"}),
        ("neo4j://host:65536", {"store.address.port"}),
        ("neo4j://host:-1", {"store.address.port"}),
        ("neo4j://host:7687:1", {"store.address.port"}),
        ("neo4j://host:٣", {"store.address.port"}),
        ("neo4j://host/x", {"store.address.database"}),
        ("neo4j://host/system", {"store.address.database"}),
        ("neo4j://host/a/b", {"store.address.database"}),
        ("neo4j://host/ne`o4j", {"store.address.database"}),
        ("neo4j://host?policy=eu", {"store.address.extra"}),
        ("neo4j://host/neo4j#part", {"store.address.extra"}),
        (
            "neo4j://user:secret@:99999/X?y",
            {
                "store.address.user",
                "store.address.host",
                "store.address.port",
                "store.address.database",
                "store.address.extra",
            },
        ),
    ],
)
def test_every_wrong_part_is_named_at_once(text, codes):
    """Each with what would be right."""
    with pytest.raises(InvalidInput) as refused:
        read_address(text)
    assert {problem.code for problem in refused.value.problems} == codes


@pytest.mark.parametrize(
    "text",
    [
        "neo4j://user:secret@host:x",
        "user:secret@host",
        "http://user:secret@host",
        "neo4j+s://secret@host",
        "neo4j://user:secret/more@host",
        "neo4j://user:more/secret@host/neo4j",
        "neo4j://user:secret?more@host",
        "neo4j://user:secret#more@host",
        "neo4j://user:secret",
        "sqlite:///x.db?key=secret",
    ],
)
def test_what_may_be_a_password_is_not_shown(text):
    """Neither in the sentence nor in the facts."""
    with pytest.raises(InvalidInput) as refused:
        read_address(text)
    assert "secret" not in str(refused.value) + repr([(p.message, p.facts) for p in refused.value.problems])


def test_a_file_address_with_more_says_what_would_be_right():
    """The same address without it."""
    with pytest.raises(InvalidInput) as refused:
        read_address("sqlite:///x.db?mode=ro#part")
    (problem,) = refused.value.problems
    assert problem.message.endswith("; sqlite:///x.db would be right")


def test_an_address_and_a_credential_are_no_documents():
    """Nothing could have been written out of them, so nothing is said of it."""
    with pytest.raises(InvalidInput) as refused:
        read_address("neo4j://host:99999")
    assert str(refused.value) == "1 problem in FORESHOCK_STORE"
    with pytest.raises(InvalidInput) as refused:
        read_reference("env:PW", what="FORESHOCK_STORE_PASSWORD", environment={})
    assert str(refused.value) == "1 problem in FORESHOCK_STORE_PASSWORD"


@pytest.mark.parametrize(("environment", "how"), [({}, "not set"), ({"PW": ""}, "empty")])
def test_a_variable_that_is_empty_is_told_from_one_that_is_not_set(environment, how):
    """Whoever looks for the name finds it set."""
    with pytest.raises(InvalidInput) as refused:
        read_reference("env:PW", what="FORESHOCK_STORE_PASSWORD", environment=environment)
    assert f"PW is {how};" in refused.value.problems[0].message


def test_a_reference_leads_to_its_secret(tmp_path):
    """In a variable, or in a file of one line."""
    file = tmp_path / "password"
    file.write_bytes(b"open sesame\r\n")
    assert read_reference(f"file:{file}", what="X") == "open sesame"
    assert read_reference("env:PASSWORD", what="X", environment={"PASSWORD": "open sesame"}) == "open sesame"
    assert read_reference("", what="X") == ""


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "secret.content"), (b" \n", "secret.content"), (b"x" * 5000, "secret.content"), (b"\xff", "secret.file")],
)
def test_a_file_that_holds_no_secret_is_refused(tmp_path, content, code):
    """Its content is not shown."""
    (tmp_path / "password").write_bytes(content)
    with pytest.raises(InvalidInput) as refused:
        read_reference(f"file:{tmp_path / 'password'}", what="FORESHOCK_STORE_PASSWORD")
    assert [problem.code for problem in refused.value.problems] == [code]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("open sesame", "secret.reference"),
        ("env:", "secret.reference"),
        ("vault:a/b", "secret.reference"),
        ("env:NOT_SET", "secret.variable"),
        ("file:/nowhere/at/all", "secret.file"),
        ("file:/", "secret.file"),
    ],
)
def test_a_wrong_reference_says_what_would_be_right(text, code):
    """A secret that was written in its place is not repeated."""
    with pytest.raises(InvalidInput) as refused:
        read_reference(text, what="FORESHOCK_STORE_PASSWORD", environment={})
    (problem,) = refused.value.problems
    assert problem.code == code
    assert "sesame" not in str(refused.value) + problem.message


def test_a_run_is_told_in_one_line_which_credential_is_missing(monkeypatch):
    """The run keeps the sentence alone, so the sentence names the variable, and never what it might hold."""
    monkeypatch.delenv("FORESHOCK_TEST_NOWHERE", raising=False)
    with pytest.raises(InvalidInput, match="the environment variable FORESHOCK_TEST_NOWHERE is not set"):
        References().read("env:FORESHOCK_TEST_NOWHERE")


# what sources may name -----------------------------------------------------------------------------------------------
@pytest.fixture
def kept(tmp_path, monkeypatch):
    """Secrets of sources and of Foreshock itself; returns what a source gets by a reference, or the code of why not."""
    for folder in ("sources", "own"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "key").write_text(f"{folder}-0123456789")
    (tmp_path / "sources" / "link").symlink_to(tmp_path / "own" / "key")
    monkeypatch.setenv("DISCOVERY_TOKEN", "token")
    monkeypatch.setenv("OTHER", "other")
    monkeypatch.setenv("FORESHOCK_SIGNING_KEY", f"file:{tmp_path}/own/key")
    monkeypatch.setenv("FORESHOCK_STORE_PASSWORD", "env:OTHER")

    def read(reference):
        try:
            return References().read(reference.format(tmp_path))
        except InvalidInput as refused:
            return refused.problems[0].code

    return read


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("env:DISCOVERY_TOKEN", "token"),
        ("file:{}/sources/key", "sources-0123456789"),
        ("file:{}/own/key", "secret.own"),
        ("file:{}/sources/../own/key", "secret.own"),
        ("file:{}/sources/link", "secret.own"),
        ("env:OTHER", "secret.own"),
        ("file:/proc/self/environ", "secret.own"),
        ("plain", "secret.reference"),
    ],
)
def test_a_source_does_not_send_away_what_is_foreshocks_own(kept, reference, found):
    """Whoever defines a source chooses where its credential goes, and need not be an administrator."""
    assert kept(reference) == found


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("env:DISCOVERY_TOKEN", "token"),
        ("env:HOME", "secret.not_allowed"),
        ("file:{}/sources/key", "sources-0123456789"),
        ("file:{}/sources/link", "secret.own"),
        ("file:{}/sources/../other", "secret.not_allowed"),
        ("file:/etc/hostname", "secret.not_allowed"),
    ],
)
def test_a_setting_says_which_references_sources_may_name(kept, monkeypatch, tmp_path, reference, found):
    """By the path that a file has after all links, so that none leads out of a folder."""
    monkeypatch.setenv("FORESHOCK_SECRETS", f"env:DISCOVERY_*, file:{tmp_path}/sources/*")
    assert kept(reference) == found
