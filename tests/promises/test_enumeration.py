"""What the impact core answers is what enumeration finds: 20,000 random estates of up to 14 CIs for each question."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.impact import test_against_oracle, test_risks, test_rolling
from tests.impact.risk import test_conflicts
from tests.impact.strategies import calendars, estates, estates_with_chances, rollouts, tangles

EXAMPLES, WHOLE, MOST = 20_000, 200, 14


def check_outage(estate: Any, data: st.DataObject) -> None:
    """The probability of any CI's outage, and its bounds within any budget."""
    test_risks.check_outage(estate, *test_risks.asked(data, estate), data.draw(test_risks.BUDGETS))


def check_groups(estate: Any, data: st.DataObject) -> None:
    """The minimal risk groups of any CI, and what is said of them within any budget."""
    test_risks.check_groups(estate, *test_risks.asked(data, estate), data.draw(test_risks.BUDGETS))


def check_rings(estate: Any, data: st.DataObject) -> None:
    """Both of a service that rests on rings."""
    failed = data.draw(st.sets(st.sampled_from(list(estate.items)), max_size=2))
    for check in (test_risks.check_outage, test_risks.check_groups):
        check(estate, "shop", failed, data.draw(test_risks.BUDGETS))


LARGE = estates(most=MOST, least=11)
CHANCES = estates_with_chances(most=MOST, least=11)
QUESTIONS: dict[str, tuple[Callable[..., None], tuple[Any, ...], int]] = {
    # What is asked > the check, what it is given, and how many examples of it.
    "states, outcomes, reasons, margins": (test_against_oracle.check_some, (LARGE, st.data()), EXAMPLES),
    "states in all 2^n failure sets": (test_against_oracle.check_all_states, (LARGE, st.data()), WHOLE),
    "outage probability within 1e-12": (check_outage, (CHANCES, st.data()), EXAMPLES),
    "minimal risk groups": (check_groups, (CHANCES, st.data()), EXAMPLES),
    "outages and risk groups over rings": (check_rings, (tangles(most=MOST), st.data()), EXAMPLES),
    "joint conflicts": (test_conflicts.check, (calendars(most=MOST, changes=6),), EXAMPLES),
    "rolling plans": (test_rolling.check, (rollouts(most=MOST),), EXAMPLES),
}


@pytest.mark.promises
@pytest.mark.parametrize("question", QUESTIONS)
def test_the_impact_core_equals_enumeration(question, promise):
    """The checks of the ordinary tests, with more CIs and more examples."""
    check, given_to_it, examples = QUESTIONS[question]
    kept = promise(
        f"impact equals enumeration: {question}", f"0 differences in {examples:,} estates of up to {MOST} CIs"
    )
    seen = 0

    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.tuples(*given_to_it))
    def each(drawn: tuple[Any, ...]) -> None:
        nonlocal seen
        check(*drawn)
        seen += 1

    try:
        each()
    finally:
        kept.seen(f"{'0 differences' if seen >= examples else 'one that differs'} in {seen:,} estates")
    assert seen >= examples
