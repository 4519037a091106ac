"""What a person reads about an assessment: fixed verbs, the highest tier first, and nothing left out uncounted."""

from __future__ import annotations

import doctest
from datetime import UTC, datetime

import pytest

from cmdb.model.assessment import Assessment, Inputs, ServiceOutcome, Verdict
from cmdb.model.change import ChangeType, Window
from cmdb.model.outcome import Outcome
from web import wording_change
from web.wording_change import duration, verdict_parts, verdict_sentences, window_words
from web.wording_why import single_point_sentences

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def a_service(name: str, tier: int | None, outcome: Outcome, minutes: float = 20.0, spof: tuple[str, ...] = ()):
    """Return the outcome of one service."""
    return ServiceOutcome(f"svc:{name.lower()}", name, tier, outcome, {outcome: minutes}, (), spof, None, None)


def an_assessment(*services: ServiceOutcome, unaffected: int = 21) -> Assessment:
    """Return an assessment with these outcomes."""
    inputs = Inputs(ChangeType.NORMAL, Window(NOON, NOON.replace(hour=14)), (), True, 1, "0" * 64, "0" * 64)
    return Assessment(
        id="ASM-1001",
        change="CHG-1001",
        number=1,
        change_revision=1,
        graph_revision=8,
        made_at=NOON,
        made_by="change-manager",
        inputs=inputs,
        verdict=Verdict.CAB,
        reasons=(),
        services=services,
        unaffected=unaffected,
        standing=(),
        down=(),
        degraded=(),
        retired=(),
        phases=(),
        previous="0" * 64,
    )


def test_services_with_one_outcome_share_a_sentence_and_the_highest_tier_comes_first():
    """Two tier 1 services that lose their spare are read before a tier 3 service that goes down."""
    assessment = an_assessment(
        a_service("Reports", 3, Outcome.DOWN),
        a_service("Payments", 1, Outcome.REDUNDANCY_LOST),
        a_service("Checkout", 1, Outcome.REDUNDANCY_LOST),
    )

    assert verdict_sentences(assessment) == [
        "Checkout and Payments stay up but lose their last spare for 20 minutes.",
        "Reports goes down for 20 minutes.",
    ]


def test_of_one_tier_the_worse_outcome_comes_first():
    """Down is read before degraded, whatever the names are."""
    assessment = an_assessment(
        a_service("Alpha", 1, Outcome.DEGRADED),
        a_service("Zulu", 1, Outcome.DOWN),
        a_service("Mike", None, Outcome.DOWN),
    )

    assert verdict_sentences(assessment) == [
        "Zulu and Mike go down for 20 minutes.",
        "Alpha runs with less for 20 minutes.",
    ]


def test_what_does_not_fit_is_counted_with_what_happens_to_it():
    """After two sentences the rest is one line that still says how many do what."""
    assessment = an_assessment(
        a_service("A", 1, Outcome.DOWN),
        a_service("B", 2, Outcome.DEGRADED),
        a_service("C", 3, Outcome.REDUNDANCY_LOST),
        a_service("D", 3, Outcome.REDUCED),
        a_service("E", 4, Outcome.REDUCED),
    )

    assert verdict_sentences(assessment)[2] == (
        "And 3 more: 1 stays up but loses its last spare and 2 keep a spare fewer."
    )


def test_many_services_in_one_sentence_are_named_up_to_three_and_counted():
    """A hub that stops forty services makes one readable sentence."""
    services = [a_service(f"S{n:02d}", 1, Outcome.DOWN, minutes=float(n + 1)) for n in range(40)]

    sentences, rest = verdict_parts(services)

    assert [str(s) for s in sentences] == ["S00, S01, S02 and 37 more go down for 1 minute to 40 minutes."]
    assert sentences[0].subjects == ("S00", "S01", "S02")
    assert rest == ""


@pytest.mark.parametrize(
    ("count", "sentence"),
    [
        (21, "All 21 services are untouched."),
        (1, "The one service is untouched."),
        (0, "There is no service in the estate, so none is touched."),
    ],
)
def test_a_change_that_touches_nothing_says_so(count, sentence):
    """Nothing to report is itself a sentence, not an empty page."""
    assert verdict_sentences(an_assessment(unaffected=count)) == [sentence]


def test_new_single_points_name_every_service_they_carry():
    """A CI that carries two services has one sentence with both."""
    services = (
        a_service("Checkout", 1, Outcome.REDUNDANCY_LOST, spof=("lb1", "db-a")),
        a_service("Payments", 1, Outcome.REDUNDANCY_LOST, spof=("db-a",)),
    )

    assert single_point_sentences(services) == [
        "db-a alone carries Checkout and Payments.",
        "lb1 alone carries Checkout.",
    ]


@pytest.mark.parametrize(
    ("start", "end", "zone", "words"),
    [
        ("2026-12-02T21:00Z", "2026-12-02T22:30Z", "Europe/Berlin", "Wed 2 Dec 2026, 22:00-23:30 CET"),
        ("2026-12-02T21:00Z", "2026-12-02T22:30Z", "+01:00", "Wed 2 Dec 2026, 22:00-23:30 +01:00"),
        ("2026-12-02T21:00Z", "2026-12-02T22:30Z", "UTC", "Wed 2 Dec 2026, 21:00-22:30 UTC"),
        (
            "2026-12-02T22:00Z",
            "2026-12-03T02:00Z",
            "Europe/Berlin",
            "Wed 2 Dec 2026, 23:00 - Thu 3 Dec 2026, 03:00 CET",
        ),
        (
            "2026-10-25T00:30Z",
            "2026-10-25T01:30Z",
            "Europe/Berlin",
            "Sun 25 Oct 2026, 02:30 CEST - Sun 25 Oct 2026, 02:30 CET",
        ),
    ],
)
def test_a_window_is_read_in_the_zone_it_was_meant_in(start, end, zone, words):
    """Also over midnight, and over the night in which summer time ends."""
    window = Window(datetime.fromisoformat(start), datetime.fromisoformat(end), zone)

    assert window_words(window) == words


def test_the_examples_in_the_docstrings_hold():
    """Durations and lists read as documented."""
    assert doctest.testmod(wording_change).failed == 0
    assert duration(119.5) == "119.5 minutes"
    assert duration(120) == "2 hours"
