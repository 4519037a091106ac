"""``foreshock risk`` at the command line: one answer for people and scripts, and clear refusals."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.impact.failure.histories import as_csv, history, past

RULES = ["overall rate", "CI rate", "implementer rate", "pooled rate", "plain logistic", "gradient boosting"]


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("history") / "changes.csv.gz"
    path.write_bytes(gzip.compress(as_csv(history(400)).encode()))
    return str(path)


def test_the_shape_that_scripts_rely_on(foreshock, file, tmp_path):
    """One number for each question, each rule beside it, the same bytes each time; no store is made for it."""
    run = foreshock("risk", "backtest", file, "--score-from", "2024-05-01", "-o", "json").ok()
    answer = run.json

    assert {"n", "positives", "auc", "brier", "brier_skill", "ece", "lift10", "coverage90", "by"} <= set(answer)
    assert answer["changes"] == 400
    assert 0 < answer["positives"] < answer["n"] < 400
    assert answer["brier_skill_low"] < answer["brier_skill"] < answer["brier_skill_high"]
    assert [one["name"] for one in answer["by"]] == RULES
    assert answer["by"][0]["brier_skill"] == 0.0
    assert sum(one["changes"] for one in answer["reliability"]) == answer["n"]
    assert foreshock("risk", "backtest", file, "--score-from", "2024-05-01", "-o", "json").out == run.out
    assert not list(tmp_path.iterdir())


def test_people_read_a_table_and_honest_sentences(foreshock, file):
    """The rules below each other, then what was measured in sentences, in the reader's language."""
    out = foreshock("risk", "backtest", file).ok().out
    chinese = foreshock("risk", "calibration", file, env={"FORESHOCK_LANGUAGE": "zh"}).ok().out

    assert out.splitlines()[1].startswith("foreshock")
    assert "400 changes were read, 400 of them scored" in out
    assert " % failed." in out
    assert " 个变更中，" in chinese


def test_calibration_is_the_reliability_by_tenths(foreshock, file):
    """Ten groups of as many changes, the rules of the backtest beside them, and one honest sentence."""
    table = foreshock("risk", "calibration", file, "-o", "json").ok().json
    whole = foreshock("risk", "backtest", file, "-o", "json").ok().json
    out = foreshock("risk", "calibration", file).ok().out

    assert table["tenths"] == whole["tenths"]
    assert [one["changes"] for one in table["tenths"]] == [40] * 10
    assert sum(one["failures"] for one in table["tenths"]) == table["failures"] == whole["positives"]
    assert [one["foretold"] for one in table["tenths"]] == sorted(one["foretold"] for one in table["tenths"])
    assert table["ranges"] == whole["reliability"]
    assert [rule["name"] for rule in table["rules"]] == ["foreshock", *RULES[:4]]
    assert table["rules"][0]["skill"] == whole["brier_skill"]
    assert (table["coverage"], table["blocks"]) == (whole["coverage90"], 2)
    assert "RANGE" in out
    assert "we put at" in out


def test_a_history_comes_from_standard_input(foreshock, file):
    """Packed or not, as another programme writes it."""
    packed = Path(file).read_bytes()
    one = foreshock("risk", "calibration", "-", "-o", "json", input=packed).ok()
    other = foreshock("risk", "calibration", "-", "-o", "json", input=gzip.decompress(packed)).ok()

    assert one.out == other.out


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (history(1), "Fewer than 200"),
        ([past(change.planned, bad=False) for change in history(60)], "None of them failed"),
        ([past(change.planned, bad=True) for change in history(60)], "All of them failed"),
    ],
    ids=["one row", "no failures", "all failures"],
)
def test_what_can_not_be_measured_is_said(foreshock, tmp_path, changes, said):
    """Histories of one change, without failures, with nothing else: figures where there are some, and why not."""
    path = tmp_path / "few.csv"
    path.write_text(as_csv(changes), encoding="utf-8")
    answer = foreshock("risk", "backtest", str(path), "-o", "json").ok().json

    assert answer["n"] == len(changes)
    assert answer["auc"] is None
    assert answer["coverage90"] is None
    assert said in foreshock("risk", "backtest", str(path)).ok().out


def test_a_fact_written_afterwards_is_suspected_by_name(foreshock, tmp_path):
    """A column that tells every failure is named: nothing known before a change is that good."""
    changes = history(400)
    lines = as_csv(changes).splitlines()
    told = [f"{line},{int(change.outcome.is_bad)}" for line, change in zip(lines[1:], changes, strict=True)]
    path = tmp_path / "leaking.csv"
    path.write_text("\n".join([f"{lines[0]},fact_ticket_colour", *told]), encoding="utf-8")

    run = foreshock("risk", "backtest", str(path), "-o", "json").ok()

    assert run.json["suspected_leaks"] == [{"fact": "ticket_colour", "auc": 1.0}]
    assert "was it written after the change?" in foreshock("risk", "backtest", str(path)).ok().out


def test_a_column_known_only_afterwards_is_refused(foreshock, tmp_path):
    """By its name, with status 2, and nothing is measured."""
    path = tmp_path / "late.csv"
    path.write_text(as_csv(history(10)).replace("fact_files", "fact_close_code"), encoding="utf-8")

    run = foreshock("risk", "backtest", str(path), "-o", "json")

    assert run.status == 2
    assert "fact_close_code" in run.json["errors"][0]["message"]
    assert run.json["errors"][0]["line"] == 1


@pytest.mark.parametrize("start", ["soon", "2014-01-01T10:00:00", "2014-02-30"])
def test_a_day_to_score_from_that_is_none(foreshock, file, start):
    """The option is named, and what would be right."""
    run = foreshock("risk", "backtest", file, "--score-from", start)

    assert run.status == 2
    assert "--score-from" in run.err
    assert "2014-01-01" in run.err


def test_nothing_left_to_score(foreshock, file):
    """A day after the last change is told with that change's start."""
    run = foreshock("risk", "backtest", file, "--score-from", "2030-01-01")

    assert run.status == 2
    assert "the last starts 2025-" in run.err


def test_records_of_the_bpi_challenge(foreshock, tmp_path):
    """Changes and incidents together; alone, the changes do not say how they went, and what is missing is named."""
    changes, incidents = tmp_path / "Detail_Change.csv", tmp_path / "Detail_Incident.csv"
    head = "CI Name (aff);CI Type (aff);Change ID;Planned Start;Actual Start;Change record Open Time"
    rows = [
        f"app{n % 7};app;C{n};;{1 + n % 28}-{1 + n % 12}-2014 20:00;1-1-2014 08:00;9-1-2015 09:00" for n in range(90)
    ]
    changes.write_text("\n".join([f"{head};Change record Close Time", *rows]), encoding="utf-8")
    incidents.write_text(
        "\n".join(["Incident ID;Open Time;Related Change", "I1;01/02/2015 10:00:00;C5"]), encoding="utf-8"
    )

    alone = foreshock("risk", "backtest", str(changes))
    both = foreshock("risk", "backtest", str(changes), "--incidents", str(incidents), "-o", "json").ok().json

    assert alone.status == 2
    assert "--incidents" in alone.err
    assert (both["n"], both["positives"]) == (90, 1)
    assert both["notes"] == ["bpi2014.failed_when_an_incident_names_it"]


def test_it_can_be_stopped(process, tmp_path):
    """Ctrl-C ends it within seconds, says that nothing was written, and leaves nothing behind."""
    path = tmp_path / "long.csv"
    path.write_text(as_csv(history(20_000)), encoding="utf-8")
    run = process("risk", "backtest", str(path))
    try:
        run.wait(timeout=3.0)
    except subprocess.TimeoutExpired:  # It is meant to be at work.
        os.kill(run.pid, signal.SIGINT)
    _, err = run.communicate(timeout=30.0)

    assert run.returncode == 130
    assert b"nothing was written" in err


def test_the_chance_of_a_change_of_ones_own(foreshock, estate):
    """Without an outcome to learn from: the wide prior, said to be that; the model is kept once."""
    words = (
        "--target",
        "web1",
        "--from",
        "2030-03-02T22:00:00Z",
        "--to",
        "2030-03-02T23:00:00Z",
        "--backout",
        "go back",
    )
    change = foreshock("change", "new", "--title", "Patch", "--reason", "Old", *words, "-o", "json").ok().json["id"]

    answer = foreshock("risk", "show", change, "-o", "json").ok().json["chance"]
    out = foreshock("risk", "show", change).ok().out

    assert (answer["mean"], answer["method"], answer["outcomes"]) == (pytest.approx(0.2), "pooled", 0)
    assert "No outcome was known to learn from" in out
    assert "20.0 %" in out
    kept = foreshock("risk", "learn", "-o", "json").ok().json
    assert kept["digest"] == answer["model"]
    assert foreshock("risk", "learn", "-o", "json").ok().json == kept


def test_calibration_of_ones_own_changes_needs_some(foreshock, estate):
    """With none matured there is nothing to hold against what happened, and that is said; a day goes with a file."""
    assert "No outcome has matured yet" in foreshock("risk", "calibration").ok().out
    assert foreshock("risk", "calibration", "-o", "json").ok().json["changes"] == 0
    assert foreshock("risk", "calibration", "--score-from", "2024-01-01").status == 2


def test_what_matured_is_learned_each_day(foreshock, estate):
    """The job of the night keeps the model, once; it stands in the list of jobs with its schedule."""
    first, again = (foreshock("job", "run", "failure-learn").ok() for _ in range(2))

    assert "PFM-1001 has learned from the outcomes of 0 changes" in first.out
    assert again.out.split(":")[-1] == first.out.split(":")[-1]
    jobs = {job["name"]: job for job in foreshock("job", "list", "-o", "json").ok().json["rows"]}
    assert "10 0 * * *" in jobs["failure-learn"]["schedule"]
