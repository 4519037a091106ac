"""Impact at the command line: the shapes that scripts rely on, the gate, and what people read."""

from __future__ import annotations

import csv
import io
import json

import pytest


def test_the_shape_that_scripts_rely_on(foreshock, estate):
    """Failing the PDU takes a rack down: one service stops, two lose their last spare."""
    answer = foreshock("impact", "pdu-b4-1", "-o", "json").ok().json

    assert answer["revision"] == 1
    assert answer["failed"] == ["pdu-b4-1"]
    assert answer["down"] == ["db-b", "lb2", "reports", "sw-b4", "web4"]
    assert answer["degraded"] == []
    assert [(s["id"], s["name"], s["tier"], s["outcome"]) for s in answer["services"]] == [
        ("checkout", "Checkout", 1, "REDUNDANCY_LOST"),
        ("payments", "Payments", 1, "REDUNDANCY_LOST"),
        ("reports", "Reports", 3, "DOWN"),
    ]
    assert answer["services"][2]["reason"] == ["pdu-b4-1", "sw-b4", "db-b", "reports"]
    assert answer["services"][0]["new_single_points"] == ["db-a", "lb1"]
    assert answer["unaffected"] == 0
    assert answer["hidden"] == 0


def test_the_same_question_gives_the_same_bytes(foreshock, estate):
    """An answer holds no time; --timing prints its figures on standard error."""
    plain, timed = (
        foreshock("impact", "sw-b4", "-o", "json").ok(),
        foreshock("impact", "sw-b4", "-o", "json", "--timing"),
    )

    assert plain.out == timed.out
    assert json.loads(timed.err).keys() == {"load", "compute", "total"}


def test_ids_come_from_arguments_a_file_and_standard_input(foreshock, estate, tmp_path):
    """One id a line; empty lines, spaces around and repetitions do not matter."""
    (tmp_path / "ids").write_text("\nweb4\r\n  lb2\n")
    wanted = foreshock("impact", "web4", "lb2", "-o", "json").ok().out

    assert foreshock("impact", "--from", str(tmp_path / "ids"), "-o", "json").ok().out == wanted
    assert foreshock("impact", "lb2", "--from", "-", "-o", "json", input="web4\nlb2\n").ok().out == wanted


@pytest.mark.parametrize(
    ("cis", "fail_on", "status"),
    [
        (["db-b"], "down", 3),
        (["web1"], "down", 0),
        (["web1"], "degraded", 0),
        (["web1"], "redundancy-lost", 0),
        (["web1"], "reduced", 3),
        (["lb1"], "degraded", 0),
        (["lb1"], "redundancy-lost", 3),
        (["lb1"], "reduced", 3),
        (["db-b"], "reduced", 3),
    ],
)
def test_the_gate_closes_at_the_outcome_or_a_worse_one(foreshock, estate, cis, fail_on, status):
    """Status 3 with the services named on standard error; the answer is printed all the same."""
    run = foreshock("impact", *cis, "--fail-on", fail_on, "-o", "json")

    assert run.status == status
    assert run.json["failed"] == cis
    assert bool(run.err) == (status == 3)


def test_blast_lists_everything_with_its_depth(foreshock, estate):
    """Whatever the redundancy: the raw upper bound."""
    rows = foreshock("impact", "sw-b4", "--blast", "-o", "json").ok().json["blast"]

    assert {row["id"]: row["depth"] for row in rows} == {
        "sw-b4": 0,
        "db-b": 1,
        "lb2": 1,
        "web4": 1,
        "checkout": 2,
        "payments": 2,
        "reports": 2,
    }
    assert foreshock("impact", "sw-b4", "--blast", "--fail-on", "down").status == 2


def test_rows_for_tools_lose_nothing(foreshock, estate):
    """CSV and JSON Lines have one record for each CI with a state and for each affected service."""
    rows = list(csv.DictReader(io.StringIO(foreshock("impact", "pdu-b4-1", "-o", "csv").ok().out)))

    assert [row["id"] for row in rows if row["kind"] == "down"] == ["db-b", "lb2", "reports", "sw-b4", "web4"]
    assert [row["outcome"] for row in rows if row["kind"] == "service"] == [
        "REDUNDANCY_LOST",
        "REDUNDANCY_LOST",
        "DOWN",
    ]
    lines = foreshock("impact", "pdu-b4-1", "-o", "jsonl").ok().out.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [row["id"] for row in rows]


def test_people_read_sentences_with_fixed_verbs(foreshock, estate):
    """The highest tier first, then what goes down; new single points in words."""
    lines = foreshock("impact", "pdu-b4-1").ok().out

    assert "Checkout and Payments stay up but lose their last spare." in lines
    assert "Reports goes down." in lines
    assert "db-a alone carries Checkout and Payments." in lines


def test_as_of_asks_an_earlier_revision(foreshock, estate, tmp_path):
    """What is relied on today says nothing about yesterday."""
    changed = json.loads(estate.read_text())
    changed["relations"].append({"source": "reports", "type": "depends_on", "target": "web1"})
    estate.write_text(json.dumps(changed))
    foreshock("import", "estate", str(estate)).ok()

    assert "reports" in foreshock("impact", "web1", "-o", "json").ok().json["down"]
    assert foreshock("impact", "web1", "--as-of", "1", "-o", "json").ok().json["down"] == []
    assert foreshock("impact", "web1", "--as-of", "99").status == 4
    refused = foreshock("impact", "web1", "--as-of", "2026-03-02T10:00")
    assert refused.status == 2
    assert "--as-of: '2026-03-02T10:00' has no offset" in refused.err


def test_every_unknown_ci_is_named(foreshock, estate):
    """Status 4, all of them at once."""
    run = foreshock("impact", "web1", "nope", "neither")

    assert run.status == 4
    assert "nope" in run.err
    assert "neither" in run.err


@pytest.mark.parametrize("words", [("impact",), ("impact", "--from", "-")])
def test_no_ci_at_all_is_a_usage_error(foreshock, estate, words):
    """An empty file of ids is not "nothing fails"."""
    assert foreshock(*words, input="\n").status == 2


def test_a_file_of_ids_that_is_not_text_names_its_lines(foreshock, estate, tmp_path):
    """Both broken lines, by number."""
    (tmp_path / "ids").write_bytes(b"web1\n\xff\xfe\nweb2\n\x80\n")

    run = foreshock("impact", "--from", str(tmp_path / "ids"), "-o", "json")

    assert run.status == 2
    assert [fault["line"] for fault in run.json["errors"]] == [2, 4]


def test_single_points_now_and_with_cis_down(foreshock, estate):
    """What a failure adds is told beside what was there before."""
    before = foreshock("spof", "checkout", "-o", "json").ok().json
    assert before["now"] == before["before"] == ["payments"]

    after = foreshock("spof", "checkout", "--down", "lb1", "db-b", "-o", "json").ok().json
    assert after["added"] == ["db-a", "lb2", "pdu-b4-1", "sw-b4"]
    assert "lb2  new" in foreshock("spof", "checkout", "--down", "lb1").ok().out
    assert "is down already" in foreshock("spof", "reports", "--down", "db-b").ok().out
    assert foreshock("spof", "checkout", "payments").status == 2
    assert foreshock("spof", "nope").status == 4


def test_each_service_is_explained_in_a_sentence_with_the_graph_behind_it(foreshock, estate):
    """All of them, or the one that is named; in JSON with facts, graph and the sentence in both languages."""
    said = foreshock("impact", "pdu-b4-1", "--explain").ok().out
    assert "Reports goes down because it hangs on db-b, which hangs on Switch of rack B4, which hangs on PDU 1" in said
    assert "└─ db-b  Down" in said
    one = foreshock("impact", "pdu-b4-1", "--explain", "payments", "-o", "json").ok().json["explanations"]
    assert [(each["service"], each["outcome"], each["facts"]["because"]) for each in one] == [
        ("payments", "REDUNDANCY_LOST", "last")
    ]
    assert set(one[0]["sentence"]) == {"en", "zh"}
    assert one[0]["graph"]["nodes"][0]["ids"] == ["payments"]
    zh = foreshock("impact", "pdu-b4-1", "--explain", "reports", env={"FORESHOCK_LANGUAGE": "zh_CN.UTF-8"}).ok().out
    assert "Reports 将中断" in zh


def test_what_is_not_touched_can_not_be_explained(foreshock, estate):
    """The service is named, and no blast radius has outcomes to explain."""
    missing = foreshock("impact", "web1", "--explain", "nowhere")
    assert (missing.status, "nowhere" in missing.err) == (4, True)
    assert foreshock("impact", "web1", "--blast", "--explain").status == 2


def test_common_causes_stand_beside_single_points(foreshock, estate):
    """Nothing lies under both load balancers; with a switch under them it would."""
    found = foreshock("spof", "checkout", "-o", "json").ok().json
    assert (found["common_causes"], found["common_cause_count"], found["unexamined"]) == ([], 0, 0)
    foreshock("ci", "relate", "lb1", "uses", "sw-b4", "--strength", "hard").ok()
    (one,) = [
        each
        for each in foreshock("spof", "checkout", "-o", "json").ok().json["common_causes"]
        if each["cause"] == "sw-b4"
    ]
    assert (one["item"], one["needs"]) == ("checkout", 1)
    assert one["members"] == [{"id": "lb1", "path": ["lb1", "sw-b4"]}, {"id": "lb2", "path": ["lb2", "sw-b4"]}]
    assert "hang on Switch of rack B4" in foreshock("spof", "checkout").ok().out
    assert "hang on Switch of rack B4" in foreshock("risk-groups", "checkout").ok().out
