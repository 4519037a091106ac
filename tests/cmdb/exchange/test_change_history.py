"""Change histories: what is read, and that everything wrong with a file is told at once, by its line and name."""

from __future__ import annotations

import gzip
import io
from datetime import UTC, datetime

import pytest

from cmdb.errors import InvalidInput
from cmdb.exchange.change_history import known_only_afterwards, read_history
from cmdb.model.change_outcome import ChangeOutcome

HEADER = "id,started_at,outcome,outcome_known_at"
ROW = "c1,2024-03-01T10:00:00Z,success,2024-03-04T10:00:00Z"


def read(*lines: str, packed: bool = False):
    raw = "\n".join(lines).encode() + b"\n"
    return read_history(io.BytesIO(gzip.compress(raw) if packed else raw), "the history")


def faults(*lines: str) -> list[tuple[int | None, str]]:
    with pytest.raises(InvalidInput) as caught:
        read(*lines)
    return [(problem.line, problem.code) for problem in caught.value.problems]


def messages(*lines: str) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        read(*lines)
    return [problem.message for problem in caught.value.problems]


@pytest.mark.parametrize("packed", [False, True])
def test_a_change_is_read_with_all_that_was_known(packed):
    """Required and optional columns in any order, plain or gzip; a target's class is what stands before its colon."""
    history = read(
        f"title,{HEADER},type,model,team,implementer,targets,requested_at,ended_at,fact_files,fact_tested",
        "Patch,c1,2024-03-01T10:00:00+01:00,backed_out,2024-03-01T12:00:00Z,normal,patch,unix,p1,"
        r"db:one|two\|three,2024-02-01T00:00:00Z,2024-03-01T09:30:00Z,3.5,TRUE",
        packed=packed,
    )

    (change,) = history.changes
    planned = change.planned
    assert history.facts == ("files", "tested")
    assert (planned.id, planned.title, planned.type, planned.model) == ("c1", "Patch", "normal", "patch")
    assert (planned.team, planned.implementer) == ("unix", "p1")
    assert (planned.targets, planned.classes) == (("db:one", "two|three"), ("db", ""))
    assert planned.starts_at == datetime(2024, 3, 1, 9, tzinfo=UTC)
    assert planned.facts == {"files": 3.5, "tested": 1.0}
    assert (change.outcome, change.known_at) == (ChangeOutcome.BACKED_OUT, datetime(2024, 3, 1, 12, tzinfo=UTC))
    assert change.ended_at == datetime(2024, 3, 1, 9, 30, tzinfo=UTC)


def test_mixed_time_zones_are_one_order_of_time():
    """Offsets may differ from line to line: moments are compared, not texts."""
    history = read(
        HEADER,
        "late,2024-03-01T10:00:00-08:00,success,2024-03-04T10:00:00Z",
        "early,2024-03-01T10:00:00+08:00,failed,2024-03-04T10:00:00+08:00",
    )

    assert [change.planned.id for change in history.changes] == ["early", "late"]


def test_what_is_not_known_is_no_figure():
    """An empty field of a fact is a fact that is not known, which is not zero."""
    history = read(f"{HEADER},fact_a,fact_b", f"{ROW},,0")

    assert history.changes[0].planned.facts == {"b": 0.0}


def test_missing_columns_are_all_named():
    """Each required column that is not there, in one answer."""
    assert faults("id,outcome", "c1,success") == [(1, "csv.missing_column")] * 2


def test_other_columns_are_refused_by_name():
    """A column nobody knows could hold anything, so it is named and not passed over."""
    (message,) = messages(f"{HEADER},colour", f"{ROW},red")

    assert '"colour"' in message
    assert "fact_NAME" in message


@pytest.mark.parametrize(
    "name",
    [
        *("actual_end", "Actual End", "fact_actual_end", "close_code", "fact_close_code", "fact_was_rolled_back"),
        *("fact_resolution", "fact_success", "fact_related_incidents", "fact_pir_score", "closed_at", "fact_outcome"),
    ],
)
def test_what_is_known_only_afterwards_is_refused_by_name(name):
    """A fact that reports how the change went can not help to foretell it; the refusal names it and says why."""
    (message,) = messages(f"{HEADER},{name}", f"{ROW},1")

    assert f'"{name}"' in message
    assert "known only after the change" in message


@pytest.mark.parametrize(
    "name",
    [
        *("fact_is_revert", "fact_failed_before", "fact_backout_tested", "fact_planned_downtime_minutes"),
        *("fact_team_failure_rate", "fact_files", "fact_previous_outcome"),
    ],
)
def test_what_was_known_before_is_not_mistaken_for_it(name):
    """Names that speak of earlier changes, plans or tests are taken."""
    assert known_only_afterwards(name) is None
    assert read(f"{HEADER},{name}", f"{ROW},1").facts == (name.removeprefix("fact_"),)


def test_all_faults_of_all_lines_are_told_at_once():
    """Each at its line; nothing stops at the first."""
    found = faults(
        f"{HEADER},requested_at,ended_at,fact_x",
        "c1,2024-03-01T10:00:00Z,success,2024-03-01T09:00:00Z,,,1",
        "c2,2024-03-01T10:00:00,success,2024-03-02T10:00:00Z,,,1",
        "c3,2024-03-01T10:00:00Z,went well,2024-03-02T10:00:00Z,,,1",
        "c4,2024-02-30T10:00:00Z,failed,2024-03-02T10:00:00Z,,,1",
        "c1,2024-03-01T10:00:00Z,failed,2024-03-02T10:00:00Z,,,1",
        "c5,2024-03-01T10:00:00Z,failed,2024-03-02T10:00:00Z,yesterday,,1",
        "c6,2024-03-01T10:00:00Z,failed,2024-03-02T10:00:00Z,,2024-03-01T09:59:59Z,1",
        "c7,2024-03-01T10:00:00Z,failed,2024-03-02T10:00:00Z,,,many",
        "c8,2024-03-01T10:00:00Z,failed,2024-03-02T10:00:00Z,,,nan",
        "c9,2024-03-01T10:00:00Z,failed",
        ",,,,,,",
        "c10,,,,,,",
    )

    assert found == [
        (2, "history.before_start"),
        (3, "time.without_offset"),
        (4, "history.outcome"),
        (5, "time.impossible"),
        (6, "history.repeated"),
        (7, "time.unreadable"),
        (8, "history.before_start"),
        (9, "history.fact"),
        (10, "history.fact"),
        (11, "csv.fields"),
        *[(13, "csv.missing")] * 3,
    ]


def test_of_very_many_faults_the_first_are_kept_and_all_counted():
    """A file wrong on every line does not fill the memory with what is wrong with it."""
    lines = [f"c{number},then,success,2024-03-04T10:00:00Z" for number in range(10_050)]
    with pytest.raises(InvalidInput) as caught:
        read(HEADER, *lines)

    assert len(caught.value.problems) == 10_000
    assert caught.value.facts["count"] == 10_050


def test_bytes_that_are_no_text_are_told_with_their_line():
    """A line that is not UTF-8 is told, and the lines after it are still read."""
    raw = f"{HEADER}\n{ROW}\n".encode() + b"c2,2024-03-01T10:00:00Z,succ\xe9s,2024-03-04T10:00:00Z\n"
    with pytest.raises(InvalidInput) as caught:
        read_history(io.BytesIO(raw), "the history")

    assert [(one.line, one.code) for one in caught.value.problems] == [(3, "csv.not_utf8"), (3, "history.outcome")]


def test_a_gzip_that_was_cut_off_is_told():
    """What unpacked before the cut is no whole history."""
    raw = gzip.compress("\n".join([HEADER, *(ROW.replace("c1", f"c{n}") for n in range(2000))]).encode())
    with pytest.raises(InvalidInput) as caught:
        read_history(io.BytesIO(raw[: len(raw) // 2]), "the history")

    assert "estate.gzip_truncated" in [one.code for one in caught.value.problems]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ((), "csv.empty"),
        ((HEADER,), "history.no_changes"),
        ((HEADER.replace(",", ";"), ROW.replace(",", ";")), "csv.separator"),
        ((f"{HEADER},id", f"{ROW},c1"), "csv.repeated_column"),
        ((f"{HEADER},fact_é", f"{ROW},1"), "history.fact_name"),
    ],
)
def test_files_that_are_no_history(lines, code):
    """Empty, without changes, with another separator, with a column twice, with a fact of an odd name."""
    raw = "\n".join(lines).encode()
    with pytest.raises(InvalidInput) as caught:
        read_history(io.BytesIO(raw), "the history")

    assert code in [one.code for one in caught.value.problems]
