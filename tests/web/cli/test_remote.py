"""FORESHOCK_URL: the same commands give the same answers, whether they work on a store or ask its server."""

from __future__ import annotations

import getpass
import json
import signal
from pathlib import Path

import pytest

READS = [
    ("ci", "show", "checkout"),
    ("ci", "list", "--class", "hardware", "--sort", "name"),
    ("ci", "list", "--where", "tier=1"),
    ("ci", "search", "debian"),
    ("ci", "search", "web", "--limit", "2"),
    ("ci", "history", "web1"),
    ("ci", "tree", "checkout", "--depth", "3"),
    ("ci", "tree", "sw-b4", "--up"),
    ("ci", "show", "web1", "--as-of", "1"),
    ("relation-type", "show", "runs_on"),
    ("impact", "pdu-b4-1"),
    ("impact", "sw-b4", "--blast"),
    ("impact", "web1", "--fail-on", "reduced"),
    ("impact", "pdu-b4-1", "--explain"),
    ("impact", "pdu-b4-1", "--explain", "reports"),
    ("spof", "checkout", "--down", "lb1"),
    ("outage", "checkout"),
    ("outage", "checkout", "--down", "lb1", "web1", "--window", "4"),
    ("outage", "checkout", "--budget", "0"),
    ("risk-groups", "checkout", "--top", "3"),
    ("risk-groups", "payments", "--down", "lb1"),
    ("criticality",),
    ("criticality", "pdu-b4-1", "web1"),
    ("ci", "show", "web1", "--reliability", "--window", "4"),
    ("ci", "show", "db-a", "--reliability"),
    ("incident", "list"),
    ("incident", "list", "--ci", "web1", "--state", "open", "--since", "2026-01-01T00:00Z"),
    ("incident", "show", "INC-1001"),
    ("change", "list"),
    ("change", "show", "CHG-1001"),
    ("change", "list", "--state", "assessed", "--state", "closed"),
    ("change", "tasks", "CHG-1001"),
    ("change", "comments", "CHG-1001"),
    ("change", "attachments", "CHG-1001"),
    ("change-model", "list"),
    ("change-model", "show", "reboot"),
    ("person", "list", "--role", "cab_member"),
    ("person", "show", "cab-chair"),
    ("change", "summary", "CHG-1001"),
    ("change", "summary", "CHG-1001", "--format", "html", "--language", "zh"),
    ("change", "similar", "CHG-1001"),
    ("calendar", "conflicts", "--from", "2032-01-01T00:00Z", "--down", "lb2", "--state", "assessed"),
    ("calendar", "show", "--from", "2032-03-01T00:00Z"),
    ("calendar", "show", "--from", "2032-03-01T00:00Z", "--no-conflicts"),
    ("calendar", "check", "CHG-1001"),
    ("calendar", "check", "CHG-1001", "--from", "2032-03-07T02:00Z", "--to", "2032-03-07T03:00Z"),
    ("calendar", "move", "CHG-1001", "--to", "2032-03-05T00:00Z"),
    ("calendar", "next-window", "CHG-1001", "--from", "2032-03-01T00:00Z", "--days", "9", "--grid", "30"),
    ("calendar", "outage", "--from", "2032-03-01T00:00Z"),
    ("calendar", "export", "--from", "2032-03-01T00:00Z", "--to", "2032-04-01T00:00Z"),
    ("calendar", "maintenance", "list"),
    ("calendar", "maintenance", "show", "MW-1001"),
    ("calendar", "capacity", "list", "--withdrawn"),
    ("calendar", "capacity", "show", "CAP-1001"),
    ("whatif", "CHG-1001", "--without", "pdu-b4-1", "--to", "2032-03-02T23:30+01:00"),
    ("whatif", "--target", "lb1", "--target", "lb2", "--from", "2032-03-02T21:00Z", "--to", "2032-03-02T22:00Z"),
    ("risk", "show", "CHG-1001"),
    ("risk", "calibration"),
    ("risk", "show", "CHG-1001", "--notified"),
    ("risk", "scale"),
    ("service-hours", "list"),
    ("service-hours", "show", "office"),
    ("service-level", "list"),
    ("service-level", "show", "checkout"),
    ("replay", "CHG-1001"),
    ("job", "list"),
    ("run", "list"),
    ("run", "list", "--job", "question", "--state", "ok", "--limit", "1"),
    ("run", "show", "question@1"),
    ("run", "result", "question@1"),
    ("policy", "show"),
    ("policy", "show", "--versions"),
    ("change", "inbox"),
    ("change", "scorecard", "--from", "2026-01-01T00:00Z", "--to", "2026-04-01T00:00Z", "--by", "team"),
    ("audit", "verify"),
    ("export", "estate"),
]
REFUSALS = [
    ("ci", "show", "nope"),
    ("ci", "add", "web1", "--class", "server"),
    ("ci", "add", "new", "--class", "serverr"),
    ("ci", "set", "web1", "--set", "cpu_cores=x"),
    ("ci", "set", "web1", "--name", "x", "--if-version", "9"),
    ("ci", "relate", "web1", "hugs", "web2"),
    ("ci", "unrelate", "web1", "uses", "web2"),
    ("ci", "retire", "nope", "--yes"),
    ("impact", "nope"),
    ("impact", "Checkout"),
    ("impact", "web1", "--as-of", "yesterday"),
    ("outage", "nope", "--down", "web9"),
    ("outage", "checkout", "--window", "-1"),
    ("risk-groups", "checkout", "--budget", "-1"),
    ("criticality", "nope"),
    ("criticality", "nope", "--job"),
    ("outage", "checkout", "--window", "-1", "--budget", "-1", "--job"),
    ("calendar", "conflicts", "--from", "soon", "--to", "later", "--job"),
    ("run", "show", "question@9"),
    ("run", "result", "question@9"),
    ("run", "cancel", "question@1"),
    ("incident", "show", "INC-9"),
    ("incident", "open", "--title", "", "--ci", "nope", "--priority", "9", "--opened", "x", "--caused-by", "y"),
    ("incident", "edit", "INC-1001", "--priority", "2", "--if-version", "9"),
    ("incident", "resolve", "INC-1001", "--at", "2026-01-01T00:00Z"),
    ("incident", "list", "--open-at", "noon"),
    ("incident", "import", "-", "--source", "x"),
    ("calendar", "conflicts", "--from", "soon"),
    ("calendar", "show", "--from", "soon"),
    ("calendar", "next-window", "CHG-1001", "--days", "0", "--grid", "7"),
    ("calendar", "move", "CHG-9", "--to", "2032-03-05T00:00Z"),
    ("calendar", "move", "CHG-1001", "--to", "soon"),
    ("calendar", "check", "CHG-1001", "--from", "x", "--to", "y"),
    ("calendar", "outage", "--from", "soon"),
    ("calendar", "freeze", "add", "--name", "", "--from", "soon", "--to", "x", "--service", "nope"),
    ("calendar", "maintenance", "withdraw", "MW-1001", "--reason", " "),
    ("calendar", "capacity", "withdraw", "CAP-9", "--reason", "x"),
    ("calendar", "import", "-", "--as", "freeze", "--all"),
    ("whatif", "CHG-9"),
    ("whatif", "CHG-1001", "--without", "web1", "--from", "soon"),
    ("whatif", "--target", "web9", "--from", "2032-03-02T21:00Z", "--to", "2032-03-02T20:00Z"),
    ("risk", "show", "CHG-9"),
    ("risk", "set-scale", "--weight", "9=1", "--half-at", "-1"),
    ("service-hours", "show", "nights"),
    ("service-hours", "set", "X", "--zone", "Mars", "--weekly", "daily"),
    ("service-hours", "expand", "office", "--year", "1"),
    ("service-level", "show", "reports"),
    ("service-level", "set", "web1", "--availability", "101", "--hours", "nights"),
    ("change", "export", "CHG-9", "--out", "never.zip"),
    ("change", "approve", "CHG-1001"),
    ("change", "defer", "CHG-1001", "--comment", "x"),
    ("change", "recall", "CHG-1001", "--comment", "x"),
    ("change", "go", "CHG-1001"),
    ("change", "scorecard", "--from", "soon"),
    ("change", "implement", "CHG-1001"),
    ("change", "cancel", "CHG-1001"),
    ("change", "finish", "CHG-1001", "--outcome", "failed"),
    ("change", "review", "CHG-1001"),
    ("change", "add-task", "CHG-1001", "", "--needs", "TSK-9"),
    ("change", "task-done", "TSK-9"),
    ("change", "comment", "CHG-1001", " "),
    ("change", "edit", "CHG-1001", "--after", "CHG-1001", "--incident", "INC-9"),
    ("change", "new", "--model", "nope", "--reason", "", "--target", "web1"),
    ("change", "bulk", "--ids", "-", "--minutes", "0", "--from", "soon", "--title", "x"),
    ("change-model", "new", "a b", "--title", "x", "--limit", "0/0"),
    ("change-model", "new", "reboot", "--title", "x"),
    ("change-model", "show", "nope"),
    ("person", "add", "cab-chair", "--role", "boss"),
    ("person", "set", "nope", "--inactive"),
    ("change", "submit", "CHG-1001"),
    ("change", "new", "--title", "x", "--target", "nope", "--from", "2032-01-01T00:00", "--to", "now"),
    ("policy", "set", "-"),
]


@pytest.fixture
def url(process, estate, foreshock):
    """The settings that name a server on the store, which has the estate and one assessed change."""
    new = ("change", "new", "--title", "T", "--reason", "R", "--target", "pdu-b4-1,minutes=20")
    window = ("--from", "2032-03-02T22:00+01:00", "--to", "2032-03-02T23:00+01:00")
    foreshock(*new, *window, "--submit").ok()
    foreshock("change", "assess", "CHG-1001").ok()
    foreshock("change", "add-task", "CHG-1001", "Tell the shop floor", "--condition").ok()
    foreshock("change", "comment", "CHG-1001", "Is it here?").ok()
    foreshock("change-model", "new", "reboot", "--title", "Reboot", "--effect", "restart", "--minutes", "5").ok()
    foreshock("person", "add", "cab-chair", "--name", "Chair of the CAB", "--role", "cab_member").ok()
    when = ("--opened", "2026-03-02T09:00Z")
    foreshock("incident", "open", "--title", "Down", "--ci", "web1", "--priority", "2", *when).ok()
    night = ("--from", "2032-03-07T02:00[Europe/Berlin]", "--to", "2032-03-07T05:00[Europe/Berlin]")
    again = (*night, "--rule", "FREQ=WEEKLY")
    foreshock("calendar", "maintenance", "add", "--name", "M", "--service", "checkout", "--agreed", *again).ok()
    foreshock("calendar", "capacity", "add", "network", "--at-once", "1").ok()
    weekly = ("--weekly", "mon-fri 08:00-18:00", "--opened", "2026-12-27 09:00-12:00")
    foreshock("service-hours", "set", "office", "--zone", "Europe/Berlin", *weekly).ok()
    rate = ("--rate", "120", "--currency", "EUR")
    foreshock("service-level", "set", "checkout", "--availability", "99.9", "--hours", "office", *rate).ok()
    with process("serve", "--port", "0", "-o", "json") as server:
        opened = ""
        while not opened.endswith("}\n"):
            opened += server.stdout.readline().decode()
        settings = {"FORESHOCK_URL": json.loads(opened)["address"]}
        foreshock("criticality", "--job", env=settings).ok()
        foreshock("run", "result", "question@1", "--wait", env=settings).ok()
        yield settings
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)


def test_an_export_is_the_same_file(foreshock, url, tmp_path):
    """What an auditor takes from a server is what lies in the store."""
    here, there = tmp_path / "here.zip", tmp_path / "there.zip"
    foreshock("change", "export", "CHG-1001", "--out", str(here)).ok()
    told = foreshock("change", "export", "CHG-1001", "--out", str(there), "-o", "json", env=url).ok()
    assert here.read_bytes() == there.read_bytes()
    assert told.json == {"file": str(there), "bytes": there.stat().st_size}


def test_reading_gives_the_same_bytes(foreshock, url):
    """As JSON and as people see it."""
    for words in READS:
        for shape in ("json", "table"):
            here, there = foreshock(*words, "-o", shape), foreshock(*words, "-o", shape, env=url)
            assert (there.status, there.out) == (here.status, here.out), (words, shape, there.err)
    names = ("class", "list", "-o", "json")
    rows = [foreshock(*names, env=env).ok().json["rows"] for env in ({}, url)]
    assert sorted(rows[0], key=lambda row: row["name"]) == sorted(rows[1], key=lambda row: row["name"])


def test_refusals_have_the_same_status_code_and_places(foreshock, url, revision):
    """A script can not tell the two apart; nothing is written."""
    before = revision()
    for words in REFUSALS:
        here, there = (foreshock(*words, "-o", "json", input="x = 1\n", env=env) for env in ({}, url))
        assert there.status == here.status != 0, (words, here.out, there.out, there.err)
        ours, theirs = here.json, there.json
        assert theirs["code"] == ours["code"], words
        assert theirs.get("named") == ours.get("named"), words
        places = [
            [fault.get("pointer", "").replace("/as_of", "/at") for fault in one.get("errors", ())]
            for one in (ours, theirs)
        ]
        assert places[0] == places[1], words
    assert revision() == before


def test_writing_at_the_server_is_writing_in_the_store(foreshock, url):
    """Every command that writes, through the server; read back from the store itself."""

    def there(*words, **more):
        return foreshock(*words, "-o", "json", env=url, **more).ok().json

    words = ("--depends-on", "lb1,group=g", "--depends-on", "lb2,group=g", "--group", "g,needs=1")
    assert there("ci", "add", "sw-x", "--class", "switch", "--set", "serial_number=1", *words)["version"] == 1
    assert there("ci", "set", "sw-x", "--name", "Switch X")["version"] == 2
    there("ci", "relate", "reports", "uses", "sw-x", "--strength", "soft")
    there("ci", "relate", "reports", "uses", "sw-x", "--strength", "none")
    there("ci", "group", "reports", "spare", "--needs", "1", "--member", "sw-x,type=uses")
    there("ci", "group", "checkout", "web", "--needs", "3")
    there("ci", "unrelate", "reports", "uses", "sw-x")
    there("ci", "group", "reports", "spare", "--end", "--allow-broken-groups")
    there("class", "define", "robot", "--parent", "hardware", "--attribute", "arms,type=integer")
    there("class", "define", "robot", "--attribute", "legs,type=integer")
    there("class", "define", "server", "--attribute", "room_code")
    there("class", "retire", "robot")
    there("relation-type", "define", "lit_by", "--reading", "is lit by", "--reverse", "lights")
    there("relation-type", "retire", "lit_by")
    assert there("change", "edit", "CHG-1001", "--backout", "Undo", "--backout-minutes", "5")["revision"] == 2
    assert there("change", "assess", "CHG-1001")["change_revision"] == 2
    assert there("incident", "edit", "INC-1001", "--caused-by", "CHG-1001")["version"] == 2
    assert there("incident", "resolve", "INC-1001", "--at", "2026-03-02T10:00Z")["state"] == "resolved"
    assert there("incident", "open", "--title", "Slow", "--ci", "web2", "--priority", "5")["id"] == "INC-1002"
    lines = "id,title,cis,opened,resolved,priority\nOPS-1,Down,web3,2026-02-01T10:00Z,,3\n"
    assert there("incident", "import", "-", "--source", "ops", "--dry-run", input=lines)["revision"] is None
    assert there("incident", "import", "-", "--source", "ops", input=lines)["new"] == 1
    assert there("service-hours", "set", "nights", "--zone", "UTC", "--weekly", "mon-sun 00:00-24:00")["version"] == 1
    assert there("service-hours", "set", "nights", "--zone", "UTC", "--weekly", "mon-sat 00:00-24:00")["version"] == 2
    assert there("service-hours", "expand", "nights", "--year", "2040")["rows"][0]["year"] == 2040
    assert there("service-level", "set", "reports", "--availability", "99", "--hours", "nights")["version"] == 1
    assert there("risk", "set-scale", "--half-at", "30")["version"] == 1
    text = foreshock("policy", "show").ok().out
    assert there("policy", "test", "-", input=text) == foreshock("policy", "test", "-", "-o", "json", input=text).json
    words = ("policy", "simulate", "-", "--to", "2100-01-01T00:00Z", "--limit", "1")
    assert there(*words, input=text) == foreshock(*words, "-o", "json", input=text).json
    assert there("policy", "set", "-", input=text)["version"] == 1
    night = ("--from", "2032-03-09T02:00[Europe/Berlin]", "--to", "2032-03-09T05:00[Europe/Berlin]")
    rule = ("--rule", "FREQ=DAILY;COUNT=3", "--except", "2032-03-10T02:00[Europe/Berlin]")
    covers = ("--service", "checkout", "--class", "server", "--environment", "test")
    assert there("calendar", "freeze", "add", "--name", "F", *night, *rule, *covers)["schedule"]["rule"] == rule[1]
    assert there("calendar", "peak", "add", "--name", "P", *night, "--demand", "2", "--all")["id"] == "PEAK-1001"
    assert there("calendar", "maintenance", "add", "--name", "M", *night, "--ci", "web1")["covers"]["cis"] == ["web1"]
    assert there("calendar", "capacity", "add", "storage", "--at-once", "2", *night)["hours"]["zone"] == "Europe/Berlin"
    assert there("calendar", "freeze", "withdraw", "FRZ-1001", "--reason", "over")["state"] == "withdrawn"
    assert there("calendar", "renew")["renewed"] == []
    feed = foreshock("calendar", "export", env=url).ok().out
    theirs = feed.replace("@foreshock", "@elsewhere")
    options = ("--dry-run", "--as", "freeze", "--class", "server", "--emergency-passes")
    assert there("calendar", "import", "-", *options, input=theirs)["new"] == 3
    assert there("calendar", "import", "-", "--source", "other", input=theirs)["revision"] is not None
    assert there("ci", "retire", "web4", "--allow-broken-groups")["cis"] == ["web4"]

    shown = foreshock("ci", "show", "sw-x", "-o", "json").ok().json
    assert (shown["name"], shown["attributes"]) == ("Switch X", {"serial_number": "1"})
    assert [group["needs"] for group in shown["groups"]] == [1]
    robot = foreshock("class", "show", "robot", "-o", "json").ok().json
    assert {"arms", "legs"} <= {attribute["name"] for attribute in robot["attributes"]}
    assert robot["retired"] is True
    assert foreshock("ci", "show", "web4", "-o", "json").ok().json["status"] == "retired"
    foreshock("audit", "verify").ok()


def test_the_life_of_a_change_goes_through_the_server(foreshock, url, tmp_path):
    """Tasks, files, models, persons, waves and moves: each is asked of the server and read back from the store."""

    def there(*words, **more):
        return foreshock(*words, "-o", "json", env=url, **more).ok().json

    there("change", "add-task", "CHG-1001", "Ring the bell", "--needs", "TSK-1001", "--due", "2032-03-01")
    there("change", "edit-task", "TSK-1002")
    assert there("change", "task-done", "TSK-1002")["done_by"]
    there("change", "comment", "CHG-1001", "It is here")
    file = tmp_path / "report.pdf"
    file.write_bytes(b"%PDF \x00\xff")
    kept = there("change", "attach", "CHG-1001", str(file))
    foreshock("change", "fetch", kept["id"], "--out", str(tmp_path / "back"), env=url).ok()
    assert (tmp_path / "back").read_bytes() == file.read_bytes()
    assert there("change", "detach", kept["id"])["removed_at"]
    there("change-model", "set", "reboot", "--window-minutes", "60", "--backout", "Again")
    assert foreshock("change-model", "approve", "reboot", env=url).status == 7
    both = ("--role", "administrator", "--role", "change_manager")
    there("person", "add", getpass.getuser(), "--name", "Keeper of the installation", *both)
    refused = foreshock("change-model", "approve", "reboot", env=url)
    assert "nobody approves what is their own" in refused.err
    there("change-model", "withdraw", "reboot", "--because", "Too old")
    there("person", "set", "cab-chair", "--account", "chair", "--inactive")
    there("person", "add", "deputy", "--name", "Deputy", "--role", "engineer", "--delegate-of", "cab-chair")
    waves = ("--class", "load_balancer", "--minutes", "5", "--from", "2032-03-09T22:00Z")
    made = there("change", "bulk", *waves, "--title", "Patch", "--reason", "r", "--step", "Tell", "--team", "network")
    assert (len(made["plan"]["waves"]), made["change"]["steps"][-1], made["change"]["team"]) == (2, "Tell", "network")
    assert there("change", "cancel", made["change"]["id"], "--comment", "Not now")["state"] == "cancelled"
    now = ("--title", "Now", "--reason", "r", "--type", "emergency", "--target", "web1", "--retrospective")
    there("change", "new", *now, "--from", "2026-03-02T10:00Z", "--to", "2026-03-02T11:00Z", "--submit")

    shown = foreshock("change", "show", "CHG-1001", "-o", "json").ok().json
    assert [bool(task["done_at"]) for task in shown["tasks"]] == [False, True]
    assert [each["text"] for each in shown["comments"]] == ["Is it here?", "It is here"]
    person = foreshock("person", "show", "cab-chair", "-o", "json").ok().json
    assert (person["accounts"], person["active"]) == (["chair"], False)
    assert foreshock("person", "import", "nope.toml", env=url).status == 2
    foreshock("audit", "verify").ok()


def test_an_estate_goes_in_and_out_through_the_server(foreshock, url, estate, tmp_path):
    """The bytes of an export are those of the store; an import shows the same difference."""
    target = tmp_path / "out.jsonl.gz"
    foreshock("export", "estate", str(target), env=url).ok()
    here = tmp_path / "here.jsonl.gz"
    foreshock("export", "estate", str(here)).ok()
    assert target.read_bytes() == here.read_bytes()

    document = json.loads(estate.read_text())
    document["items"][3]["name"] = "Web server 1"
    Path(estate).write_text(json.dumps(document))
    dry = ("import", "estate", str(estate), "--dry-run", "-o", "json")
    assert foreshock(*dry, env=url).ok().json == foreshock(*dry).ok().json
    assert foreshock("import", "estate", str(estate), "-o", "json", env=url).ok().json["changed"] == 1
    assert foreshock("ci", "show", "web1", "-o", "json").ok().json["name"] == "Web server 1"


def test_what_works_on_the_store_itself_says_where_to_run_it(foreshock, url, tmp_path):
    """No second store is made by accident."""
    for words in (("init",), ("check",), ("backup", str(tmp_path / "b.db")), ("migrate",), ("serve",)):
        run = foreshock(*words, env=url)
        assert run.status == 2
        assert "run it where the server" in run.err


def test_a_server_that_is_not_there_is_told(foreshock):
    """Its address and the reason; an address that is none says what would be right."""
    gone = foreshock("ci", "list", env={"FORESHOCK_URL": "http://127.0.0.1:9"})
    assert gone.status == 75
    assert "http://127.0.0.1:9" in gone.err

    wrong = foreshock("ci", "list", env={"FORESHOCK_URL": "ftp://x"})
    assert wrong.status == 2
    assert "http://127.0.0.1:8080 would be right" in wrong.err
