"""No verdict is stricter without a named fact: the parts of the facts that made it so, figures as they were and are."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.change import changes, decisions
from cmdb.change.policy.judging import judge
from cmdb.configuration import register
from cmdb.model.assessment import ASSESSMENTS, Verdict
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.facts import HARMLESS, BreachFacts, ModelFacts, ServiceFacts
from cmdb.model.go_check import RECKONED, GoAnswer
from cmdb.model.outcome import Outcome
from cmdb.service import incidents
from impact.questions import assess as assessing
from impact.questions.assess import assess
from impact.questions.go import go
from impact.questions.go_learned import risen
from impact.questions.go_stricter import decisive
from impact.questions.go_watch import touched
from impact.questions.learn import taught_by
from tests.builders import a_change, a_server, a_service, a_window, add, as_actor, depends, needs, the_context
from tests.facts import any_facts, any_policy
from tests.policies import changed, judged_by
from web.wording_go import fact_sentence


def judged(policy, facts, version=1):
    """Return what stands for an assessment of these facts by this policy."""
    verdict, reasons = judge(policy, facts)
    return SimpleNamespace(
        facts=facts, verdict=verdict, reasons=reasons, inputs=SimpleNamespace(policy_version=version)
    )


@given(st.integers(0, 2**32), st.booleans())
def test_whatever_makes_a_verdict_stricter_is_named(seed, another):
    """For any facts and policies, then and now: a stricter verdict has a fact, or the policy, that tells why."""
    random = Random(seed)
    policy = any_policy(random)
    later = any_policy(random) if another else policy
    then, now = judged(policy, any_facts(random)), judged(later, any_facts(random), version=2)
    if now.verdict.is_stricter_than(then.verdict):
        told = decisive(then, now, policy, later)
        assert told
        assert {each.code for each in told} <= set(RECKONED)


@pytest.mark.parametrize(
    ("then", "now", "codes"),
    [
        ({}, {"breaches": (BreachFacts("shop", 1, 0.5, 0.6),)}, ["breach_rose"]),
        ({}, {"loss": replace(HARMLESS.loss, expected=300.0, expected_high=400.0)}, ["loss_rose"]),
        ({}, {"loss": replace(HARMLESS.loss, expected=6.0, tail=3000.0, tail_high=4000.0)}, ["tail_rose"]),
        ({}, {"overruns": ("network",), "failure": replace(HARMLESS.failure, mean=0.021)}, ["team_overrun"]),
        ({}, {"freezes": None}, ["calendar_unknown"]),
        ({}, {"missing": ("web1",), "seen_days": 3.0}, ["target_missing"]),
    ],
)
def test_a_drift_beside_it_is_not_named(then, now, codes):
    """What the verdict would be without it is computed, so a figure that moved a little beside it is left out."""
    from cmdb.change.policy.policy import default
    from cmdb.change.policy.policy_text import read_kept

    policy = read_kept(default().text.encode())
    before, after = (judged(policy, replace(HARMLESS, **fields)) for fields in (then, now))
    assert [each.code for each in decisive(before, after, policy, policy)] == codes


def test_each_condition_of_auto_that_is_lost_is_named():
    """The model withdrawn, fewer successes, a target not seen for long, a maintenance window that went."""
    from cmdb.change.policy.policy import default
    from cmdb.change.policy.policy_text import read_kept
    from cmdb.model.change import ChangeType

    policy = read_kept(default().text.encode())
    down = ServiceFacts("shop", 3, Outcome.DOWN, 0.0)
    auto = replace(HARMLESS, type=ChangeType.STANDARD, model=ModelFacts("patch", True, 20), services=(down,))
    for fields, code in (
        ({"model": ModelFacts("patch", False, 20)}, "model_withdrawn"),
        ({"model": ModelFacts("patch", True, 19)}, "model_successes"),
        ({"seen_days": 9.0}, "targets_unseen"),
        ({"services": (replace(down, minutes_outside=30.0),)}, "outside_maintenance"),
        ({"failure": replace(HARMLESS.failure, mean=0.054, high=0.09)}, "failure_rose"),
    ):
        told = decisive(judged(policy, auto), judged(policy, replace(auto, **fields)), policy, policy)
        assert [each.code for each in told] == [code]


# on estates ----------------------------------------------------------------------------------------------------------
def approved(*, method=4):
    """Return a context in which a change of one of a pair was assessed by a method, and approved."""
    things = (
        a_service("shop", tier=4),
        *(a_server(f"web{n}") for n in (1, 2)),
        a_server("disk"),
        *needs("shop", 1, "web1", "web2"),
        *depends("web2", "disk"),
        a_service("wiki", tier=4),
        *depends("wiki", "web1"),
    )
    context = the_context(*things, a_change("web1", implementer="hands"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(assessing, "METHOD", method)
        patched.setattr(assessing.inputs_of, "__kwdefaults__", {**assessing.inputs_of.__kwdefaults__, "method": method})
        assess(context, "CHG-1")
    decisions.approve(as_actor(context, "cab_member", "board"), "CHG-1")
    return context


def fail_past(context, count):
    """Record changes of the same target that failed long enough ago to be learned from by tomorrow."""
    for number in range(count):
        window = a_window("2026-02-20T22:00Z")
        failed = {"state": "failed", "outcome": ChangeOutcome.FAILED, "outcome_at": window.end}
        times = {"started_at": window.start, "ended_at": window.end}
        add(context, a_change("web1", id=f"CHG-{100 + number}", window=window, **failed, **times))


MOVES = (
    lambda c: incidents.open_incident(as_actor(c, "engineer", "ops"), title="Down", cis=["web2"], priority=2),
    lambda c: incidents.open_incident(as_actor(c, "engineer", "ops"), title="Down", cis=["disk"], priority=2),
    lambda c: register.retire_ci(c, ["web2"], allow_broken_groups=True),
    lambda c: add(c, a_change("web2", id="CHG-2")),
    lambda c: add(c, a_service("shop", tier=1)),
    lambda c: fail_past(c, 6),
    lambda c: judged_by(c, changed(("expected_loss_above = 100", "expected_loss_above = 0.001"))),
    lambda c: add(c, needs("shop", 2, "web1", "web2")[0]),
)


@pytest.mark.parametrize("seed", range(6))
def test_no_no_go_is_without_a_named_fact(seed):
    """Whatever the estate does, alone or together: a NO-GO has reasons, and a fact that a sentence can be made of."""
    random = Random(seed)
    context = approved()
    for move in random.sample(MOVES, random.randint(1, 3)):
        move(context)
    check = go(context, "CHG-1").record
    assert (check.answer is GoAnswer.NO_GO) == bool(check.reasons) == bool(check.facts)
    assert all(fact_sentence(fact) for fact in check.facts)


def test_a_policy_with_a_smaller_appetite_is_the_fact():
    """Nothing else became worse, so it stands first."""
    context = approved()
    judged_by(context, changed(("expected_loss_above = 100", "expected_loss_above = 0.001")))
    check = go(context, "CHG-1").record
    assert (check.reasons, check.facts[0].code) == (("worse_verdict",), "policy_set")


def test_stricter_merely_by_method_says_so():
    """The approval knew no P(fail); assessed as it was then it would be as mild as then."""
    context = approved(method=3)
    judged_by(context, changed(("expected_loss_above = 100", "expected_loss_above = 0.001")))
    check = go(context, "CHG-1").record
    assert check.reasons == ("earlier_method",)
    assert "method_other" in {fact.code for fact in check.facts}


def test_what_was_learned_is_news_only_where_it_may_change_the_verdict():
    """Failures matured since: far from every limit nobody is asked for a check, close to one somebody is."""
    context = approved()
    change = changes.get(context, "CHG-1").record
    seen = context.records.get(ASSESSMENTS, change.assessment)
    fail_past(context, 30)
    revision = context.store.revision()
    assert taught_by(context, at=revision).digest != seen.prediction.model
    assert risen(context, change, seen, at=revision) is None
    assert touched(context, None).changes == ()
    close = replace(seen, facts=replace(seen.facts, loss=replace(HARMLESS.loss, expected=99.0, expected_high=99.5)))
    fact = risen(context, change, replace(close, verdict=Verdict.PEER), at=revision)
    assert fact.code == "failure_rose"
    assert fact.fields[0].after > fact.fields[0].before
