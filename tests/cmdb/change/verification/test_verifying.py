"""The desk of verifications and that of drift, at work at the same time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cmdb.chain import START
from cmdb.change.verification import dispositions, samples, verifying
from cmdb.change.verification.sealing import hash_of
from cmdb.configuration import baselines, measuring, register, search
from cmdb.model.change import ChangeState, Effect, Target
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.finding import FINDINGS
from cmdb.model.health import Measure
from cmdb.model.verification import VERIFICATIONS, Outcome
from cmdb.ports.errors import WrittenMeanwhile
from tests.builders import a_change, a_window, add, as_actor, observed, the_context


@pytest.fixture
def drifted():
    """An approved baseline of two hosts, of which one has drifted since, and the row that says so."""
    context = the_context()
    observed(context, web1="Debian 12", web2="Debian 12")
    baselines.create(context, "servers", ci_class="server")
    baselines.approve(as_actor(context, "change_manager", "manager"), "servers")
    context.clock.forward(hours=1)
    observed(context, web1="Debian 13", web2="Debian 12")
    return context, verifying.verify(context, "servers").record.rows[0]


def open_findings(context):
    """The codes of what a person should look at."""
    return [each.code for each in context.records.find(FINDINGS) if each.closed_at is None]


def test_what_is_accepted_while_a_verification_looks_is_not_found_again(drifted):
    """It looks anew: what it writes never goes over a decision it did not see."""
    context, row = drifted
    told = []

    def meanwhile(step, _):
        if step == "write" and not told:
            told.append(dispositions.accept(context, "servers", [row.id], reason="the night of the outage"))

    assert verifying.verify(context, "servers", progress=meanwhile).record.rows == ()
    assert told
    assert open_findings(context) == []


def test_a_verification_that_is_overtaken_each_time_says_so(drifted):
    """Somebody who decides for ever does not keep a worker for ever."""
    context, _ = drifted

    def always(step, _):
        if step == "write":
            baselines.create(context, context.new_id(VERIFICATIONS), ci_class="server")

    with pytest.raises(WrittenMeanwhile):
        verifying.verify(context, "servers", progress=always)


def test_a_decision_about_a_verification_that_is_no_longer_the_newest_is_refused(drifted, monkeypatch):
    """Else the newer one would show as open what has been decided, and nobody would see that the baseline moved on."""
    context, row = drifted
    looked = dispositions._wanted

    def then_verified(*asked):
        found = looked(*asked)
        verifying.verify(context, "servers")
        return found

    monkeypatch.setattr(dispositions, "_wanted", then_verified)
    for decide in (dispositions.accept, dispositions.revert):
        with pytest.raises(WrittenMeanwhile):
            decide(context, "servers", [row.id], reason="nobody asked for it")
    assert [each.id for each in dispositions.drift(context, "servers")] == [row.id]


def test_only_the_first_verification_of_a_baseline_begins_its_chain(drifted):
    """One that claims to be the first has left out those before it, however right its own hash is."""
    context, _ = drifted
    second = verifying.verify(context, "servers").record
    assert verifying.check(context, second.id).sound
    forged = replace(second, id="VER-9", previous=START, hash="")
    forged = replace(forged, hash=hash_of(VERIFICATIONS, forged))
    context.records.put(VERIFICATIONS, forged, because="test")
    found = verifying.check(context, "VER-9")
    assert (found.hash_right, found.chained, found.sound) == (True, False, False)


def test_what_a_person_saw_for_a_verification_counts_for_health_until_the_ci_is_changed(drifted):
    """A sample of an audit or of a verification: somebody looked, and it was right or wrong."""
    context, _ = drifted
    auditor = as_actor(context, "auditor", "auditor")
    made = verifying.verify(context, "servers").record
    samples.enter(auditor, made.id, "dc1:web1", right=True)
    samples.enter(auditor, made.id, "dc1:web2", right=False, note="it has 16 GB")
    correctness = measuring.summary(context).all.measures["correctness"]
    assert (correctness.asked, correctness.faulty) == (2, 1)
    (fault,) = measuring.faults(context, measure=Measure.CORRECTNESS).rows
    assert (fault.ci, fault.facts) == ("dc1:web2", {"sample": made.id, "note": "it has 16 GB"})
    register.set_ci(context, "dc1:web2", {"attributes": {"os": "Debian 13"}})
    assert measuring.summary(context).all.measures["correctness"].faulty == 0


def test_a_ci_that_was_to_be_retired_and_is_still_seen_is_told(drifted):
    """Retiring is a promise of its own: nobody has to declare that the CI is gone afterwards."""
    context, _ = drifted
    web1, web2 = (held.record.id for held in search.list_cis(context, ci_class="server", order="name").rows)
    window = a_window("2026-03-02T14:00Z", minutes=30)
    done = {"state": ChangeState.CLOSED, "outcome": ChangeOutcome.SUCCESS, "window": window}
    add(context, a_change(Target(web1, Effect.RETIRE), id="CHG-1", **done))
    add(context, a_change(Target(web2, Effect.RETIRE), id="CHG-2", **{**done, "outcome": ChangeOutcome.BACKED_OUT}))
    context.clock.forward(hours=3)
    observed(context, web1="Debian 13", web2="Debian 12")
    told = verifying.verify(context, "servers").record.expectations
    assert [(each.change, each.ci, each.field, each.outcome) for each in told] == [
        ("CHG-1", web1, "/status", Outcome.NOT_SEEN)
    ]
