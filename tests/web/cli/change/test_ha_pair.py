"""Two changes on the two members of a pair, at the command line: alone, at once, moved apart, and at once again."""

from __future__ import annotations

import json

import pytest

PAIR = {
    "format": "estate/1",
    "items": [
        {"id": "shop", "class": "service", "name": "Shop", "attributes": {"tier": 2}},
        *({"id": f"web{n}", "class": "server", "name": f"web{n}", "unavailability": 0.001} for n in (1, 2)),
    ],
    "relations": [{"source": "shop", "type": "depends_on", "target": f"web{n}", "group": "web"} for n in (1, 2)],
    "groups": [{"item": "shop", "name": "web", "needs": 1}],
}


@pytest.fixture
def pair(foreshock, tmp_path):
    """The estate of a tier 2 service on one of two servers."""
    path = tmp_path / "pair.json"
    path.write_text(json.dumps(PAIR))
    foreshock("import", "estate", str(path)).ok()


def at(time):
    return f"2032-03-02T{time}+00:00"


@pytest.fixture
def story(foreshock, pair):
    """Functions that raise a change of one server, assess it, and tell what is in conflict."""

    class Story:
        @staticmethod
        def raised(target, start, end):
            words = ("change", "new", "--title", f"Patch {target}", "--reason", "R", "--target", target)
            more = ("--backout", "Undo", "--backout-minutes", "5", "--submit")
            return foreshock(*words, "--from", at(start), "--to", at(end), *more, "-o", "json").ok().json["id"]

        @staticmethod
        def assessed(change):
            made = foreshock("change", "assess", change, "-o", "json").ok().json
            (service,) = made["services"]
            return made["verdict"], service["outcome"], made

        @staticmethod
        def conflicts():
            words = ("calendar", "conflicts", "--from", "2032-03-01T00:00Z", "-o", "json")
            return foreshock(*words).ok().json["conflicts"]

    return Story


def test_the_pair_from_alone_to_at_once_and_apart(foreshock, story):
    """Alone a spare is lost; one common minute blocks both and names the other; apart a peer approves."""
    first = story.raised("web1", "21:00", "22:00")
    verdict, outcome, made = story.assessed(first)
    assert (verdict, outcome) == ("PEER", "REDUNDANCY_LOST"), made["reasons"]
    second = story.raised("web2", "21:59", "22:59")
    for change, other in ((first, second), (second, first)):
        verdict, outcome, made = story.assessed(change)
        assert (verdict, outcome) == ("BLOCK", "REDUNDANCY_LOST")
        (conflict,) = made["outlook"]["conflicts"]
        assert other in conflict["changes"]
        summary = foreshock("change", "show", change).ok().out
        assert other in summary
        assert "BLOCK" in summary
    (found,) = story.conflicts()
    assert (found["services"], found["cut"], found["from"], found["to"]) == (
        ["shop"],
        ["web1", "web2"],
        "2032-03-02T21:59:00Z",
        "2032-03-02T22:00:00Z",
    )
    assert [(move["change"], move["minutes"], move["frees"]) for move in found["moves"]] == [
        (first, -1, "all"),
        (second, 1, "all"),
    ]

    tried = foreshock("calendar", "move", second, "--to", at("22:00"), "-o", "json").ok().json
    assert (tried["ended"], tried["then"]["conflicts"]) == ([[first]], [])
    less = foreshock("calendar", "move", second, "--to", "2032-03-02T21:59:30Z", "-o", "json").ok().json
    assert [conflict["changes"] for conflict in less["then"]["conflicts"]] == [[first, second]], (
        "half a minute is short"
    )
    words = ("calendar", "next-window", second, "--from", at("21:59"), "--grid", "1", "-o", "json")
    assert foreshock(*words).ok().json["window"]["from"] == "2032-03-02T22:00:00Z"

    foreshock("change", "edit", second, "--from", at("22:00"), "--to", at("23:00")).ok()
    assert story.conflicts() == []
    for change in (first, second):
        assert story.assessed(change)[:2] == ("PEER", "REDUNDANCY_LOST")

    foreshock("change", "edit", first, "--from", at("21:30"), "--to", at("22:30")).ok()
    (again,) = story.conflicts()
    assert (again["changes"], again["from"], again["to"]) == (
        [first, second],
        "2032-03-02T22:00:00Z",
        "2032-03-02T22:30:00Z",
    )
    assert {move["change"]: move["minutes"] for move in again["moves"]} == {first: -30, second: 30}
    assert story.assessed(second)[0] == "BLOCK"
