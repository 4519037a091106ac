"""The whole way on a real estate: the Wikimedia production hosts, services and pools."""

from __future__ import annotations

import gzip
import json
from collections import Counter

import pytest

from cmdb.change import changes, decisions
from cmdb.model.ci import CIS
from cmdb.model.group import GROUPS
from cmdb.model.outcome import Outcome
from cmdb.model.relation import RELATIONS
from cmdb.ports.store import Put
from impact.questions.assess import assess
from impact.questions.impact import impact_of
from impact.questions.replay import replay
from tests.builders import a_back_out, a_window, as_actor, the_context


@pytest.fixture(scope="module")
def wikimedia(data):
    """A store that holds the estate as its document says, in one revision."""
    with gzip.open(data / "wikimedia" / "estate.json.gz") as stream:
        estate = json.load(stream)
    context = the_context()
    kinds = (("items", CIS), ("relations", RELATIONS), ("groups", GROUPS))
    puts = (Put(kind, document) for part, kind in kinds for document in estate[part])
    context.store.apply(puts, txn_id="estate", actor="importer", reason="estate:imported")
    return context


def test_a_rolling_reboot_of_the_busiest_hosts_is_decided_and_proved(wikimedia):
    """Forty hosts, five minutes each, one after the other: every minute accounted for, approved, and proved again."""
    used = Counter(relation.target for relation in wikimedia.records.find(RELATIONS))
    hosts = [ci for ci, _ in sorted(used.items(), key=lambda pair: (-pair[1], pair[0])) if ci.startswith("host:")][:40]
    targets = [f'"{host}",effect=restart,offset={5 * place},minutes=5' for place, host in enumerate(hosts)]
    raised = changes.new(
        wikimedia,
        title="Reboot forty hosts",
        reason="Kernel",
        targets=targets,
        window=a_window(minutes=480),
        back_out=a_back_out(),
    ).record
    changes.submit(wikimedia, raised.id)
    made = assess(wikimedia, raised.id).record
    assert len(made.phases) == 41
    assert len(made.services) + made.unaffected == 136
    assert made.services
    for service in made.services:
        assert sum(service.minutes.values()) == 480
        assert service.reason[-1] == service.id
    decided = decisions.approve(as_actor(wikimedia, "cab_member"), raised.id).record
    assert decided.assessment_hash == made.hash
    assert replay(wikimedia, raised.id).differences == ()


def test_a_change_on_both_sites_of_a_pool_takes_its_service_down_like_the_plain_question_says(wikimedia):
    """An assessment of one phase agrees with the impact question for the same CIs, service by service."""
    relations = wikimedia.records.find(RELATIONS)
    members = sorted({r.target for r in relations if r.source.startswith("service:apertium@")})
    raised = changes.new(
        wikimedia, title="Power down", reason="Power", targets=[f'"{m}"' for m in members], window=a_window()
    ).record
    changes.submit(wikimedia, raised.id)
    made = assess(wikimedia, raised.id).record
    plain = impact_of(wikimedia, members)
    assert {s.id: (s.outcome.value, s.reason, s.new_single_points, s.margin) for s in made.services} == {
        s.id: (s.outcome.value, s.reason, s.new_single_points, s.margin) for s in plain.services
    }
    assert (made.down, made.degraded, made.unaffected) == (plain.down, plain.degraded, plain.unaffected)
    assert any(service.outcome is Outcome.DOWN for service in made.services)
    assert "service_down_without_back_out" in made.reasons
