"""
Discovery of the running estate: what it finds is what the description says, and what is predicted from it is true.

How each item of the description is expected is said in :mod:`tests.estate.comparing`, what a person states beside it in
:mod:`tests.estate.predicting`.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from cmdb.configuration import findings
from cmdb.context import Context
from cmdb.model.ci import CI, CIS
from cmdb.model.finding import Finding
from cmdb.model.observation import OBSERVATIONS
from cmdb.model.run import Run, RunState
from tests.estate.comparing import Comparison, compared, names_of
from tests.estate.description import BY_NAME, PROBE_LINK, VIP, components
from tests.estate.discovering import discover, with_sources
from tests.estate.predicting import Predictions, seen_components
from tests.estate.trying import tried

pytest.importorskip("asyncssh", reason="needs asyncssh (foreshock[ssh])")
pytest.importorskip("pysnmp", reason="needs pysnmp (foreshock[snmp])")
pytestmark = pytest.mark.skipif(shutil.which("nmap") is None, reason="nmap is not installed")

STOPS = 2
RUNS = 3


@dataclass(frozen=True)
class Discovered:
    """A store into which the three sources were read once, how the runs ended, and what there was then."""

    context: Context
    runs: Sequence[Run]
    comparison: Sequence[Comparison]
    cis: Sequence[CI]
    findings: Sequence[Finding]


@pytest.fixture(scope="module")
def discovered(running_estate):
    """The estate, discovered from nothing."""
    running_estate.start_all()
    context = with_sources(running_estate.access)
    runs = discover(context, running_estate)
    open_, _more = findings.listing(context)
    return Discovered(context, runs, compared(context), list(context.records.find(CIS)), open_)


def differences(comparison):
    """Return in words all that is missing or too much."""
    return [line for each in comparison for line in each.differences]


def test_what_is_found_is_what_there_is(discovered):
    """Precision and recall of CIs, relations and groups are 1 after a first run of every source."""
    assert [run.state for run in discovered.runs] == [RunState.OK] * len(discovered.runs)
    print(*discovered.comparison, sep="; ")
    assert differences(discovered.comparison) == []


def test_no_address_makes_a_ghost(discovered):
    """The virtual address is one CI and no host; the router's two addresses, which the sweep met, are one router."""
    met = {
        address
        for seen in discovered.context.records.find(OBSERVATIONS)
        if seen.source == "sweep"
        for address in seen.attributes["ip_addresses"]
    }
    assert {VIP, *BY_NAME["rtr1"].addresses} <= met
    assert [ci.ci_class for ci in discovered.cis if VIP in (ci.name, ci.attributes.get("address"))] == ["vip"]
    assert not [ci.id for ci in discovered.cis if ci.id.startswith("sweep:")]


def test_all_that_is_left_to_say_is_who_asked(discovered):
    """The one open finding is the machine from which all was read, behind a port of a switch, that no source knows."""
    assert [each.code for each in discovered.findings] == ["relation.unknown_end"]
    (ci,) = discovered.findings[0].cis
    assert ci.endswith(f"interface:{PROBE_LINK.right[1]}")


def test_no_credential_is_in_what_was_found(discovered, running_estate):
    """Not in the observations, nor in what became of them."""
    told = repr([*discovered.context.records.find(OBSERVATIONS), *discovered.cis, *discovered.runs])
    assert not [secret for secret in running_estate.access.secrets if secret in told]


def test_what_is_predicted_of_a_stop_comes_true(estate, discovered):
    """
    Some components, chosen by chance, are stopped alone: the shop is what was predicted.

    The seed is told; FORESHOCK_SEED sets it. All components, and all pairs, are ``tests/promises``' business.
    """
    seed = int(os.environ.get("FORESHOCK_SEED", random.randrange(1_000_000)))
    print(f"FORESHOCK_SEED={seed}")
    chance = random.Random(seed)
    predictions = Predictions(discovered.context)
    down = [each for each in seen_components() if predictions.of([each]).value != "up"]
    up = sorted(set(seen_components()) - set(down))
    stops = [(each,) for each in (*chance.sample(down, 1), *chance.sample(up, STOPS - 1))]
    assert [str(each) for each in tried(estate, predictions, stops) if not each.agrees] == [], f"seed {seed}"


def test_everything_but_the_agents_of_the_network_is_found(discovered):
    """A switch and the router let nobody in: what runs on them is not seen, and nothing else is missing."""
    unseen = {each for each in components() if each not in seen_components()}
    assert unseen == {f"process:{host}/{agent}" for host in ("sw1", "sw2", "rtr1") for agent in ("snmpd", "lldpd")}
    named = set(names_of(discovered.cis).values())
    things = {each.partition(":")[2] for each in seen_components() if not each.startswith("link:")}
    assert things <= named


@pytest.mark.promises
def test_three_runs_find_the_same(estate, promise):
    """Three times from nothing and three times into one store: nothing is missing, too much, or changed."""
    name = "the estate is discovered: precision and recall of CIs, relations and groups"
    kept = promise(name, f"1.0 on {RUNS} runs from nothing and {RUNS} more into one store", "SQLite")
    seen = []
    for _ in range(RUNS):
        context = with_sources(estate.access)
        discover(context, estate)
        seen.append(compared(context))
    ids = {ci.id for ci in context.records.find(CIS)}
    for _ in range(RUNS):
        assert [run.figures["created"] + run.figures["updated"] for run in discover(context, estate)] == [0, 0, 0]
        seen.append(compared(context))
    worst = [min(getattr(each, what) for several in seen for each in several) for what in ("precision", "recall")]
    kept.seen(f"precision {worst[0]:.3f}, recall {worst[1]:.3f}; {', '.join(map(str, seen[-1]))}")
    assert [line for several in seen for each in several for line in each.differences] == []
    assert {ci.id for ci in context.records.find(CIS)} == ids
