"""Baselines, verification and drift at the command line: from the first baseline to the accuracy of a sample."""

from __future__ import annotations

import json
import signal
import sqlite3

import pytest

KEY = {"FORESHOCK_SIGNING_KEY": "env:SEAL", "SEAL": "0123456789abcdef-test"}


@pytest.fixture
def shop(foreshock, people, tmp_path):
    """Two hosts that discovery sees, and an approved baseline; returns what rewrites the source and reads it."""
    books = tmp_path / "hosts.csv"

    def seen(*rows):
        books.write_text("Host,Serial,OS\n" + "".join(f"{','.join(row)}\n" for row in rows))
        foreshock("discover", "run", "books").ok()

    settings = {
        "root": str(tmp_path),
        "paths": ["hosts.csv"],
        "table": {"id": "Host", "class": "server", "attributes": {"Serial": "serial_number", "OS": "os"}},
    }
    (tmp_path / "hosts.yaml").write_text(json.dumps(settings))
    foreshock("source", "put", "books", "--connector", "files", "--settings", str(tmp_path / "hosts.yaml")).ok()
    seen(("web1", "S1", "Debian 12"), ("web2", "S2", "Debian 12"))
    foreshock("baseline", "create", "shop", "--class", "server", env=people("peer")).ok()
    foreshock("baseline", "approve", "shop", env=people("board")).ok()
    return seen


def verified(foreshock, status=0, **more):
    made = foreshock("verification", "run", "shop", "-o", "json", **more)
    assert made.status == status, (made.out, made.err)
    return made.json


def test_who_drew_a_baseline_up_does_not_approve_it(foreshock, people, estate):
    """Nor does one who may only read; and what is not approved is held against nothing."""
    foreshock("baseline", "create", "all", env=people("requester")).ok()
    own = foreshock("baseline", "approve", "all", "-o", "json", env=people("requester"))
    assert own.json["code"] == "own_work"
    assert foreshock("baseline", "approve", "all", env=people("auditor")).status != 0
    assert foreshock("verification", "run", "all", "-o", "json").json["code"] == "wrong_state"
    foreshock("baseline", "approve", "all", env=people("board")).ok()
    assert foreshock("baseline", "list", "-o", "json").json["rows"][0]["approved_by"] == "board"
    foreshock("verification", "run", "all").ok()
    foreshock("baseline", "withdraw", "all").ok()
    assert foreshock("verification", "run", "all", "-o", "json").json["code"] == "wrong_state"


def test_an_unauthorised_change_is_found_accepted_and_decided_by_another(foreshock, people, shop):
    """Accepted, the baseline moves on; the retrospective change lies in the past and can still be approved."""
    assert verified(foreshock)["rows"] == []
    shop(("web1", "S1", "Debian 13"), ("web2", "S2", "Debian 12"))
    made = verified(foreshock, 6)
    (row,) = made["rows"]
    assert (row["judgement"], row["difference"]["before"], row["difference"]["after"]) == (
        "unauthorised",
        "Debian 12",
        "Debian 13",
    )
    assert row["sighted"]["sources"] == ["books"]
    (finding,) = foreshock("finding", "list", "-o", "json").json["rows"]
    assert (finding["code"], finding["cis"]) == ("verification.unauthorised", ["books:web1"])
    # Another run of discovery does not close what a verification found.
    shop(("web1", "S1", "Debian 13"), ("web2", "S2", "Debian 12"))
    assert len(foreshock("finding", "list", "-o", "json").json["rows"]) == 1
    words = ("drift", "accept", "shop", row["id"], "--reason", "the night of the outage", "-o", "json")
    change = foreshock(*words, env=people("peer")).ok().json["change"]
    assert foreshock("drift", "list", "shop", "-o", "json").json["rows"] == []
    assert foreshock("finding", "list", "-o", "json").json["rows"] == []
    assert verified(foreshock)["rows"] == []
    foreshock("change", "submit", change, env=people("peer")).ok()
    foreshock("change", "assess", change).ok()
    shown = foreshock("change", "show", change, "-o", "json").ok().json
    assert '"retrospective": true' in json.dumps(shown)
    # If it is refused after all, the difference is unauthorised again.
    foreshock("change", "reject", change, "--comment", "put it back", env=people("board")).ok()
    assert verified(foreshock, 6)["counts"]["unauthorised"] == 1


def test_what_is_to_be_put_back_stays_open_until_it_is_no_longer_seen(foreshock, shop):
    """Then it closes by itself, in the verification that no longer finds it."""
    shop(("web1", "S1", "Debian 12"))
    verified(foreshock)
    shop(("web1", "S1", "Debian 13"))
    row = verified(foreshock, 6)["rows"][0]
    foreshock("drift", "revert", "shop", "--ci", "books:web1", "--reason", "nobody asked for it").ok()
    assert [each["code"] for each in foreshock("finding", "list", "-o", "json").json["rows"]] == [
        "verification.reverting"
    ]
    made = verified(foreshock)
    assert [each["judgement"] for each in made["rows"]] == ["reverting"]
    assert made["rows"][0]["id"] == row["id"]
    shop(("web1", "S1", "Debian 12"))
    assert verified(foreshock)["rows"] == []
    assert foreshock("finding", "list", "-o", "json").json["rows"] == []


def test_a_rule_lets_drift_be_and_counts_it(foreshock, shop):
    """From the next verification on; what is ignored is not compared at all."""
    shop(("web1", "S1", "Debian 13"), ("web2", "S2", "Debian 12"))
    row = verified(foreshock, 6)["rows"][0]
    words = ("--name", "upgrades", "--because", "they upgrade themselves")
    foreshock("drift", "tolerate", "shop", row["id"], *words).ok()
    made = verified(foreshock)
    assert (made["counts"]["tolerated"], made["tolerated"], made["rules"]) == (1, {"upgrades": 1}, 1)
    text = foreshock("drift", "rules", "--text").ok().out
    assert 'name = "upgrades"' in text
    foreshock("drift", "set-rules", "-", input='format = "foreshock-drift-rules/1"\nignore = ["server.os"]\n').ok()
    assert verified(foreshock)["rows"] == []
    assert len(foreshock("drift", "rules", "-o", "json").json["rows"]) == 2


def test_a_value_by_hand_does_not_hide_what_discovery_sees(foreshock, shop):
    """The CMDB keeps what a person holds, and the verification tells what is there."""
    foreshock("ci", "set", "books:web1", "--set", "os=hardened").ok()
    shop(("web1", "S1", "Debian 13"), ("web2", "S2", "Debian 12"))
    assert "hardened" in foreshock("ci", "show", "books:web1").ok().out
    (row,) = verified(foreshock, 6)["rows"]
    assert (row["difference"]["field"], row["difference"]["after"]) == ("os", "Debian 13")


def test_a_host_that_nobody_registered_appears_and_one_that_is_gone_is_told(foreshock, shop):
    """By the CI, with the source that says so."""
    shop(("web1", "S1", "Debian 12"), ("web2", "S2", "Debian 12"), ("rogue", "S9", "Kali"))
    foreshock("ci", "retire", "books:web2", "--yes")
    rows = verified(foreshock, 6)["rows"]
    told = {(row["difference"]["way"], row["difference"]["key"]) for row in rows}
    assert told == {("appeared", "books:rogue"), ("gone", "books:web2")}


def test_a_verification_is_sealed_and_whoever_alters_it_is_found_out(foreshock, shop, tmp_path):
    """By its hash, by the signature with the right key, and by the store's own chain."""
    made = verified(foreshock, env=KEY)
    again = verified(foreshock, env=KEY)
    assert again["previous"] == made["hash"]
    assert made["signature"]["algorithm"] == "hmac-sha256"
    assert KEY["SEAL"] not in json.dumps(made)
    for env, signature in ((KEY, "valid"), ({}, "no_key"), ({**KEY, "SEAL": "another key of 16+"}, "other_key")):
        found = foreshock("verification", "check", made["id"], "-o", "json", env=env)
        assert found.json["signature"] == signature
        assert found.json["sound"] is (signature != "other_key")
    short = foreshock("verification", "check", made["id"], env={**KEY, "SEAL": "short"})
    assert short.status == 2
    with sqlite3.connect(tmp_path / "estate.db") as database:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        altered = 0
        for table in tables:
            columns = [row[1] for row in database.execute(f'PRAGMA table_info("{table}")')]
            if {"document", "key"} <= set(columns):
                query = f'UPDATE "{table}" SET document = replace(document, ?, ?) WHERE key = ?'
                altered += database.execute(query, ('"unseen":0', '"unseen":1', made["id"])).rowcount
    assert altered
    found = foreshock("verification", "check", made["id"], "-o", "json", env=KEY)
    assert (found.status, found.json["hash_right"]) == (1, False)
    assert foreshock("audit", "verify").status == 1


def test_the_sample_says_how_accurate_the_cmdb_is(foreshock, people, shop):
    """A person enters what they saw; concluded, it is sealed and nothing of it changes any more."""
    made = verified(foreshock, env=KEY)
    assert made["sample"]["cis"] == ["books:web1", "books:web2"]
    assert (
        foreshock("verification", "conclude", made["id"], "-o", "json").json["code"] == "verification.nothing_checked"
    )
    foreshock("verification", "enter", made["id"], "books:web1", "--right", env=people("auditor")).ok()
    unsaid = foreshock("verification", "enter", made["id"], "books:web2", "--wrong")
    assert unsaid.status == 2
    foreshock("verification", "enter", made["id"], "books:web2", "--wrong", "--note", "it has 16 GB").ok()
    assert foreshock("verification", "enter", made["id"], "books:web9", "--right").status == 4
    found = foreshock("verification", "conclude", made["id"], "-o", "json", env=KEY).ok().json
    assert (found["checked"], found["right"], found["wrong"]) == (2, 1, ["books:web2"])
    assert (found["low"], found["high"]) == (0.094531, 0.905469)
    assert found["verified"] == made["hash"]
    closed = foreshock("verification", "enter", made["id"], "books:web2", "--right", "-o", "json")
    assert closed.json["code"] == "verification.sample_closed"
    assert "1 of 2 checked are right" in foreshock("verification", "show", made["id"]).ok().out


def test_a_sample_that_was_looked_at_in_part_says_so_when_it_is_concluded(foreshock, shop):
    """And wherever its accuracy is told afterwards: what nobody looked at counts as nothing."""
    made = verified(foreshock, env=KEY)
    foreshock("verification", "enter", made["id"], "books:web1", "--right").ok()
    unseen = "not looked at, so counting neither as right nor as wrong: 1 of the 2 CIs drawn"
    assert unseen in foreshock("verification", "conclude", made["id"], env=KEY).ok().out
    assert unseen in foreshock("verification", "show", made["id"]).ok().out


def test_the_job_verifies_every_approved_baseline(foreshock, people, shop):
    """As the clock would ask for it; what is not approved is left out."""
    foreshock("baseline", "create", "all").ok()
    foreshock("job", "run", "verify").ok()
    rows = foreshock("verification", "list", "-o", "json").json["rows"]
    assert [row["baseline"] for row in rows] == ["shop"]


def test_history_keeps_what_a_baseline_cites(foreshock, shop):
    """However much else is let go of."""
    shop(("web1", "S1", "Debian 13"), ("web2", "S2", "Debian 12"))
    newest = foreshock("init", "-o", "json").json["revision"]
    foreshock("store", "compact", "--before", str(newest)).ok()
    (row,) = verified(foreshock, 6)["rows"]
    assert row["difference"]["before"] == "Debian 12"


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("baseline", "create", "a/b"), 2),
        (("baseline", "create", ""), 2),
        (("baseline", "create", "x", "--class", "nope"), 2),
        (("baseline", "create", "x", "--where", "melody=7"), 2),
        (("baseline", "create", "x", "--where", "os={}"), 2),
        (("baseline", "create", "x", "--as-of", "9999"), 4),
        (("baseline", "create", "shop"), 5),
        (("baseline", "approve", "nope"), 4),
        (("verification", "run", "nope"), 4),
        (("verification", "run", "shop", "--sample", "0"), 2),
        (("verification", "show", "VER-9"), 4),
        (("drift", "list", "nope"), 4),
        (("drift", "accept", "shop", "0123456789abcdef", "--reason", "x"), 4),
        (("drift", "accept", "shop", "--reason", "x"), 2),
        (("drift", "revert", "shop", "x", "--reason", " "), 2),
        (("drift", "set-rules", "-"), 2),
    ],
)
def test_bad_input_is_refused_with_its_place_and_nothing_is_written(foreshock, shop, revision, words, status):
    """A status for each kind of refusal."""
    before = revision()
    refused = foreshock(*words, "-o", "json", input="ignore = 3\n")
    assert (refused.status, revision()) == (status, before), (refused.out, refused.err)


def test_every_command_gives_the_same_at_a_server(foreshock, process, shop):
    """What is read, what is refused, and what a worker does there."""
    shop(("web1", "S1", "Debian 13"), ("web2", "S2", "Debian 12"))
    with process("serve", "--port", "0", "-o", "json") as server, process("worker") as worker:
        opened = ""
        while not opened.endswith("}\n"):
            opened += server.stdout.readline().decode()
        url = {"FORESHOCK_URL": json.loads(opened)["address"]}
        made = foreshock("verification", "run", "shop", "-o", "json", env=url)
        assert made.status == 6, (made.out, made.err)
        ver, row = made.json["id"], made.json["rows"][0]["id"]
        for words in (
            ("baseline", "list"),
            ("baseline", "show", "shop"),
            ("verification", "list"),
            ("verification", "show", ver),
            ("verification", "check", ver),
            ("verification", "sample", ver),
            ("drift", "list", "shop"),
            ("drift", "rules"),
            ("drift", "rules", "--text"),
            ("verification", "show", "VER-9"),
            ("baseline", "create", "a/b"),
            ("drift", "accept", "shop", "nope", "--reason", "x"),
        ):
            for shape in ("json", "table"):
                here, there = foreshock(*words, "-o", shape), foreshock(*words, "-o", shape, env=url)
                assert (there.status, there.out) == (here.status, here.out), (words, here.err, there.err)
        foreshock("verification", "enter", ver, "books:web2", "--right", env=url).ok()
        foreshock("verification", "conclude", ver, env=url).ok()
        words = ("--name", "x", "--because", "y", "--until", "2030-01-01")
        foreshock("drift", "tolerate", "shop", row, *words, env=url).ok()
        assert foreshock("drift", "accept", "shop", row, "--reason", "x", "-o", "json", env=url).ok().json["change"]
        foreshock("baseline", "create", "two", "--environment", "production", env=url).ok()
        foreshock("baseline", "withdraw", "two", env=url).ok()
        for each in (server, worker):
            each.send_signal(signal.SIGTERM)
            each.communicate(timeout=60)
