"""One change for many targets: waves that lose no service, as steps and offsets of the change that is raised."""

from __future__ import annotations

import pytest

from cmdb.errors import InvalidInput, NotAllowed
from cmdb.model.change import BackOut, Effect
from cmdb.model.mitigation import NeverOut, Wave
from impact.questions.assess import assess
from impact.questions.bulk import bulk
from tests.builders import a_server, a_service, as_actor, depends, needs, the_context

PAIRS = [(f"pair{n}", f"a{n}", f"b{n}") for n in range(3)]
GIVEN = {"start": "2026-03-02T22:00Z", "minutes": 10, "gap": 5}


@pytest.fixture
def park():
    """Three services, each on one of two servers, a lonely server with its service, and servers that nothing needs."""
    things = []
    for service, one, other in PAIRS:
        things += [a_service(service, tier=3), a_server(one), a_server(other), *needs(service, 1, one, other)]
    things += [a_service("wiki", tier=3), a_server("w"), *depends("wiki", "w"), a_server("spare")]
    return the_context(*things)


def test_two_waves_do_for_pairs_and_the_change_says_so(park):
    """The twins are never out together; the window is as long as the waves take with what lies between."""
    targets = [server for _, *servers in PAIRS for server in servers]
    found = bulk(
        park, targets=targets, title="Patch", reason="A hole", back_out=BackOut("Back"), steps=["Tell"], **GIVEN
    )
    assert (len(found.plan.waves), found.plan.minutes, found.plan.never, found.plan.fewest) == (2, 25, (), True)
    change = found.change.record
    assert change.window.minutes == 25
    offsets = {target.ci: (target.effect, target.offset, target.minutes) for target in change.targets}
    assert {offset for _, offset, _ in offsets.values()} == {0, 15}
    assert all(offsets[one][1] != offsets[other][1] for _, one, other in PAIRS)
    assert change.steps[0] == f"Wave 1, from minute 0 for 10 minutes: {', '.join(found.plan.waves[0].targets)}"
    assert change.steps[2:] == ("Tell",)


def test_the_assessment_of_a_bulk_change_takes_no_service_down(park):
    """What the plan promises, the assessment of the very change finds."""
    from cmdb.change import changes

    targets = [server for _, *servers in PAIRS for server in servers]
    made = bulk(park, targets=targets, title="Patch", reason="r", back_out=BackOut("Back"), **GIVEN).change
    changes.submit(park, made.record.id)
    assert {each.outcome.value for each in assess(park, made.record.id).record.services} == {"REDUNDANCY_LOST"}


def test_what_takes_a_service_down_even_alone_goes_last_and_is_named(park):
    """It can not be avoided, so it is told instead of hidden; nothing is written where only the plan is asked for."""
    before = park.store.revision()
    plan = bulk(park, targets=["w", "a0", "spare"], raise_it=False, **GIVEN).plan
    assert plan.waves == (Wave(0, 10, ("a0", "spare")), Wave(15, 10, ("w",)))
    assert (plan.never, plan.fewest) == ((NeverOut("w", ("wiki",)),), False)
    assert park.store.revision() == before


def test_every_fault_is_told_at_once_and_nothing_is_written(park):
    """No time, no minutes, unknown targets, an effect that does not come back; and whoever may not raise changes."""
    with pytest.raises(InvalidInput) as refused:
        bulk(park, targets=["a0", "nope"], start="soon", minutes=0, gap=-1, effect=Effect.RETIRE, title="t", reason="r")
    assert {(p.code, p.pointer) for p in refused.value.problems} == {
        ("time.unreadable", "/window/start"),
        ("bulk.effect", "/effect"),
        ("bulk.minutes", "/minutes"),
        ("bulk.minutes", "/gap"),
        ("change.unknown_ci", "/targets/1/ci"),
    }
    with pytest.raises(InvalidInput) as empty:
        bulk(park, targets=[], title="t", reason="r", **GIVEN)
    assert [p.code for p in empty.value.problems] == ["bulk.no_targets"]
    with pytest.raises(NotAllowed):
        bulk(as_actor(park, "viewer"), targets=["a0"], title="t", reason="r", **GIVEN)
