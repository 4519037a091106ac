"""What another policy would have said of past changes: by the stored facts alone, with how those changes went."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cmdb.change.policy.policy import default
from cmdb.change.policy.policy_simulation import simulate, summed
from cmdb.errors import InvalidInput, NotAllowed
from cmdb.model.assessment import ASSESSMENTS, Verdict
from cmdb.model.policy_trial import Rejudged
from cmdb.ports.store import Put
from cmdb.records import to_document
from impact.questions.assess import assess
from tests.builders import a_change, a_server, a_service, add, as_actor, depends, moment, needs, the_context
from tests.policies import FIRST, changed
from web.wording_policy import lacking_sentence, shift_sentences

DEFAULT = default().text.encode()
STRICT = changed(('other = "down"', 'other = "reduced"'), ('name = "default"', 'name = "strict"')).encode()
ESTATE = (
    a_service("shop", tier=2),
    a_service("wiki", tier=3),
    *(a_server(name) for name in ("web1", "web2", "db1")),
    *needs("shop", 1, "web1", "web2"),
    *depends("wiki", "db1"),
)


@pytest.fixture
def context():
    """Three changes, assessed at noon, one and two hours later: a spare lost, a wiki down, nothing."""
    targets = {"CHG-1": ("web1",), "CHG-2": ("db1",), "CHG-3": ()}
    changes = [a_change(*(of or ("spare",)), id=key, title=f"Work {key}") for key, of in targets.items()]
    context = the_context(*ESTATE, a_server("spare"), *changes)
    for key in targets:
        assess(context, key)
        context.clock.forward(hours=1)
    return context


def rejudged(before, after, failed, number):
    return Rejudged(f"CHG-{number}", "", "", moment("2026-03-02T12:00Z"), before, after, (), (), failed)


def test_a_stricter_policy_sends_more_to_the_board(context):
    """Each change with both verdicts and the new reasons, and the rest counted where it stays."""
    found = simulate(context, STRICT)
    assert (found.name, found.changes, found.unknown_outcomes, found.unlisted) == ("strict", 3, 3, 0)
    assert [(s.before, s.after, s.changes, s.failures) for s in found.shifts] == [
        (Verdict.PEER, Verdict.CAB, 2, 0),
        (Verdict.PEER, Verdict.PEER, 1, 0),
    ]
    assert [(row.change, row.title, row.reasons) for row in found.rows] == [
        ("CHG-1", "Work CHG-1", ("beyond_peer_limit_tier2",)),
        ("CHG-2", "Work CHG-2", ("beyond_peer_limit_tier3",)),
    ]


def test_the_policy_in_force_gives_what_it_gave(context):
    """Nothing is another verdict; nothing is written either."""
    before = context.store.revision()
    found = simulate(as_actor(context, "viewer"), DEFAULT)
    assert (found.rows, [shift.before is shift.after for shift in found.shifts]) == ((), [True])
    assert context.store.revision() == before


def test_the_period_is_from_the_first_until_before_the_second(context):
    """By the moment of the assessment, to the fraction of a second."""
    assert simulate(context, STRICT, start="2026-03-02T13:00Z", end="2026-03-02T14:00Z").rows[0].change == "CHG-2"
    assert simulate(context, STRICT, start="2026-03-02T13:00Z").changes == 2
    assert simulate(context, STRICT, end="2026-03-02T13:00:00.000001Z").changes == 2
    assert simulate(context, STRICT, end="2026-03-02T12:00Z").changes == 0


def test_only_the_newest_assessment_of_a_change_counts(context):
    """A change that was assessed twice is one change; in a period it is that period's newest."""
    add(context, a_server("web2", name="another"))
    context.clock.forward(hours=1)
    assess(context, "CHG-1")
    found = simulate(context, STRICT)
    assert (found.changes, [row.change for row in found.rows]) == (3, ["CHG-2", "CHG-1"])
    assert simulate(context, STRICT, end="2026-03-02T13:00Z").rows[0].assessment == "ASM-1001"


def test_what_the_stored_facts_lack_is_counted(context):
    """Nothing is today; of an assessment without facts, all that its method did not know."""
    assert simulate(context, STRICT).lacking == 0
    made = context.records.get(ASSESSMENTS, "ASM-1001")
    inputs = replace(made.inputs, method=2, failure=None)
    old = replace(made, inputs=inputs, facts=None, prediction=None, consequence=None)
    context.store.apply([Put(ASSESSMENTS, to_document(ASSESSMENTS, old))], txn_id="t", actor="?", reason="?")
    (row,) = [row for row in simulate(context, STRICT).rows if row.change == "CHG-1"]
    assert row.lacking == ("loss", "breaches", "freezes", "peaks", "overruns", "unreconciled")
    assert "calendar_unknown" in row.reasons
    assert simulate(context, FIRST.encode()).lacking == 0


def test_a_limit_lists_fewer_and_counts_all(context):
    """What is not listed is counted."""
    found = simulate(context, STRICT, limit=1)
    assert (len(found.rows), found.unlisted, found.shifts[0].changes) == (1, 1, 2)


def test_wrong_questions_are_told():
    """A text that is no policy, times that are none or no period, and who may not ask."""
    context = the_context()
    for start, end, places in (("2026", "x", ["/from", "/to"]), ("2026-03-02T12:00Z", "2026-03-02T12:00Z", ["/to"])):
        with pytest.raises(InvalidInput) as refused:
            simulate(context, STRICT, start=start, end=end)
        assert [problem.pointer for problem in refused.value.problems] == places
    with pytest.raises(InvalidInput):
        simulate(context, b"name = 1")
    with pytest.raises(NotAllowed):
        simulate(_nobody(context), STRICT)


def _nobody(context):
    nobody = as_actor(context, "viewer")
    nobody.actor = nobody.actor._replace(roles=frozenset())
    return nobody


def test_it_is_said_how_many_of_the_failures_are_among_them():
    """More to the board, and fewer: each with the failures it would have caught, or let go."""
    rows = [rejudged(Verdict.PEER, Verdict.CAB, n < 3, n) for n in range(41)]
    rows += [rejudged(Verdict.PEER, Verdict.PEER, n < 43, n) for n in range(41, 60)]
    rows += [rejudged(Verdict.CAB, Verdict.AUTO, None, 60)]
    found = summed("strict", rows)
    assert (found.changes, found.failures, found.unknown_outcomes) == (61, 5, 1)
    assert list(shift_sentences(found)) == [
        "Under strict, 41 more would have gone to the CAB, 3 of the 5 failures among them.",
        "Under strict, 1 more would have been approved by the policy itself, 0 of the 5 failures among them.",
        "How 1 change of 61 went is not known.",
    ]
    assert list(shift_sentences(summed("strict", []))) == ["No change was assessed then."]
    assert "Of 0 changes" in lacking_sentence(found)
