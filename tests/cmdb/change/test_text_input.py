"""What people type for times and targets is read one way, or refused with the place and what would be right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.change.text_input import Unreadable, read_moment, read_target, read_targets, read_window
from cmdb.model.change import Effect, Target

ZONES = st.sampled_from(["Europe/Berlin", "Asia/Shanghai", "America/St_Johns", "Australia/Lord_Howe", "UTC"])


@pytest.mark.parametrize(
    ("text", "utc", "zone"),
    [
        ("2026-03-02T22:00+01:00", "2026-03-02T21:00", "+01:00"),
        ("2026-03-02T22:00:30Z", "2026-03-02T22:00:30", "UTC"),
        ("2026-03-02 22:00:00.5-03:30", "2026-03-03T01:30:00.500000", "-03:30"),
        ("2026-03-02T22:00[Europe/Berlin]", "2026-03-02T21:00", "Europe/Berlin"),
        ("2026-07-02T22:00[Europe/Berlin]", "2026-07-02T20:00", "Europe/Berlin"),
        ("2026-10-25T02:30+01:00[Europe/Berlin]", "2026-10-25T01:30", "Europe/Berlin"),
        ("2026-10-25T02:30+02:00[Europe/Berlin]", "2026-10-25T00:30", "Europe/Berlin"),
    ],
)
def test_a_moment_is_read_as_it_was_meant(text, utc, zone):
    """Offset and zone name both lead to the same clock; summer time counts; the zone is kept for people."""
    moment, named = read_moment(text)
    assert (moment.astimezone(UTC), named) == (datetime.fromisoformat(utc).replace(tzinfo=UTC), zone)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-03-02T22:00", "time.without_offset"),
        ("tomorrow", "time.unreadable"),
        ("", "time.unreadable"),
        ("2026-02-30T22:00Z", "time.impossible"),
        ("2026-03-02T25:00Z", "time.impossible"),
        ("2026-03-02T22:00+25:00", "time.impossible"),
        ("0001-01-01T00:00+14:00", "time.impossible"),
        ("9999-12-31T23:59-14:00", "time.impossible"),
        ("9999-12-31T23:59[Asia/Shanghai]", "time.impossible"),
        ("2026-03-02T22:00[Mars/Olympus]", "time.unknown_zone"),
        ("2026-03-02T22:00[../etc/passwd]", "time.unreadable"),
        ("2026-03-02T22:00[Europe]", "time.unknown_zone"),
        ("2026-03-29T02:30[Europe/Berlin]", "time.skipped"),
        ("2026-10-25T02:30[Europe/Berlin]", "time.ambiguous"),
        ("2026-03-02T22:00+02:00[Europe/Berlin]", "time.contradicted"),
    ],
)
def test_what_is_no_moment_is_refused_with_its_reason(text, code):
    """A time without offset is a guess, and so is one that the zone's clocks show twice or never."""
    with pytest.raises(Unreadable) as refused:
        read_moment(text)
    problem = refused.value.at("/window/start")
    assert (problem.code, problem.pointer) == (code, "/window/start")
    assert problem.message


@given(st.integers(631_152_000, 2_051_222_400).map(lambda s: datetime.fromtimestamp(s, UTC)), ZONES)
def test_every_moment_can_be_written_in_every_zone(moment, zone):
    """With offset and zone name both given, nothing is ambiguous, whatever summer time does."""
    from zoneinfo import ZoneInfo

    there = moment.astimezone(ZoneInfo(zone))
    if there.utcoffset() % timedelta(minutes=1):
        return
    assert read_moment(f"{there.isoformat()}[{zone}]")[0] == moment


def test_a_window_names_both_faults_at_once():
    """Who got both ends wrong is told both, not one after the other."""
    window, problems = read_window("2026-03-02T22:00", " ")
    assert window is None
    assert [(p.pointer, p.code) for p in problems] == [
        ("/window/start", "time.without_offset"),
        ("/window/end", "change.missing"),
    ]


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("web1", Target("web1")),
        ("web1,effect=restart,offset=5,minutes=10", Target("web1", Effect.RESTART, 5, 10)),
        ('"rack 4, row 2",effect=config', Target("rack 4, row 2", Effect.CONFIG)),
        ('"say ""hello""", minutes=10 ', Target('say "hello"', minutes=10)),
        ("host:a=b,minutes=3", Target("host:a=b", minutes=3)),
    ],
)
def test_a_target_is_one_line_of_text(text, target):
    """Whatever an id looks like, there is a way to write it."""
    assert read_target(text) == (target, [])


@given(st.text(min_size=1).filter(lambda ci: ci.strip() == ci and not {"\r", "\n", "\0"} & set(ci)))
def test_any_id_survives_csv_quoting(ci):
    """Quoting as spreadsheets do is enough for every id."""
    assert read_target('"' + ci.replace('"', '""') + '",minutes=1') == (Target(ci, minutes=1), [])


def test_every_fault_of_every_target_is_named():
    """Four faults in three texts are four problems, each at its own place."""
    targets, problems, places = read_targets(["web1", ",minutes=x", "web2,effect=burn,colour=red", Target("web3")])
    assert [target.ci for target in targets] == ["web1", "web3"]
    assert places == (0, 3)
    assert [(p.pointer, p.code) for p in problems] == [
        ("/targets/1/ci", "change.missing"),
        ("/targets/1/minutes", "change.not_whole"),
        ("/targets/2/effect", "change.unknown_effect"),
        ("/targets/2", "change.target_option"),
    ]


def test_an_option_counts_once():
    """Of two values for one option neither is guessed to be meant."""
    assert read_target("web1,minutes=5,minutes=6")[1][0].code == "change.target_option_twice"
