"""The commands of discovery: the same on a store and at a server, from the first source to the last decision."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
WEB = {"name": "web1", "serial": "Acme|S1", "fqdn": "web1.example", "mac": "3c:ec:ef:12:34:56", "os": "debian"}
TWIN = {"name": "srv-17", "serial": "Acme|S2", "fqdn": "web1.example", "mac": "3c:ec:ef:12:34:56"}
NGINX = {"listens": ["nginx:80"], "needs": ["10.0.0.2:5432"]}
DB = {"name": "db1", "ip": "10.0.0.2", "listens": ["postgres:5432"]}
READS = [
    ("source", "list"),
    ("discover", "list"),
    ("discover", "status"),
    ("discover", "status", "dc1"),
    ("source", "show", "dc1"),
    ("source", "connectors"),
    ("source", "connectors", "files", "paper"),
    ("finding", "list"),
    ("finding", "list", "--code", "identity.vetoed"),
    ("finding", "list", "--all", "--limit", "1"),
    ("finding", "list", "--closed"),
    ("finding", "list", "--ci", "dc1:web1", "--source", "dc2"),
    ("identity", "list"),
    ("identity", "rejections"),
    ("discover", "rules"),
    ("discover", "rules", "--text"),
    ("discover", "settle", "--dry-run"),
    ("ci", "provenance", "dc1:web1"),
    ("ci", "show", "dc1:web1"),
    ("ci", "show", "dc1:web1", "--provenance"),
    ("ci", "evidence", "dc1:web1/nginx", "depends_on", "dc1:db1/postgres"),
    ("ci", "list", "--status", "missing"),
    ("run", "list"),
]
REFUSALS = [
    ("source", "show", "nope"),
    ("source", "off", "nope"),
    ("source", "connectors", "nope"),
    ("source", "put", "a/b", "--connector", "paper", "--set", "token=hunter2", "--schedule", "0 0 30 2 *"),
    ("source", "put", "dc9", "--connector", "papers"),
    ("source", "put", "dc9", "--connector", "paper", "--set", "folder=x", "--maintenance", "sat", "--hook", "hunter2"),
    ("discover", "run", "nope"),
    ("discover", "status", "nope"),
    ("discover", "apply", "nope"),
    ("discover", "apply", "discover:dc1@1"),
    ("discover", "rehearse", "-"),
    ("discover", "set-rules", "-"),
    ("identity", "merge", "dc1:web1", "nope"),
    ("identity", "split", "dc1:web1", "dc1:web1"),
    ("identity", "keep-apart", "dc1:web1", "dc9:nope"),
    ("identity", "revoke", "IDD-9"),
    ("identity", "accept", "dc1:web1", "depends_on", "dc1:db1"),
    ("ci", "provenance", "nope"),
    ("ci", "evidence", "dc1:web1", "depends_on", "dc1:db1"),
    ("ci", "lock", "dc1:web1", "colour"),
    ("ci", "unlock", "dc1:web1", "os"),
    ("ci", "revive", "dc1:web1"),
    ("finding", "show", "nope"),
    ("finding", "close", "nope", "--reason", " "),
    ("finding", "reopen", "nope"),
]


@pytest.fixture
def folders(tmp_path, environment, with_paper):
    """Two folders that are read as sources, by this process and by others."""
    package = tmp_path / "packages" / "paper-1.0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: paper\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[foreshock.connectors]\npaper = tests.discovery.paper:CONNECTOR\n")
    environment["PYTHONPATH"] = f"{ROOT}:{package.parent}"
    made = []
    for name, hosts in (("dc1", [{**WEB, **NGINX}, DB]), ("dc2", [TWIN])):
        made.append(tmp_path / name)
        made[-1].mkdir()
        (made[-1] / "row1.json").write_text(json.dumps({"hosts": hosts}))
    return made


@pytest.fixture
def seen(foreshock, folders):
    """Both sources are entered, and were run once."""
    for folder in folders:
        foreshock("source", "put", folder.name, "--connector", "paper", "--set", f"folder={folder}").ok()
        foreshock("discover", "run", folder.name).ok()


@pytest.fixture
def url(process, seen):
    """The settings that name a server on the store, with a worker beside it."""
    with process("serve", "--port", "0", "-o", "json") as server, process("worker") as worker:
        opened = ""
        while not opened.endswith("}\n"):
            opened += server.stdout.readline().decode()
        yield {"FORESHOCK_URL": json.loads(opened)["address"]}
        for each in (server, worker):
            each.send_signal(signal.SIGTERM)
            each.communicate(timeout=60)


def test_a_source_tells_when_it_was_read(foreshock, seen):
    """In the list and on its page, with its settings and its schedule."""
    folder = foreshock("source", "show", "dc1", "-o", "json").ok().json["settings"]["folder"]
    words = ("--set", f"folder={folder}", "--schedule", "15  * * * *", "--jitter", "60")
    foreshock("source", "put", "dc1", "--connector", "paper", *words).ok()
    row = foreshock("source", "list", "-o", "json").ok().json["rows"][0]
    assert (row["schedule"], row["run"], row["behind"]) == ("15 * * * *", "discover:dc1@1", 0)
    assert "discover:dc1@1" in foreshock("source", "show", "dc1").ok().out
    wrong = foreshock("source", "put", "dc1", "--connector", "paper", *words[:2], "--schedule", "* * * * 1")
    assert (wrong.status, "--schedule" in wrong.err) == (2, True), wrong


def test_where_no_target_could_be_read_the_last_reading_is_an_earlier_one(foreshock, seen, folders):
    """And the attempt that failed is told beside it, until one goes well."""
    read_at = foreshock("source", "show", "dc1", "-o", "json").ok().json["coverage"]["read_at"]
    (folders[0] / "row1.json").write_text(json.dumps({"hosts": [], "fail": "Unreadable"}))
    assert foreshock("discover", "run", "dc1").status == 1
    row = foreshock("source", "list", "-o", "json").ok().json["rows"][0]
    assert (row["read_at"], row["run"], row["behind"]) == (read_at, "discover:dc1@1", 1)
    assert (row["attempt"]["run"], row["attempt"]["state"]) == ("discover:dc1@2", "failed")
    shown = foreshock("source", "show", "dc1").ok().out
    assert "(discover:dc1@1)" in shown
    for words in (shown, foreshock("source", "list").ok().out):
        assert ("failed " in words, ": no target was read" in words) == (True, True), words
    (folders[0] / "row1.json").write_text(json.dumps({"hosts": [DB]}))
    foreshock("discover", "run", "dc1").ok()
    row = foreshock("source", "list", "-o", "json").ok().json["rows"][0]
    assert (row["run"], row["attempt"]) == ("discover:dc1@3", None)


def test_a_run_shows_its_figures_without_digests(foreshock, seen):
    """Where a dry run keeps what it showed is for programmes, which find it in the JSON."""
    dry = foreshock("discover", "dry-run", "dc1", "-o", "json").ok().json
    shown = foreshock("run", "show", dry["id"]).ok().out
    assert "observations" in shown
    assert dry["figures"]["result"] not in shown
    assert dry["figures"]["read"] not in shown


def test_a_connector_tells_every_setting_and_what_stands_within_it(foreshock, with_paper):
    """With type and default; without a name, the connectors are listed with their settings alone."""
    lines = foreshock("source", "connectors", "files").ok().out.splitlines()
    told = {line.split("  ")[0]: line for line in lines}
    assert "object" in told["table"]
    assert "text" in told["table.id *"]
    assert ("whole number" in told["table.header"], " 1 " in told["table.header"]) == (True, True)
    assert "the relation type, such as depends_on" in told["table.relations.type *"]
    assert "table.id" not in foreshock("source", "connectors").ok().out
    assert "no connector with id file" in foreshock("source", "connectors", "file").err


def test_a_ci_tells_what_it_is_seen_as_and_whose_its_values_are(foreshock, seen):
    """And what a person holds against the sources."""
    foreshock("ci", "set", "dc1:web1", "--set", "os=hardened").ok()
    foreshock("discover", "run", "dc1").ok()
    shown = foreshock("ci", "show", "dc1:web1").ok().out
    assert "dc1:web1" in shown
    assert "locked" in shown
    rows = {row["place"]: row for row in foreshock("ci", "provenance", "dc1:web1", "-o", "json").ok().json["values"]}
    os = rows["/attributes/os"]
    assert (os["value"], os["source"], os["locked"]) == ("hardened", None, True)
    assert os["others"] == [{"source": "dc1", "value": "debian"}]
    assert "people or imports" in foreshock("ci", "provenance", "dc1:web1").ok().out


def test_a_dry_run_shows_what_would_change(foreshock, seen, folders):
    """And writes none of it."""
    (folders[0] / "row2.json").write_text(json.dumps({"hosts": [{"name": "new1"}]}))
    shown = foreshock("discover", "dry-run", "dc1", "-o", "json").ok().json
    assert [row["key"] for row in shown["differences"]] == ["dc1:new1"]
    assert foreshock("ci", "show", "dc1:new1").status == 4
    foreshock("discover", "run", "dc1").ok()
    foreshock("ci", "show", "dc1:new1").ok()


def test_a_dry_run_is_applied_as_it_was_shown(foreshock, seen, folders):
    """And not a second time: its source was read since."""
    (folders[0] / "row2.json").write_text(json.dumps({"hosts": [{"name": "new1"}]}))
    dry = foreshock("discover", "dry-run", "dc1", "-o", "json").ok().json["id"]
    (folders[0] / "row2.json").write_text(json.dumps({"hosts": [{"name": "new2"}]}))
    assert foreshock("discover", "apply", dry, "-o", "json").ok().json["figures"]["created"] == 1
    foreshock("ci", "show", "dc1:new1").ok()
    assert foreshock("ci", "show", "dc1:new2").status == 4
    again = foreshock("discover", "apply", dry)
    assert (again.status, "make a dry run again" in again.out) == (1, True), again


def test_a_source_tells_what_is_not_asked_and_when_it_is_not_run(foreshock, seen, folders):
    """Which credential was refused by which target, until somebody has it tried again; and its maintenance windows."""
    (folders[0] / "row1.json").write_text(json.dumps({"hosts": [WEB], "fail": "CredentialsRefused"}))
    put = ("source", "put", "dc1", "--connector", "paper", "--set", f"folder={folders[0]}")
    foreshock(*put, "--maintenance", "sat,sun  00:00-24:00 UTC", "--maintenance-stops", "--hook", "env:HOOK").ok()
    assert "target.credentials_refused" in foreshock("discover", "run", "dc1", "-o", "json").out
    assert "target.credential_held" in foreshock("discover", "run", "dc1", "-o", "json").out
    shown = foreshock("source", "show", "dc1").ok().out
    assert all(words in shown for words in ("Credential refused", "row1", "sat,sun 00:00-24:00 UTC", "env:HOOK"))
    assert "refused its credential" in foreshock("finding", "list", "--code", "credential.refused").ok().out
    (folders[0] / "row1.json").write_text(json.dumps({"hosts": [WEB]}))
    foreshock("discover", "run", "dc1", "--try-refused").ok()
    assert "Credential refused" not in foreshock("source", "show", "dc1").ok().out


def test_what_is_no_longer_seen_is_listed_as_missing(foreshock, seen, folders):
    """Beside the active ones, which it is none of."""
    (folders[0] / "row1.json").write_text(json.dumps({"hosts": [WEB, DB]}))
    foreshock("discover", "run", "dc1").ok()
    missing = foreshock("ci", "list", "--status", "missing", "-o", "json").ok().json["rows"]
    assert [row["id"] for row in missing] == ["dc1:web1/nginx"]
    listed = foreshock("ci", "list").ok()
    assert "dc1:web1/nginx" not in listed.out
    assert "1 missing not listed: foreshock ci list --status missing" in listed.err


def test_a_doubt_shows_both_sides_beside_each_other(foreshock, url):
    """What each source says of its record, what is the same and what differs; at a server too."""
    (row,) = foreshock("finding", "list", "--code", "identity.vetoed", "-o", "json").ok().json["rows"]
    for env in ({}, url):
        shown = foreshock("finding", "show", row["id"], env=env).ok().out
        assert any({"dc1:web1", "dc2:srv-17"} <= set(line.split()) for line in shown.splitlines()), shown
        (serial,) = [line for line in shown.splitlines() if line.strip().startswith("serial ")]
        assert "Acme|S1" in serial
        assert "Acme|S2" in serial
        assert serial.split()[-1] == "differs"
        (mac,) = [line for line in shown.splitlines() if line.strip().startswith("mac ")]
        assert mac.split()[-1] == "same"
        sides = foreshock("finding", "show", row["id"], "-o", "json", env=env).ok().json["sides"]
        assert [(each["source"], each["native_id"], each["ci"]) for each in sides] == [
            ("dc1", "web1", "dc1:web1"),
            ("dc2", "srv-17", "dc2:srv-17"),
        ]


def test_decisions_and_evidence_speak_of_cis_by_name(foreshock, seen):
    """A programme by its host as well, with the id that is typed back beside it."""
    made = foreshock("identity", "merge", "dc1:web1", "dc2:srv-17").ok().out
    assert "web1 [dc1:web1] and srv-17 [dc2:srv-17] are one" in made
    assert "web1 [dc1:web1] and srv-17 [dc2:srv-17] are one" in foreshock("identity", "list").ok().out
    told = foreshock("ci", "evidence", "dc1:web1/nginx", "depends_on", "dc1:db1/postgres").ok().out
    assert "nginx on web1 [dc1:web1/nginx] depends_on postgres on db1 [dc1:db1/postgres]" in told


def test_a_dry_run_counts_every_sort_and_shows_some_of_each(foreshock, seen, folders):
    """However many CIs there are, relations are not hidden behind them; what is not shown is counted."""
    hosts = [{"name": f"n{n:02}", "listens": ["nginx:80"]} for n in range(60)]
    (folders[0] / "row2.json").write_text(json.dumps({"hosts": hosts}))
    lines = foreshock("discover", "dry-run", "dc1").ok().out.splitlines()
    counts = [line.split() for line in lines]
    for words in (["ci", "server", "new", "60"], ["ci", "application", "component", "new", "60"]):
        assert words in counts, lines
    assert ["relation", "runs", "on", "new", "60"] in counts
    shown = [line for line in lines if line.startswith("  new")]
    assert len(shown) == 40
    assert sum(line.split()[1] == "relation" for line in shown) in (13, 14)
    assert "  new      relation nginx on n00 runs_on n00" in shown
    (rest,) = [line for line in lines if "not shown" in line]
    assert rest.startswith(f"  not shown: {120 - 40 + sum('relation' in s for s in shown)} of kind ci, ")
    assert "--show 180 shows all" in rest


def test_every_command_gives_the_same_at_a_server(foreshock, url):
    """What is read, byte for byte; what is refused, with the same status, code and places."""
    for words in READS:
        for shape in ("json", "table"):
            here, there = foreshock(*words, "-o", shape), foreshock(*words, "-o", shape, env=url)
            assert (there.status, there.out) == (here.status, here.out), (words, shape, here.err, there.err)
    for words in REFUSALS:
        here, there = (foreshock(*words, "-o", "json", input="x = 1\n", env=env) for env in ({}, url))
        assert there.status == here.status != 0, (words, here.out, there.out, there.err)
        ours, theirs = here.json, there.json
        assert theirs["code"] == ours["code"], words
        places = [[fault.get("pointer") for fault in one.get("errors", ())] for one in (ours, theirs)]
        assert places[0] == places[1], words
        assert "hunter2" not in there.out + there.err


def test_deciding_at_the_server_is_deciding_in_the_store(foreshock, url, folders, tmp_path):
    """Sources, runs, decisions and rules, through the server; read back from the store itself."""

    def there(*words, **more):
        return foreshock(*words, "-o", "json", env=url, **more).ok().json

    folder = str(folders[0])
    put = ("source", "put", "dc3", "--connector", "paper", "--set", f"folder={folder}")
    assert there(*put)["schedule"] is None
    assert there(*put, "--schedule", "0 4 * * sun")["schedule"] == "0 4 * * sun"
    assert there("source", "off", "dc3")["enabled"] is False
    assert there("source", "on", "dc3")["enabled"] is True
    assert there("discover", "dry-run", "dc3")["differences"]
    (folders[1] / "row2.json").write_text(json.dumps({"hosts": [{"name": "new2"}]}))
    assert there("discover", "run", "dc2", "--target", "row2", "--try-refused")["state"] == "ok"
    dry = there("discover", "dry-run", "dc2", "--target", "row2")["id"]
    assert there("discover", "apply", dry)["state"] == "ok"
    foreshock("ci", "show", "dc2:new2").ok()
    apart = there("identity", "keep-apart", "dc1:web1", "dc2:srv-17", "--reason", "two boxes")["decisions"]
    assert there("finding", "list", "--code", "identity.vetoed")["rows"] == []
    there("identity", "revoke", apart[0]["id"])
    assert there("identity", "merge", "dc1:web1", "dc2:srv-17")["differences"]
    assert foreshock("ci", "show", "dc2:srv-17", "-o", "json").ok().json["merged_into"] == "dc1:web1"
    assert there("identity", "split", "dc1:web1", "dc2:srv-17")["differences"]
    assert there("ci", "lock", "dc1:web1", "os")["locked"] == ["os"]
    assert there("ci", "unlock", "dc1:web1", "os")["locked"] == []
    foreshock("ci", "retire", "dc1:web1", "--allow-broken-groups").ok()
    there("discover", "run", "dc1")
    (alive,) = there("finding", "list", "--code", "ci.retired_alive")["rows"]
    assert there("finding", "close", alive["id"], "--reason", "switched off on Friday")["closed_by"]
    assert there("finding", "list", "--closed", "--ci", "dc1:web1")["rows"][0]["because"] == "switched off on Friday"
    assert "switched off on Friday" in foreshock("finding", "show", alive["id"]).ok().out
    assert there("finding", "reopen", alive["id"])["closed_at"] is None
    assert "foreshock ci revive dc1:web1" in foreshock("finding", "show", alive["id"]).ok().out
    assert there("ci", "revive", "dc1:web1")["status"] == "active"
    ends = ("dc1:web1/nginx", "depends_on", "dc1:db1/postgres")
    assert there("ci", "evidence", *ends)["evidence"][0]["kind"] == "traffic_out"
    assert there("identity", "reject", *ends, "--reason", "a scanner")["differences"]
    assert foreshock("identity", "rejections", "-o", "json").ok().json["rows"][0]["reason"] == "a scanner"
    assert there("identity", "accept", *ends)["differences"]
    rules = tmp_path / "rules.toml"
    rules.write_text('format = "foreshock-discovery-rules/1"\nproposing = ["dc2"]\n')
    would = there("discover", "rehearse", str(rules))
    assert foreshock("discover", "rehearse", str(rules), "-o", "json").ok().json == would
    assert there("discover", "set-rules", str(rules))["version"] == 1
    assert there("discover", "settle")["updated"] == would["updated"] > 0
    assert there("discover", "rules", "--text")["version"] == 1
    foreshock("audit", "verify").ok()
