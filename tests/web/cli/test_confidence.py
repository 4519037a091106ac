"""What is not sure, at the command line: in words when asked for, in JSON wherever a doubtful relation matters."""

from __future__ import annotations

import csv
import io
import json
import signal

import pytest


@pytest.fixture
def doubtful(foreshock, estate):
    """The estate, in which reports depends on web2 perhaps."""
    foreshock("ci", "relate", "reports", "depends_on", "web2", "--confidence", "0.25").ok()


def test_json_tells_of_doubts_that_matter_unasked(foreshock, doubtful):
    """Which relation flips what, how probable each outcome is, and how old the evidence is; None where nothing is."""
    answer = foreshock("impact", "web2", "-o", "json").ok().json["confidence"]

    assert answer["doubts"] == 1
    (flip,) = answer["flips"]
    assert (flip["service"], flip["outcome"], flip["without_it"]) == ("reports", "DOWN", "UNAFFECTED")
    ends = {"source": "reports", "target": "web2", "group": None, "confidence": 0.25, "strength": "hard"}
    assert flip["relation"] == ends
    (chances,) = answer["chances"]
    assert (chances["service"], chances["down"], chances["unaffected"]) == ("reports", 0.25, 0.75)
    (evidence,) = answer["evidence"]
    assert (evidence["relation"], evidence["revision"], evidence["age_seconds"]) == (ends, 2, 0)
    assert answer["limits"] == []
    assert foreshock("impact", "lb1", "-o", "json").ok().json["confidence"] is None
    asked = foreshock("impact", "lb1", "--confidence", "-o", "json").ok().json["confidence"]
    assert (asked["doubts"], asked["flips"]) == (0, [])


def test_people_read_it_when_they_ask(foreshock, doubtful):
    """In the language they read; nobody is told who does not ask."""
    said = foreshock("impact", "web2", "--confidence").ok().out
    flip = "If “Reports depends on web2” (confidence 0.25, recorded less than an hour ago by hand) does not exist"
    assert flip in said, said
    assert "Reports: DOWN with 25%, UNAFFECTED with 75%." in said
    assert "并不存在" in foreshock("impact", "web2", "--confidence", env={"FORESHOCK_LANGUAGE": "zh"}).ok().out
    assert "not sure" not in foreshock("impact", "web2").ok().out
    assert "No doubtful relation plays a part." in foreshock("impact", "lb1", "--confidence").ok().out


def test_rows_of_it_come_after_those_of_the_impact(foreshock, doubtful):
    """A record for each flip and for each service that is not sure; only where they are asked for."""
    rows = list(csv.DictReader(io.StringIO(foreshock("impact", "web2", "--confidence", "-o", "csv").ok().out)))
    assert [row["kind"] for row in rows][-2:] == ["flip", "chances"]
    assert "flip" not in foreshock("impact", "web2", "-o", "csv").ok().out


def test_a_blast_radius_knows_no_outcomes(foreshock, doubtful):
    """So nothing can be unsure about them."""
    assert foreshock("impact", "web2", "--blast", "--confidence").status == 2


def test_a_server_gives_the_same(foreshock, doubtful, process):
    """FORESHOCK_URL: the same bytes, as JSON and as people see them."""
    with process("serve", "--port", "0", "-o", "json") as server:
        opened = ""
        while not opened.endswith("}\n"):
            opened += server.stdout.readline().decode()
        there = {"FORESHOCK_URL": json.loads(opened)["address"]}
        for words in (("web2",), ("web2", "--confidence"), ("lb1", "--confidence"), ("nope", "--confidence")):
            for shape in ("json", "table"):
                ours = foreshock("impact", *words, "-o", shape)
                theirs = foreshock("impact", *words, "-o", shape, env=there)
                assert (theirs.status, theirs.out) == (ours.status, ours.out), words
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)
