"""
What is predicted of every stop, and what the shop then does: every component of the estate alone, and every pair.

The graph is the one that discovery finds in the running estate, and what a person states of the shop itself
(:data:`tests.estate.predicting.STATED`). ``FORESHOCK_PAIRS`` is the number of pairs to try, chosen by chance, instead
of all. The tables are written to ``bench/predictions``.
"""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.estate.description import components
from tests.estate.discovering import SNMP, SSH, discover, with_sources
from tests.estate.predicting import Predictions, seen_components
from tests.estate.trying import Stop, Tried, table, tried

pytest.importorskip("asyncssh", reason="needs asyncssh (foreshock[ssh])")
pytest.importorskip("pysnmp", reason="needs pysnmp (foreshock[snmp])")
pytestmark = [pytest.mark.promises, pytest.mark.timeout(3 * 3600)]

PARTS = 4
AGENTS = ("sshd", "snmpd", "lldpd")
FOLDER = Path(__file__).resolve().parents[2] / "bench" / "predictions"


@pytest.fixture(scope="module")
def predictions(running_estate):
    """What is predicted from what discovery finds."""
    running_estate.start_all()
    context = with_sources(running_estate.access)
    discover(context, running_estate, SSH, SNMP)
    return Predictions(context)


def pairs() -> list[Stop]:
    """Return the pairs of all that the shop could need; by what one signs in and watches it needs nothing."""
    relevant = [each for each in components() if each.rpartition("/")[2] not in AGENTS]
    every = list(itertools.combinations(relevant, 2))
    wanted = int(os.environ.get("FORESHOCK_PAIRS", len(every)))
    return sorted(random.Random(20_000).sample(every, min(wanted, len(every))))


def show(name: str, outcomes: Sequence[Tried]) -> str:
    """Write the table, and return what was seen in a few words."""
    unseen = sorted(set(components()) - set(seen_components()))
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.md").write_text(table(outcomes, unseen), encoding="utf-8")
    different = [each for each in outcomes if not each.agrees]
    down = sum(each.seen.value == "down" for each in outcomes)
    return f"{len(outcomes) - len(different)} of {len(outcomes)} as predicted, {down} of them down"


def test_every_component_stopped_alone_does_what_was_predicted(estate, predictions, promise):
    """Hosts, links and processes: the shop is up, without its cache, or down, exactly as predicted."""
    asked = [(each,) for each in components()]
    kept = promise(
        "a component is stopped; the shop is what was predicted", f"{len(asked)} stops, no difference", "none"
    )
    outcomes = tried(estate, predictions, asked)
    kept.seen(show("alone", outcomes))
    assert [str(each) for each in outcomes if not each.agrees] == []


@pytest.mark.parametrize("part", range(PARTS))
def test_every_pair_stopped_together_does_what_was_predicted(estate, predictions, promise, part):
    """Every two of what the shop could need."""
    asked = pairs()[part::PARTS]
    name = f"two components are stopped; the shop is what was predicted ({part + 1} of {PARTS})"
    kept = promise(name, f"{len(asked)} stops, no difference", "none")
    outcomes = tried(estate, predictions, asked)
    kept.seen(show(f"pairs-{part + 1}", outcomes))
    assert [str(each) for each in outcomes if not each.agrees] == []
