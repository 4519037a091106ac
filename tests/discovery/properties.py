"""
What discovery promises, as properties over random estates and histories: :data:`PROPERTIES`, by what they promise.

The ordinary run asks each of some examples, ``make promises`` of 2,000.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cmdb.configuration.clockwork import due_of
from cmdb.configuration.discovery_defaults import RULES
from cmdb.configuration.identify import Decided, identify
from cmdb.configuration.reconcile import reconcile
from cmdb.model.coverage import Coverage
from cmdb.model.observation import Thing
from tests.cmdb.configuration import test_identify as identification
from tests.discovery.histories import SOURCES, Estate, after, host, listings, runs, shown

SCOPES = st.sampled_from(["east", "west"])


class Property(NamedTuple):
    """A check, and what each of its arguments is drawn from."""

    check: Callable[..., None]
    drawn: tuple[st.SearchStrategy[Any], ...]

    def asked(self, examples: int) -> None:
        """Ask for so many examples."""
        asking = settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
        asking(given(*self.drawn)(self.check))()


def the_order_in_which_observations_stand(history: Any, chance: Any) -> None:
    """The store may hand them in any order."""
    estate = after(history)
    before = estate.reconciled()
    world = estate.world()
    shuffled = list(world.observations)
    chance.shuffle(shuffled)
    assert shown(reconcile(replace(world, observations=shuffled))) == shown(before)


def the_order_of_runs_of_one_moment(order: Any, listing: Any) -> None:
    """Three sources that are read at the same time: whichever comes home first."""
    one, other = Estate(), Estate()
    for source in SOURCES:
        one.run(source, "all", listing[source], True, 0)
    for source in order:
        other.run(source, "all", listing[source], True, 0)
    assert shown(one.reconciled()) == shown(other.reconciled())


def the_same_run_twice(history: Any) -> None:
    """Neither an observation changes nor what is made of them."""
    estate = after(history)
    if history:
        before, known = shown(estate.reconciled()), dict(estate.known)
        source, scope, listing, complete, _ = history[-1]
        estate.run(source, scope, listing, complete, 0)
        assert estate.known == known
        assert shown(estate.reconciled()) == before


def two_records_of_one_source(history: Any, decided: Any) -> None:
    """No CI is two things of one source, whatever the identifiers and whatever people decided."""
    for found in after(history).reconciled(decided=decided).cis.values():
        sources = [source for source, _ in found["seen_as"]]
        assert len(sources) == len(set(sources))


def a_persons_value(history: Any, native: str) -> None:
    """It stands, whatever the sources say, and whenever."""
    estate = after(history)
    declared = {
        "id": f"ssh_linux:{native}",
        "class": "server",
        "name": "as people call it",
        "attributes": {"os": "hardened"},
        "locked": ["os"],
        "seen_as": [["ssh_linux", native]],
        "sources": ["form"],
    }
    found = estate.reconciled(declared={declared["id"]: declared}).cis
    if declared["id"] in found:
        assert found[declared["id"]]["attributes"]["os"] == "hardened"
        assert found[declared["id"]]["name"] == "as people call it"


def an_unrelated_source(history: Any, listing: Any) -> None:
    """What another source sees of other things leaves every other CI, relation and group as it was."""
    estate = after(history)
    before = estate.reconciled()
    told = [
        replace(each, source="vcenter", identifiers=(), relations=(), groups=())
        for native in listing
        for each in host("vcenter", "all", native, listing[native])
    ]
    coverages = {**estate.coverages, "vcenter": Coverage("vcenter", "vcenter", 1, estate.now)}
    found = estate.reconciled(observations=[*estate.world().observations, *told], coverages=coverages)
    others = {ci: each for ci, each in found.cis.items() if not ci.startswith("vcenter:")}
    assert others == dict(before.cis)
    assert dict(found.relations) == dict(before.relations)
    assert dict(found.groups) == dict(before.groups)


def a_failed_scope(history: Any, source: str, scope: str, days: list[int]) -> None:
    """However often it fails, and for however long: every CI has the status it would have had without the runs."""
    failing, waiting = after(history), after(history)
    for each in days:
        failing.run(source, scope, {}, False, each)
    waiting.now = failing.now
    assert _statuses(failing) == _statuses(waiting)


def merge_then_split(estate: Any, one: Thing, other: Thing) -> None:
    """What was decided and taken back leaves nothing; decided the other way, the two are apart and stay it."""
    before = identify(estate, (), RULES)
    identify(estate, [Decided(True, one, other)], RULES)
    assert identify(estate, (), RULES) == before
    split = identify(estate, [Decided(True, one, other), Decided(False, one, other)], RULES)
    assert one == other or not any({one, other} <= set(cluster.things) for cluster in split.clusters)


def a_value_left_out(history: Any, source: str, scope: str, listing: Any, emptied: Any, complete: bool) -> None:
    """
    Null never overwrites: a source that leaves values out which it told takes none away, however often, and says so.

    Another source that does tell it may be believed instead, and who is who stays as it was.
    """
    estate = after(history)
    estate.run(source, scope, listing, True, 0)
    before = estate.reconciled().cis
    less = {native: {**chance, **dict.fromkeys(emptied, "")} for native, chance in listing.items()}
    told = {(source, native): chance["os"] for native, chance in listing.items() if chance["os"]}
    for _ in range(2):
        estate.run(source, scope, less, complete, 0)
        found = estate.reconciled()
        assert found.cis.keys() == before.keys()
        for ci, each in before.items():
            assert each.get("attributes", {}).keys() <= found.cis[ci].get("attributes", {}).keys()
        for ci, each in found.cis.items():
            if "os" in emptied and any((known, native) in told for known, native in each["seen_as"]):
                believed = found.beliefs[ci]["os"]
                assert not believed.fresh or believed.source != source or believed.untold_since is None
    estate.run(source, scope, listing, True, 0)
    assert {ci: each.get("attributes") for ci, each in estate.reconciled().cis.items()} == {
        ci: each.get("attributes") for ci, each in before.items()
    }


def two_that_disagree(first: Any, second: Any, turns: list[str]) -> None:
    """Two sources that say different things of the same hosts, in turn, each hour: what is believed stays."""
    estate = Estate()
    listing = {"aws": first, "nmap_sweep": second}
    for source in listing:
        estate.run(source, "all", listing[source], True, 0)
    believed = {ci: (each["name"], each.get("attributes")) for ci, each in estate.reconciled().cis.items()}
    for turn in turns:
        estate.now += timedelta(hours=1)
        estate.run(turn, "all", listing[turn], True, 0)
        found = {ci: (each["name"], each.get("attributes")) for ci, each in estate.reconciled().cis.items()}
        assert found == believed


def the_clock_set_back(history: Any, source: str, scope: str, listing: Any, days: int) -> None:
    """No CI grows old by it; and once it is right again, all is as if it had always been."""
    wrong, right = after(history), after(history)
    for estate in (wrong, right):
        estate.run(source, scope, listing, False, 0)
    before = _statuses(wrong)
    wrong.run(source, scope, listing, False, -days)
    worse = {ci for ci, status in _statuses(wrong).items() if _AGE[status] > _AGE[before.get(ci)]}
    assert not worse
    wrong.run(source, scope, listing, False, days)
    for _ in range(2):
        right.run(source, scope, listing, False, 0)
    assert shown(wrong.reconciled()) == shown(right.reconciled())


def a_moment_before_which_nothing_changes(history: Any, minutes: int) -> None:
    """Until the first moment that is told as due, time alone changes nothing."""
    estate = after(history)
    world, before = estate.world(), shown(estate.reconciled())
    due = due_of(world.observations, estate.coverages, RULES, estate.now)
    until = min((moment for moment in due.values() if moment is not None), default=None)
    now = estate.now + timedelta(minutes=minutes)
    if until is None or now < until:
        assert shown(estate.reconciled(now=now)) == before


def what_comes_out_can_be_written(history: Any) -> None:
    """Ends that are there, groups whose members suffice, and no group without relations."""
    found = after(history).reconciled()
    living = {ci for ci, each in found.cis.items() if each.get("status") != "retired"}
    members: dict[tuple[str, str], set[str]] = {}
    for relation in found.relations.values():
        assert {relation["source"], relation["target"]} <= living
        assert 0 < relation.get("confidence", 1.0) <= 1
        if "group" in relation:
            members.setdefault((relation["source"], relation["group"]), set()).add(relation["target"])
    for group in found.groups.values():
        assert len(members[group["item"], group["name"]]) >= group["needs"]
    assert members.keys() == {(group["item"], group["name"]) for group in found.groups.values()}


_AGE = {None: 1, "proposed": 1, "missing": 2, "retired": 3}
"""A CI without a status is active."""


def _statuses(estate: Estate) -> dict[str, str | None]:
    return {ci: each.get("status") for ci, each in estate.reconciled().cis.items()}


_sources, _chance = st.sampled_from(SOURCES), st.randoms(use_true_random=False)
_things = st.builds(Thing, _sources, st.sampled_from("1234"))
_decided = st.lists(st.builds(Decided, st.booleans(), _things, _things), max_size=3)


def _inner(test: Any) -> Callable[..., None]:
    check: Callable[..., None] = test.hypothesis.inner_test
    return check


PROPERTIES = {
    "the order of observations and decisions does not matter to who is who": Property(
        _inner(identification.test_the_order_of_runs_does_not_matter),
        (identification.estates, identification.decisions, _chance),
    ),
    "the order of observations does not matter": Property(the_order_in_which_observations_stand, (runs, _chance)),
    "the order of runs does not matter": Property(
        the_order_of_runs_of_one_moment,
        (st.permutations(SOURCES), st.fixed_dictionaries(dict.fromkeys(SOURCES, listings))),
    ),
    "the same run twice changes nothing": Property(the_same_run_twice, (runs,)),
    "two records of one source never become one thing": Property(
        _inner(identification.test_every_thing_is_one_ci_and_no_source_is_contradicted),
        (identification.estates, identification.decisions),
    ),
    "two records of one source never become one CI": Property(two_records_of_one_source, (runs, _decided)),
    "what a person keeps apart stays apart": Property(
        _inner(identification.test_what_a_person_keeps_apart_stays_apart),
        (identification.estates, identification.decisions),
    ),
    "a person's edit always wins": Property(a_persons_value, (runs, st.sampled_from("1234"))),
    "an unrelated source changes nothing else": Property(an_unrelated_source, (runs, listings)),
    "a failed scope retires nothing": Property(
        a_failed_scope, (runs, _sources, SCOPES, st.lists(st.integers(0, 40), max_size=3))
    ),
    "merge then split is the identity": Property(
        merge_then_split, (identification.estates, identification.things, identification.things)
    ),
    "a value that a source leaves out is kept": Property(
        a_value_left_out,
        (runs, _sources, SCOPES, listings, st.sets(st.sampled_from(["os", "team"]), min_size=1), st.booleans()),
    ),
    "two sources that disagree do not flip": Property(
        two_that_disagree, (listings, listings, st.lists(st.sampled_from(["aws", "nmap_sweep"]), max_size=8))
    ),
    "the clock set back ages nothing": Property(
        the_clock_set_back, (runs, _sources, SCOPES, listings, st.integers(1, 60))
    ),
    "until the moment that is due nothing changes": Property(
        a_moment_before_which_nothing_changes, (runs, st.integers(0, 60 * 24 * 5))
    ),
    "what comes out can be written": Property(what_comes_out_can_be_written, (runs,)),
}
