"""A run that changes nothing writes its coverage alone; whatever might make it change something is noticed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from cmdb.configuration import classes, discovery_rules, identity, register
from cmdb.configuration.observing import settle, take
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.ci_class import CIClass
from cmdb.model.coverage import COVERAGES
from cmdb.model.observation import OBSERVATIONS, Identifier, Observation
from cmdb.model.reconciliation import RECONCILIATIONS
from tests.builders import the_context

WEB = {"name": "web1", "serial": "Acme|S1", "ip": "10.0.0.1", "os": "debian", "listens": ["nginx:80"]}
DB = {"name": "db1", "serial": "Acme|S2", "ip": "10.0.0.2", "listens": ["postgres:5432"]}
DISCOVERY = ("ci", "relation", "group", "observation", "finding", COVERAGES.name, RECONCILIATIONS.name)


@pytest.fixture
def dc1(paper):
    """A source that was run, and has nothing new to tell."""
    source = paper()
    source.write("row1", WEB, DB)
    source.run()
    return source


def written_by(source, act):
    """The documents of discovery that an act writes, as (kind, key)."""
    before = source.context.store.revision()
    act()
    revisions = source.context.store.changes(before)
    return [(each.kind, each.key) for some in revisions for each in some.entries if each.kind in DISCOVERY]


def status(source, ci):
    return source.context.records.get(CIS, ci).status


def test_nothing_but_the_coverage_is_written(dc1):
    """An hour later, and another."""
    for _ in range(3):
        dc1.context.clock.forward(hours=1)
        assert written_by(dc1, dc1.run) == [("coverage", "dc1")]


def test_runs_of_two_sources_leave_each_other_alone(dc1, paper):
    """Each writes its own coverage, in turn."""
    other = paper("dc2")
    other.write("all", {"name": "elsewhere"})
    other.run()
    for _ in range(3):
        dc1.context.clock.forward(hours=1)
        assert written_by(dc1, dc1.run) == [("coverage", "dc1")]
        assert written_by(other, other.run) == [("coverage", "dc2")]


def test_what_a_person_enters_is_known_again_by_the_next_run(dc1):
    """Though the source tells nothing new."""
    register.add_ci(dc1.context, id="srv:web", ci_class="server", attributes={"vendor": "Acme", "serial_number": "S1"})
    dc1.run()
    assert dc1.context.records.get(CIS, "srv:web").seen_as == (("dc1", "web1"),)


def test_a_retired_ci_is_noticed_by_the_next_run(dc1):
    """A person retired it, and it is alive."""
    register.retire_ci(dc1.context, ["dc1:db1"], allow_broken_groups=True)
    assert "finding" in {kind for kind, _ in written_by(dc1, dc1.run)}


def test_new_rules_count_from_the_next_run_on(dc1):
    """Whoever only proposes by them does so."""
    text = f'format = "{discovery_rules.FORMAT}"\nproposing = ["dc1"]\n'
    discovery_rules.set_rules(dc1.context, text.encode())
    dc1.run()
    assert status(dc1, "dc1:web1") is CIStatus.PROPOSED


def test_what_comes_in_is_judged_by_the_rules_and_classes_that_hold_when_it_is_written():
    """Set while a run compares, they count in that run: what it found by others is not written."""
    context = the_context(role="administrator")
    host = Observation("", "row1", "web1", "web_host", "web1", identifiers=(Identifier("serial", "Acme|S1"),))

    def meanwhile(change):
        told = []

        def progress(step, _):
            if step == "write" and not told:
                told.append(change())

        return progress

    rules = b'format = "foreshock-discovery-rules/1"\nproposing = ["dc1"]\n'
    take(
        context,
        "dc1",
        "paper",
        [replace(host, ci_class="server")],
        {"row1"},
        run="r1",
        progress=meanwhile(lambda: discovery_rules.set_rules(context, rules)),
    )
    assert context.records.get(CIS, "dc1:web1").status is CIStatus.PROPOSED
    classes.define_class(context, CIClass("web_host", parent="server", description="A host of the web."))
    gone = meanwhile(lambda: classes.retire_class(context, "web_host"))
    take(context, "dc2", "paper", [replace(host, native_id="w1")], {"row1"}, run="r2", progress=gone)
    assert not [each.id for each in context.records.find(CIS) if each.ci_class == "web_host"]


def test_what_grows_old_with_time_does_so_though_nothing_new_is_told(dc1):
    """A host that is no longer listed is missing after ten days and seven readings, all of them the same."""
    dc1.write("row1", WEB)
    dc1.run(may_lose=["row1"])
    for _ in range(10):
        assert status(dc1, "dc1:db1") is CIStatus.ACTIVE
        dc1.context.clock.forward(days=1)
        dc1.run()
    assert status(dc1, "dc1:db1") is CIStatus.MISSING


def test_a_source_that_is_no_longer_fresh_is_noticed_by_another(dc1, paper):
    """What one said past its time to live falls below what the other says, at a run of the other."""
    other = paper("dc2")
    other.write("all", {**WEB, "os": "ubuntu"})
    other.run()
    assert dc1.context.records.get(CIS, "dc1:web1").attributes["os"] == "debian"
    for _ in range(25):
        dc1.context.clock.forward(hours=1)
        other.run()
    assert dc1.context.records.get(CIS, "dc1:web1").attributes["os"] == "ubuntu"
    dc1.run()
    assert dc1.context.records.get(CIS, "dc1:web1").attributes["os"] == "debian"


def test_a_clock_that_was_set_back_is_no_reason_to_look_away(dc1):
    """All is compared, and nothing changes."""
    dc1.context.clock.forward(days=-40)
    came = list(dc1.context.records.find(OBSERVATIONS))
    written = written_by(dc1, lambda: take(dc1.context, "dc1", "paper", came, {"row1"}, run="back"))
    assert {kind for kind, _ in written} == {"coverage", "reconciliation"}
    assert status(dc1, "dc1:web1") is CIStatus.ACTIVE


def test_a_decision_taken_back_is_not_forgotten(dc1, paper):
    """A merge and its end are settled at once; the runs after them have nothing to add."""
    other = paper("dc2")
    other.write("all", {"name": "srv-17"})
    other.run()
    decision, _ = identity.merge(dc1.context, "dc2:srv-17", "dc1:web1")
    identity.revoke(dc1.context, decision.id)
    dc1.run()
    left = settle(dc1.context, dry_run=True)
    assert (left.differences, left.opened, left.closed) == ((), (), ())


def test_a_host_renamed_and_addressed_anew_at_once_stays_itself(dc1):
    """By its serial number it is the same: it keeps its id and what people said of it, and nobody takes its place."""
    register.set_ci(dc1.context, "dc1:web1", {"attributes": {"owner": "team shop"}})
    dc1.write("row1", {**WEB, "name": "web9", "ip": "10.0.0.9"}, DB)
    dc1.run()
    ci = dc1.context.records.get(CIS, "dc1:web1")
    assert ci.attributes["owner"] == "team shop"
    left = settle(dc1.context, dry_run=True)
    assert left.differences == ()


def test_a_target_that_fails_is_no_change(dc1):
    """Its scope stays unread, and nothing else is written."""
    file = dc1.folder / "row1.json"
    kept = json.loads(file.read_text())
    dc1.write("row1", fail="Unreadable")
    assert written_by(dc1, dc1.run) == [("coverage", "dc1")]
    file.write_text(json.dumps(kept))
    assert written_by(dc1, dc1.run) == [("coverage", "dc1")]
