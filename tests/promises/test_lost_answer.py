"""A commit whose answer is lost is neither lost nor doubled, wherever the wire was cut."""

from __future__ import annotations

from contextlib import closing

import pytest

from cmdb.errors import Family, ForeshockError
from tests.promises.places import open_at
from tests.promises.proxy import Proxy
from tests.promises.workers import Faults, batch, insist

MOMENTS = ("answered", "at once", "before")


class Cuts:
    """Once armed: every second commit is cut, at each of the moments in turn, ``number`` times."""

    def __init__(self, number: int) -> None:
        self.left = number
        self.armed = False

    def __call__(self, commit: int) -> str | None:
        if not self.armed or not self.left or commit % 2:
            return None
        self.left -= 1
        return MOMENTS[self.left % 3]


def cut_off(neo4j, promise, cuts):
    kept = promise("a lost commit answer", f"0 doubled, 0 lost in {cuts} cut connections", "Neo4j")
    plan, revisions, number = Cuts(cuts), [], 0
    with Proxy(neo4j.address, plan) as proxy:
        with closing(open_at(proxy.address)) as store:
            insist(store, batch(0, number := 1), "w0-1")
            plan.armed = True
            while plan.left:
                number += 1
                revisions.append(insist(store, batch(0, number), f"w0-{number}").revision)
        assert proxy.cuts == cuts
    faults = Faults()
    with closing(neo4j.open()) as store:
        faults.find(store, [number, 0, 0, 0], check=True)
        repeated = store.apply(batch(0, number), txn_id=f"w0-{number}", actor="a", reason="r")
    kept.seen("{doubled} doubled, {lost} lost, {torn} torn".format(**faults.found) + f" in {proxy.cuts} cuts")
    assert set(faults.found.values()) == {0}
    assert revisions == list(range(2, number + 1))
    assert repeated.repeated


def claims(neo4j, promise, slots):
    kept = promise("a job never starts twice, its claim's answer lost", f"0 twice in {slots} cut connections", "Neo4j")
    plan, mine, others = Cuts(slots), set(), set()
    with (
        Proxy(neo4j.address, plan) as proxy,
        closing(neo4j.open()) as direct,
        closing(open_at(proxy.address)) as store,
    ):
        slot = 0
        plan.armed = True
        while plan.left:
            slot += 1
            if claimed(store, slot):
                mine.add(slot)
            if direct.coordination.claim_run("job", str(slot)):
                others.add(slot)
    neither = slot - len(mine | others)
    kept.seen(f"{len(mine & others)} twice in {proxy.cuts} cuts of {slot} claims; {neither} claimed and not started")
    assert not mine & others


def claimed(store, slot):
    """Claim as a scheduler does: what it is not told to be its own, it does not start."""
    try:
        return store.coordination.claim_run("job", str(slot))
    except ForeshockError as error:
        if error.family is Family.RETRY:
            return False
        raise


def test_ten_cut_connections_lose_and_double_nothing(neo4j, promise):
    """The short form."""
    cut_off(neo4j, promise, 10)


@pytest.mark.promises
def test_a_hundred_cut_connections_lose_and_double_nothing(neo4j, promise):
    """As promised."""
    cut_off(neo4j, promise, 100)


def test_ten_cut_claims_start_nothing_twice(neo4j, promise):
    """The short form."""
    claims(neo4j, promise, 10)


@pytest.mark.promises
def test_a_hundred_cut_claims_start_nothing_twice(neo4j, promise):
    """The full form."""
    claims(neo4j, promise, 100)
