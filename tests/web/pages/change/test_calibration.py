"""The page of calibration, and the same over the API."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from cmdb.model.change import ChangeState
from cmdb.model.change_outcome import ChangeOutcome
from impact.questions.calibration import calibration
from tests.builders import NOON, a_change, add, moment


def test_before_any_outcome_it_says_so(house):
    """From the scorecard; nothing is invented."""
    viewer = house.person("viewer")
    viewer.opens("/scorecard")
    assert "No outcome has matured yet" in viewer.follows("Calibration").words


def test_foretold_stands_against_happened_by_tenth(house):
    """Ten rows, bars by classes alone, the rules with their intervals; and the same figures over the API."""
    chance = random.Random(4)
    done = []
    for number in range(230):
        start = moment(NOON) - timedelta(days=300.0 - number)
        outcome = ChangeOutcome.FAILED if chance.random() < (0.4 if number % 2 else 0.05) else ChangeOutcome.SUCCESS
        times = {"started_at": start, "ended_at": start, "outcome_at": start, "state": ChangeState.CLOSED}
        done.append(a_change("ab"[number % 2], id=f"CHG-{number:03}", outcome=outcome, **times))
    add(house.context, *done)
    found = calibration(house.context)

    client = house.person("viewer").client
    page, answer = client.get("/calibration").text, client.get("/api/v1/calibration").json

    assert found.changes == 230
    assert [tenth.changes for tenth in found.tenths] == [23] * 10
    assert found.tenths[-1].share > found.tenths[0].share
    assert page.count('<span class="gauge happened of20-') == 10
    assert 'class="gauge foretold of20-20"' in page or 'class="gauge happened of20-20"' in page
    assert "style=" not in page
    assert [rule["name"] for rule in answer["rules"]] == ["foreshock", "overall rate", "CI rate", "pooled rate"]
    assert answer["failures"] == sum(tenth["failures"] for tenth in answer["tenths"]) == found.failures
    assert answer["rules"][0]["skill"] == pytest.approx(found.rules[0].skill)
    assert answer["blocks"] == 1
