"""Classes and relation types at the command line: added while the system runs, and used at once."""

from __future__ import annotations


def test_a_class_is_defined_used_and_retired(foreshock):
    """No restart: the next command knows it; a retired one takes no new CI and keeps the old."""
    define = ("class", "define", "badge_reader", "--parent", "hardware", "--label", "Badge reader")
    foreshock(*define, "--attribute", "door,required", "--attribute", "side,type=enum,choices=in|out").ok()

    without = foreshock("ci", "add", "r1", "--class", "badge_reader", "-o", "json")
    assert [fault["pointer"] for fault in without.json["errors"]] == ["/attributes/door"]
    foreshock("ci", "add", "r1", "--class", "badge_reader", "--set", "door=7", "--set", "side=in").ok()

    retired = foreshock("class", "retire", "badge_reader", "-o", "json").ok().json
    assert (retired["retired"], retired["in_use"]) == (True, 1)
    assert foreshock("ci", "add", "r2", "--class", "badge_reader", "--set", "door=8").status == 2
    foreshock("ci", "set", "r1", "--set", "side=out").ok()


def test_a_class_shows_inherited_attributes_and_where_they_come_from(foreshock):
    """Nothing about a class has to be looked up elsewhere."""
    shown = foreshock("class", "show", "switch", "-o", "json").ok().json

    assert shown["lineage"] == ["switch", "network_device", "hardware", "ci"]
    owners = {attribute["name"]: attribute["of_class"] for attribute in shown["attributes"]}
    assert owners["serial_number"] == "hardware"
    assert owners["owner"] == "ci"
    assert foreshock("class", "show", "nothing").status == 4


def test_a_later_definition_adds_and_keeps(foreshock):
    """What is not named stays; a built-in class is extended, not replaced."""
    foreshock(
        "class", "define", "robot", "--parent", "hardware", "--label", "Robot", "--attribute", "arms,type=integer"
    ).ok()
    foreshock("class", "define", "robot", "--attribute", "legs,type=integer,minimum=0").ok()
    foreshock("class", "define", "server", "--attribute", "room_code,pattern=[A-Z]+").ok()

    robot = {a["name"]: a for a in foreshock("class", "show", "robot", "-o", "json").ok().json["attributes"]}
    assert {"arms", "legs", "serial_number"} <= robot.keys()
    assert robot["legs"]["minimum"] == 0
    server = {a["name"] for a in foreshock("class", "show", "server", "-o", "json").ok().json["attributes"]}
    assert {"room_code", "fqdn"} <= server
    assert foreshock("ci", "add", "s", "--class", "server", "--set", "room_code=a1").status == 2


def test_a_wrong_definition_names_every_fault(foreshock, revision):
    """Also the option of the attribute that is wrong."""
    run = foreshock(
        "class", "define", "x", "--parent", "nowhere", "--attribute", "a,type=list,of=list", "--attribute", "9"
    )

    assert run.status == 2
    assert "--parent: " in run.err
    assert "--attribute 1, of: " in run.err
    assert "--attribute 2, name: " in run.err
    unread = foreshock("class", "define", "x", "--parent", "ci", "--attribute", "a,type=colour")
    assert "--attribute 1, type: 'colour' is no type" in unread.err
    assert revision() == 0


def test_listing_below_a_class(foreshock):
    """The class itself and all below it."""
    rows = foreshock("class", "list", "--below", "service", "-o", "json").ok().json["rows"]

    assert rows[0]["name"] == "service"
    assert "business_service" in {row["name"] for row in rows}
    assert foreshock("class", "list", "--below", "nothing").status == 4
    assert len(foreshock("class", "list", "-o", "json").ok().json["rows"]) >= 60


def test_a_relation_type_is_defined_used_and_retired(foreshock, estate):
    """Both readings and its default strength; the ends it allows are held."""
    words = ("--reading", "is lit by", "--reverse", "lights", "--strength", "soft", "--source-class", "hardware")
    foreshock("relation-type", "define", "lit_by", *words).ok()

    foreshock("ci", "relate", "web1", "lit_by", "web2").ok()
    assert foreshock("impact", "web2", "-o", "json").ok().json["degraded"] == ["web1"]
    assert foreshock("ci", "relate", "checkout", "lit_by", "web2").status == 2
    foreshock("relation-type", "define", "lit_by", "--strength", "none").ok()
    assert foreshock("relation-type", "show", "lit_by", "-o", "json").ok().json["reading"] == "is lit by"
    assert foreshock("impact", "web2", "-o", "json").ok().json["degraded"] == []

    assert foreshock("relation-type", "retire", "lit_by", "-o", "json").ok().json["in_use"] == 1
    assert foreshock("ci", "relate", "web3", "lit_by", "web2").status == 2
    names = {row["name"] for row in foreshock("relation-type", "list", "-o", "json").ok().json["rows"]}
    assert {"runs_on", "depends_on", "lit_by"} <= names
    assert foreshock("relation-type", "show", "nothing").status == 4


def test_as_of_shows_the_catalogue_as_it_was(foreshock):
    """Classes have a history like everything else."""
    foreshock("class", "define", "robot", "--parent", "hardware").ok()
    foreshock("class", "retire", "robot").ok()

    assert foreshock("class", "show", "robot", "--as-of", "1", "-o", "json").ok().json["retired"] is False
    assert foreshock("class", "show", "robot", "-o", "json").ok().json["retired"] is True
    assert foreshock("class", "show", "robot", "--as-of", "0").status == 4
