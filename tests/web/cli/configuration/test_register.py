"""An engineer at the command line: registers a CI with its redundancy in one command, changes, ends, finds."""

from __future__ import annotations

import csv
import io

import pytest


def test_one_command_registers_a_ci_with_relations_and_what_it_needs(foreshock, estate):
    """One revision; the group counts at once in impact."""
    foreshock("ci", "add", "pdu-b4-2", "--class", "pdu").ok()
    words = [
        "--depends-on",
        "pdu-b4-1,type=powered_by,group=power",
        "--depends-on",
        "pdu-b4-2,type=powered_by,group=power",
    ]
    extra = ["--group", "power,needs=1", "--depends-on", "lb1,type=uses,strength=soft,confidence=0.5"]

    made = foreshock(
        "ci", "add", "sw-b5", "--class", "switch", "--name", "Switch B5", "--set", "serial_number=007", *words, *extra,
        "-o", "json",
    ).ok().json  # fmt: skip

    assert (made["id"], made["name"], made["class"], made["version"]) == ("sw-b5", "Switch B5", "switch", 1)
    assert made["attributes"] == {"serial_number": "007"}
    assert made["revision"] == 3
    shown = foreshock("ci", "show", "sw-b5", "-o", "json").ok().json
    assert shown["groups"] == [{"name": "power", "needs": 1, "strength": "hard"}]
    assert {(r["type"], r["id"], r["group"], r["strength"], r["confidence"]) for r in shown["depends_on"]} == {
        ("powered_by", "pdu-b4-1", "power", None, 1.0),
        ("powered_by", "pdu-b4-2", "power", None, 1.0),
        ("uses", "lb1", None, "soft", 0.5),
    }
    assert foreshock("impact", "pdu-b4-1", "-o", "json").ok().json["down"].count("sw-b5") == 0
    assert foreshock("impact", "pdu-b4-1", "pdu-b4-2", "-o", "json").ok().json["down"].count("sw-b5") == 1


def test_everything_wrong_with_a_registration_is_said_at_once(foreshock, estate, revision):
    """Each fault at the option it came from; nothing is written."""
    wrong = ("--set", "moood=1", "--depends-on", "nowhere", "--depends-on", "web1,type=hugs")

    run = foreshock("ci", "add", "x", "--class", "switch", *wrong)

    assert run.status == 2
    for place in ("--set moood", "--depends-on 1, target", "--depends-on 2, type"):
        assert f"\n  {place}" in run.err, place
    assert revision() == 1


@pytest.mark.parametrize(
    "words",
    [
        ("--set", "nothing"),
        ("--depends-on", "web1,typo=x"),
        ("--depends-on", "web1,confidence=much"),
        ("--group", "g,need=1"),
        ("--depends-on", ""),
        ("--depends-on", '"web1'),
    ],
)
def test_an_option_that_can_not_be_read_is_named(foreshock, estate, revision, words):
    """Before anything is asked of the store."""
    run = foreshock("ci", "add", "x", "--class", "switch", *words)

    assert run.status == 2
    assert f"\n  {words[0]} 1" in run.err
    assert revision() == 1


def test_an_id_is_given_once(foreshock, estate):
    """Also where the CI of that id is retired."""
    assert foreshock("ci", "add", "web1", "--class", "server").status == 2
    foreshock("ci", "retire", "reports", "--yes").ok()
    again = foreshock("ci", "add", "reports", "--class", "service")
    assert again.status == 2
    assert "retired" in again.err


def test_values_are_read_by_the_attributes_type(foreshock, estate):
    """A text stays a text, a number is a number, a list has entries."""
    foreshock(
        "ci", "set", "web1", "--set", "os_version=12", "--set", "cpu_cores=8", "--set", "tags=a,b", "--name", "Web 1"
    ).ok()

    shown = foreshock("ci", "show", "web1", "-o", "json").ok().json
    assert shown["attributes"] == {"os_version": "12", "cpu_cores": 8, "tags": ["a", "b"]}
    assert shown["name"] == "Web 1"

    foreshock("ci", "set", "web1", "--set", "tags=", "--set", 'ip_addresses=["192.0.2.1"]').ok()
    after = foreshock("ci", "show", "web1", "-o", "json").ok().json["attributes"]
    assert after == {"os_version": "12", "cpu_cores": 8, "ip_addresses": ["192.0.2.1"]}


def test_a_value_of_the_wrong_type_says_what_would_be_right(foreshock, estate):
    """Not cast, not cut."""
    run = foreshock("ci", "set", "web1", "--set", "cpu_cores=eight", "-o", "json")

    assert run.status == 2
    assert run.json["errors"][0]["pointer"] == "/attributes/cpu_cores"


def test_two_people_do_not_overwrite_each_other(foreshock, estate):
    """The second, who saw the first version, gets status 5."""
    foreshock("ci", "set", "web1", "--name", "First", "--if-version", "1").ok()

    assert foreshock("ci", "set", "web1", "--name", "Second", "--if-version", "1").status == 5
    assert foreshock("ci", "show", "web1", "-o", "json").json["name"] == "First"


def test_history_shows_who_changed_what(foreshock, estate, people):
    """Newest first, each field before and after; "as of" shows the CI as it was."""
    foreshock("ci", "set", "web1", "--name", "Web 1", env=people("peer")).ok()

    rows = foreshock("ci", "history", "web1", "-o", "json").ok().json["rows"]
    assert (rows[0]["version"], rows[0]["actor"], rows[0]["what"]) == (2, "peer", "changed")
    assert {"field": "name", "before": "web1", "after": "Web 1"} in rows[0]["fields"]
    assert len(rows) == 2
    assert foreshock("ci", "show", "web1", "--as-of", "1", "-o", "json").ok().json["name"] == "web1"
    assert 'name: "web1" > "Web 1"' in foreshock("ci", "history", "web1").ok().out
    assert "older" in foreshock("ci", "history", "web1", "--limit", "1").err


def test_relating_and_unrelating(foreshock, estate):
    """Another type is another relation; ending one keeps its history."""
    foreshock("ci", "relate", "reports", "uses", "web1", "--strength", "soft").ok()
    assert foreshock("impact", "web1", "-o", "json").ok().json["degraded"] == ["reports"]

    foreshock("ci", "unrelate", "reports", "uses", "web1").ok()
    assert foreshock("impact", "web1", "-o", "json").ok().json["degraded"] == []
    assert foreshock("ci", "unrelate", "reports", "uses", "web1").status == 4


def test_a_relation_to_what_is_not_there_names_the_argument(foreshock, estate):
    """TARGET, TYPE and SOURCE are the places."""
    assert "\n  TARGET: " in foreshock("ci", "relate", "reports", "uses", "nowhere").err
    assert "\n  TYPE: " in foreshock("ci", "relate", "reports", "hugs", "web1").err
    assert "\n  SOURCE: " in foreshock("ci", "relate", "nowhere", "uses", "web1").err


def test_a_group_is_stated_changed_and_ended(foreshock, estate):
    """More than its members is refused; ending it makes every member needed, which has to be said."""
    foreshock("ci", "group", "checkout", "web", "--needs", "3").ok()
    assert foreshock("impact", "web1", "web2", "-o", "json").ok().json["down"] == ["checkout"]
    over = foreshock("ci", "group", "checkout", "web", "--needs", "5")
    assert over.status == 2
    assert "\n  --needs: " in over.err
    assert foreshock("ci", "group", "checkout", "web").status == 2
    foreshock("ci", "group", "reports", "spare", "--needs", "50%", "--member", "lb1", "--member", "lb2").ok()

    assert foreshock("ci", "group", "checkout", "web", "--end").status == 3
    foreshock("ci", "group", "checkout", "web", "--end", "--allow-broken-groups").ok()
    assert foreshock("impact", "web1", "-o", "json").ok().json["down"] == ["checkout"]


def test_retiring_asks_for_a_decision_where_a_group_breaks(foreshock, estate, revision):
    """A dry run says what would end; status 3 until it is allowed."""
    planned = foreshock("ci", "retire", "db-a", "db-b", "--dry-run", "-o", "json").ok().json
    assert planned["cis"] == ["db-a", "db-b"]
    assert [g["name"] for g in planned["broken_groups"]] == ["db"]
    assert revision() == 1

    assert foreshock("ci", "retire", "db-a", "db-b").status == 3
    foreshock("ci", "retire", "db-a", "db-b", "--allow-broken-groups").ok()
    assert foreshock("ci", "show", "db-a", "-o", "json").ok().json["status"] == "retired"
    assert foreshock("ci", "retire", "db-a").status == 4


def test_search_finds_every_word_in_any_case(foreshock, estate):
    """In id, name and attributes; nothing found is said."""
    assert [r["id"] for r in foreshock("ci", "search", "DEBIAN", "-o", "json").ok().json["rows"]] == ["db-a", "db-b"]
    assert [r["id"] for r in foreshock("ci", "search", "b4", "pdu", "-o", "json").ok().json["rows"]] == ["pdu-b4-1"]
    assert "No CI" in foreshock("ci", "search", "zzz").ok().out
    cut = foreshock("ci", "search", "web", "--limit", "2", "-o", "json").ok()
    assert len(cut.json["rows"]) == 2
    assert cut.json["next"] is not None
    assert "there are more" in cut.err


def test_lists_for_other_tools(foreshock, estate):
    """CSV of a class and all below it; a condition on an attribute; an unknown class is not found."""
    rows = list(csv.DictReader(io.StringIO(foreshock("ci", "list", "--class", "hardware", "-o", "csv").ok().out)))
    assert [row["id"] for row in rows] == [
        "db-a",
        "db-b",
        "lb1",
        "lb2",
        "pdu-b4-1",
        "sw-b4",
        "web1",
        "web2",
        "web3",
        "web4",
    ]
    first = foreshock("ci", "list", "--where", "tier=1", "-o", "jsonl").ok().out.splitlines()
    assert len(first) == 2
    assert foreshock("ci", "list", "--class", "nothing").status == 4
    assert foreshock("ci", "list", "--where", "tier").status == 2
    assert foreshock("ci", "list", "--retired", "-o", "json").ok().json["rows"] == []


def test_a_tree_draws_each_ci_once_and_both_ways(foreshock, estate):
    """A CI that was drawn is named again, not walked again; cycles end."""
    foreshock("ci", "relate", "pdu-b4-1", "uses", "reports", "--strength", "none").ok()

    drawn = foreshock("ci", "tree", "reports", "--depth", "9").ok().out
    assert drawn.count("sw-b4") == 1
    assert "drawn above" in drawn
    up = foreshock("ci", "tree", "sw-b4", "--up", "--depth", "1", "-o", "json").ok().json
    assert [child["id"] for child in up["children"]] == ["db-b", "lb2", "web4"]


def test_a_ci_that_is_not_there_is_not_found(foreshock):
    """Status 4 wherever one is named."""
    for words in (("show", "x"), ("set", "x", "--name", "y"), ("history", "x"), ("tree", "x"), ("retire", "x")):
        assert foreshock("ci", *words).status == 4, words


def test_a_viewer_reads_and_does_not_write(foreshock, estate, people, revision):
    """Status 7, with who may."""
    stranger = people("stranger")
    foreshock("ci", "show", "web1", env=stranger).ok()
    for words in (
        ("add", "x", "--class", "server"),
        ("set", "web1", "--name", "x"),
        ("retire", "web1"),
        ("relate", "web1", "uses", "web2"),
    ):
        run = foreshock("ci", *words, env=stranger)
        assert run.status == 7, words
        assert "engineer" in run.err
    assert revision() == 1


def test_a_part_is_called_by_what_it_runs_on_wherever_it_stands(foreshock):
    """In a list, at its neighbours and in a tree, as in any answer in words; the JSON has the name as it is."""
    foreshock("ci", "add", "db1", "--class", "server", "--name", "DB One").ok()
    part = ("ci", "add", "dc1:7", "--class", "endpoint", "--name", "22/tcp", "--depends-on", "db1,type=runs_on")
    foreshock(*part).ok()

    said = "port 22 of DB One"
    for words in (("list",), ("search", "tcp"), ("show", "dc1:7"), ("show", "db1"), ("tree", "db1", "--up")):
        assert said in foreshock("ci", *words).ok().out, words
    assert foreshock("ci", "show", "dc1:7", "-o", "json").ok().json["name"] == "22/tcp"


def test_an_id_that_has_its_column_does_not_stand_beside_the_name(foreshock):
    """Two of one name are told apart by their ids, which the list has anyway."""
    for ci in ("a", "b"):
        foreshock("ci", "add", ci, "--class", "server", "--name", "web").ok()

    assert [line.split() for line in foreshock("ci", "list").ok().out.splitlines()[1:]] == [
        ["a", "server", "web"],
        ["b", "server", "web"],
    ]


@pytest.mark.parametrize("verb", ["set", "add"])
def test_a_value_that_stands_alone_is_told_its_option(foreshock, verb):
    """Who leaves --set out is told of it, and nothing is written."""
    refused = foreshock("ci", verb, "web1", "os=debian", *(["--class", "server"] if verb == "add" else []))
    assert refused.status == 2
    assert "a value is given by --set: --set os=debian" in refused.err
