"""Any store carries baselines, verifications and what is decided of them: one story from approval to acceptance."""

from __future__ import annotations

import pytest

from cmdb.change import retention
from cmdb.change.verification import dispositions, samples, verifying
from cmdb.change.verification.sealing import HmacSigner
from cmdb.configuration import baselines
from cmdb.context import Context
from cmdb.model.change import CHANGES
from cmdb.model.finding import FINDINGS
from cmdb.model.verification import Judgement
from tests.builders import TestClock, an_actor, observed

SIGNER = HmacSigner(b"0123456789abcdef")


@pytest.fixture
def people(place):
    """A function that gives the store into the hands of somebody with a role; the clock is one for all."""
    clock = TestClock()
    place.options["clock"] = clock.now
    store = place.open()
    return lambda role: Context(store, store.coordination, clock, an_actor(role, role))


def test_drift_is_found_decided_and_sealed(people):
    """What is found, what is decided, and what it cites outlives the history around it."""
    engineer, manager, admin = people("engineer"), people("change_manager"), people("administrator")
    observed(engineer, web1="Debian 12", web2="Debian 12")
    baselines.create(engineer, "servers", ci_class="server")
    baselines.approve(manager, "servers")
    engineer.clock.forward(hours=1)
    observed(engineer, web1="Debian 13", web2="Debian 12")
    first = verifying.verify(engineer, "servers", signer=SIGNER).record
    (row,) = first.rows
    assert (row.judgement, row.difference.after, row.sighted.sources) == (Judgement.UNAUTHORISED, "Debian 13", ("dc1",))
    retention.let_go(admin, engineer.store.revision())
    engineer.clock.forward(hours=1)
    second = verifying.verify(engineer, "servers", signer=SIGNER).record
    assert [each.id for each in second.rows] == [row.id]
    assert second.previous == first.hash
    found = verifying.check(engineer, second.id, signer=SIGNER)
    assert (found.sound, found.signature, found.cited) == (True, "valid", True)
    made = dispositions.accept(engineer, "servers", [row.id], reason="the night of the outage")
    assert engineer.records.get(CHANGES, made.change).retrospective
    assert verifying.verify(engineer, "servers").record.rows == ()
    assert all(each.closed_at is not None for each in engineer.records.find(FINDINGS))
    samples.enter(engineer, second.id, "dc1:web1", right=True)
    assert samples.conclude(engineer, second.id, signer=SIGNER).record.checked == 1
    assert engineer.store.check() == ()
