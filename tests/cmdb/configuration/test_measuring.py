"""The desk of health: what is read from the store, the days that are kept, and the samples people judge."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from cmdb.configuration import discovery_rules, measuring, register, sampling
from cmdb.configuration.observing import take
from cmdb.errors import InvalidInput, NotAllowed, NotFound
from cmdb.model.audit_sample import AUDIT_SAMPLES
from cmdb.model.finding import FINDINGS
from cmdb.model.health import HEALTH_MEASUREMENTS, Measure
from cmdb.model.identity import IDENTITY_DECISIONS, IdentityDecision
from cmdb.model.observation import Identifier, Observation
from cmdb.ports.errors import VersionConflict
from tests.builders import a_ci, a_service, as_actor, depends, the_context

SERIAL = (Identifier("serial", "Acme|S1"),)
RULES = b'format = "foreshock-discovery-rules/1"\n[hours_to_live]\ndc1 = 24\ndc2 = 72\n'


def host(name, **more):
    """Something that a source sees."""
    return Observation("", "row1", name, "server", name, **more)


def codes(context, **wanted):
    """Return the CIs with their faults, as far as asked for."""
    return [(each.ci, each.code) for each in measuring.faults(context, **wanted).rows]


@pytest.fixture
def seen():
    """Two sources, of which one is believed for a day and the other for three; both have seen web1."""
    context = the_context(role="administrator")
    discovery_rules.set_rules(context, RULES)
    take(context, "dc1", "files", [host("web1", identifiers=SERIAL), host("web2")], {"row1"}, run="r1")
    take(context, "dc2", "files", [host("w-1", identifiers=SERIAL)], {"row1"}, run="r2")
    return context


def test_freshness_is_measured_against_what_the_rules_give_each_source(seen):
    """A CI is fresh as long as one source's word lives; gone is another thing than old."""
    asked = {"measure": Measure.FRESHNESS}
    assert codes(seen, **asked) == []
    seen.clock.forward(hours=25)
    assert codes(seen, **asked) == [("dc1:web2", "freshness.stale")]
    seen.clock.forward(hours=48)
    assert codes(seen, **asked) == [("dc1:web1", "freshness.stale"), ("dc1:web2", "freshness.stale")]
    facts = measuring.faults(seen, **asked).rows[0].facts
    assert (facts["source"], facts["hours"], facts["at"]) == ("dc2", 72.0, "2026-03-02T12:00:00Z")
    take(seen, "dc1", "files", [host("web1", identifiers=SERIAL)], {"row1"}, run="r3", may_lose={"row1"})
    assert codes(seen, **asked) == [("dc1:web2", "freshness.gone")]


def test_an_open_finding_and_a_likeness_are_duplicates_until_a_person_decides(seen):
    """What people entered twice is found without any source; kept apart, it is not asked about again."""
    twins = {"vendor": "Acme", "serial_number": "S7"}
    for name in ("db1", "db2"):
        register.add_ci(seen, id=name, ci_class="server", name=name, attributes=twins)
    asked = {"measure": Measure.DUPLICATES}
    assert codes(seen, **asked) == [("db1", "duplicates.possible"), ("db2", "duplicates.possible")]
    now = seen.clock.now()
    apart = IdentityDecision("IDD-1", False, ("", "db1"), ("", "db2"), "engineer", now)
    seen.records.put(IDENTITY_DECISIONS, apart, because="identity:keep_apart")
    assert codes(seen, **asked) == []
    seen.records.put(IDENTITY_DECISIONS, replace(apart, revoked_at=now, revoked_by="x"), because="identity:revoke")
    # Without a decision discovery asks as well, and then its finding is what to decide.
    take(seen, "dc1", "files", [host("web1", identifiers=SERIAL), host("web2")], {"row1"}, run="r4")
    found = measuring.faults(seen, **asked).rows
    assert [(each.ci, each.code) for each in found] == [("db1", "duplicates.doubted"), ("db2", "duplicates.doubted")]
    assert seen.records.get(FINDINGS, found[0].facts["finding"]).code == "identity.vetoed"


def test_faults_are_paged_and_narrowed_down():
    """Pages in the order of the CIs, each continuing the last, whatever was written meanwhile."""
    several = [a_ci(f"web{n}", attributes={"owner": "web"}) for n in range(5)]
    context = the_context(*several, a_ci("team", "team"), a_service("shop", tier=None), role="administrator")
    every, after = [], None
    while True:
        page = measuring.faults(context, after=after, limit=4)
        assert page.total == 17
        every += [each.key for each in page.rows]
        after = page.after
        if after is None:
            break
    assert len(every) == 17
    assert every == sorted(set(every))
    assert {ci for ci, _ in codes(context, ci_class="hardware")} == {f"web{n}" for n in range(5)}
    assert {ci for ci, _ in codes(context, owner="")} == {"shop"}
    assert codes(context, ci_class="team") == []
    begun = measuring.faults(context, limit=1)
    register.add_ci(context, id="a-new-one", ci_class="server", name="new")
    assert measuring.faults(context, after=begun.after, limit=1).rows[0].key == every[1]


@pytest.mark.parametrize("after", ["", "x", "[]", "[1,2,3]", '["a","b"]', "{}", "[" * 100_000])
def test_a_place_that_is_none_is_refused(after):
    """A made-up cursor is told to be one."""
    with pytest.raises(InvalidInput):
        measuring.faults(the_context(role="viewer"), after=after)


def test_what_is_not_there_or_not_allowed_is_refused():
    """A class, a way to tell, and acts of others."""
    viewer = the_context(role="viewer")
    with pytest.raises(NotFound):
        measuring.faults(viewer, ci_class="serverr")
    with pytest.raises(InvalidInput):
        measuring.summary(viewer, by="colour")
    for act in (measuring.measure, lambda context: sampling.draw(context, 1), lambda c: sampling.judge(c, "SMP-1", [])):
        with pytest.raises(NotAllowed):
            act(viewer)


def test_a_day_is_kept_once_and_for_400_days():
    """Measured again, a day is replaced; what is too old goes; figures only, no id of any CI."""
    context = the_context(a_ci("a-name-not-to-be-kept"), role="administrator")
    first = measuring.measure(context)
    register.add_ci(context, id="web2", ci_class="server", name="web2")
    again = measuring.measure(context)
    assert (first.id, first.all.cis) == ("2026-03-02", 1)
    assert (again.id, again.all.cis) == ("2026-03-02", 2)
    assert [each.all for each in measuring.trend(context)] == [again.all]
    context.clock.forward(days=1)
    measuring.measure(context)
    assert [each.id for each in measuring.trend(context)] == ["2026-03-02", "2026-03-03"]
    assert [each.id for each in measuring.trend(context, since=context.clock.now())] == ["2026-03-03"]
    context.clock.forward(days=measuring.KEPT_DAYS - 1)
    measuring.measure(context)
    assert [each.id for each in measuring.trend(context)] == ["2026-03-03", "2027-04-06"]
    stored = context.store.get(HEALTH_MEASUREMENTS, "2027-04-06").document
    assert "a-name-not-to-be-kept" not in json.dumps(stored)
    assert stored["by_class"]["server"]["cis"] == 2


def test_of_many_owners_a_day_keeps_the_largest_and_counts_the_rest():
    """A record stays small, and says what it leaves out."""
    owned = [a_ci(f"ci{n}", attributes={"owner": f"team{n}"}) for n in range(measuring.PARTS_KEPT + 7)]
    made = measuring.measure(the_context(*owned, a_ci("two", attributes={"owner": "team106"}), role="administrator"))
    assert len(made.by_owner) == measuring.PARTS_KEPT
    assert made.by_owner["team106"].cis == 2
    assert made.left_out == 7


# samples -------------------------------------------------------------------------------------------------------------
def test_a_sample_is_drawn_judged_and_says_how_much_is_right():
    """The same seed draws the same; what was wrong is a fault until the CI is changed, the estimate stays."""
    estate = [a_ci(f"web{n}") for n in range(20)]
    context = the_context(*estate, *depends("web1", "web2"), role="engineer")
    sample = sampling.draw(context, 4, seed=7).record
    assert sampling.draw(context, 4, seed=7).record.judgements == sample.judgements
    assert (sample.id, sample.population, sample.judged) == ("SMP-1001", 20, 0)
    one, *others = [each.ci for each in sample.judgements]
    assert measuring.summary(context).audited is None
    told = [sampling.Result(one, False, "it is gone"), *(sampling.Result(ci, True) for ci in others)]
    auditor = as_actor(context, "auditor")
    judged = sampling.judge(auditor, sample.id, told).record
    assert (judged.judged, judged.right, judged.judgements[0].judged_by) == (4, 3, "auditor")
    audited = measuring.summary(context).audited
    assert (audited.sample, audited.right, audited.judged, audited.low, audited.high) == (
        "SMP-1001",
        3,
        4,
        0.3006,
        0.9544,
    )
    assert codes(context, measure=Measure.CORRECTNESS) == [(one, "correctness.wrong")]
    register.set_ci(context, one, {"attributes": {"owner": "web"}})
    assert codes(context, measure=Measure.CORRECTNESS) == []
    assert measuring.summary(context).audited == audited
    assert measuring.summary(context).all.measures["correctness"].asked == 3


def test_a_sample_may_be_of_a_class_or_an_owner_and_then_speaks_for_no_more():
    """What a sample of switches says is not said of all."""
    owned = [a_ci(f"sw{n}", "switch", attributes={"owner": "net"}) for n in range(3)]
    context = the_context(*owned, a_ci("web1"), role="engineer")
    switches = sampling.draw(context, 10, ci_class="network_device").record
    assert {each.ci for each in switches.judgements} == {"sw0", "sw1", "sw2"}
    sampling.judge(context, switches.id, [sampling.Result("sw0", True)])
    assert measuring.summary(context).audited is None
    assert sampling.draw(context, 10, owner="").record.population == 1
    with pytest.raises(sampling.NothingToDraw):
        sampling.draw(context, 10, owner="nobody")


def test_what_can_not_be_drawn_or_judged_is_refused_whole():
    """All faults at once, and nothing is written."""
    context = the_context(a_ci("web1"), a_ci("web2"), role="engineer")
    for size, seed in ((0, None), (-1, 3), (1001, None), (1, -1), (1, 2**31)):
        with pytest.raises(InvalidInput):
            sampling.draw(context, size, seed=seed)
    with pytest.raises(NotFound):
        sampling.draw(context, 1, ci_class="serverr")
    held = sampling.draw(context, 2)
    wrong = [sampling.Result("web1", True), sampling.Result("web1", False), sampling.Result("ghost", True, "x" * 1001)]
    with pytest.raises(InvalidInput) as refused:
        sampling.judge(context, held.record.id, wrong)
    assert [each.code for each in refused.value.problems] == ["sample.twice", "sample.not_drawn", "sample.long_note"]
    with pytest.raises(InvalidInput):
        sampling.judge(context, held.record.id, [])
    with pytest.raises(VersionConflict):
        sampling.judge(context, held.record.id, wrong[:1], expected_version=9)
    with pytest.raises(NotFound):
        sampling.judge(context, "SMP-9", wrong[:1])
    assert context.records.held(AUDIT_SAMPLES, held.record.id).version == 1


def test_a_retired_ci_is_neither_judged_nor_counted():
    """What was found of it stays in its sample."""
    context = the_context(a_ci("web1"), a_ci("web2"), role="engineer")
    sample = sampling.draw(context, 2).record
    sampling.judge(context, sample.id, [sampling.Result("web1", False), sampling.Result("web2", True)])
    register.retire_ci(context, ["web1"])
    found = measuring.summary(context)
    assert found.all.cis == 1
    assert found.all.measures["correctness"].faulty == 0
    assert (found.audited.right, found.audited.judged) == (1, 2)
