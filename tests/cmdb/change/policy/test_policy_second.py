"""The text of a policy of the second format: every fault named at once, contradictions among them."""

from __future__ import annotations

import pytest

from cmdb.change.policy.policy import default, set_policy, try_out
from cmdb.change.policy.policy_keys import FORMAT, KEYS
from cmdb.change.policy.policy_reference import policy_page
from cmdb.change.policy.policy_text import read_kept, read_policy
from cmdb.errors import InvalidInput
from cmdb.model.assessment import Verdict
from cmdb.model.outcome import Outcome
from tests.builders import as_actor, the_context
from tests.policies import FIRST, UNTESTED, changed

TEXT = default().text


def the_faults(text):
    with pytest.raises(InvalidInput) as refused:
        read_policy(text.encode())
    return [(problem.pointer, problem.code) for problem in refused.value.problems]


def the_sentence(text):
    with pytest.raises(InvalidInput) as refused:
        read_policy(text.encode())
    (problem,) = refused.value.problems
    return problem.message


def test_the_policy_that_comes_with_foreshock_is_right_and_keeps_its_tests():
    """The shipped text passes its own strict reader and all of its tests, which reach every verdict."""
    context = the_context(role="administrator")
    policy = read_policy(TEXT.encode())
    assert (policy.name, policy.peer.worst_outcome) == ("default", {1: Outcome.REDUCED, 0: Outcome.DOWN})
    found = try_out(context, TEXT.encode())
    assert (found.failed, len(found.results)) == (0, len(policy.cases))
    assert {result.verdict for result in found.results} == set(Verdict)
    assert all(result.wanted_reasons is not None for result in found.results)


def test_the_default_policy_tests_every_rule_it_has():
    """Each reason it can give on what is known and on what is not, but for those that need another limit of it."""
    tested = {code for case in read_policy(TEXT.encode()).cases for code in case.reasons}
    per_tier = ("new_single_point", "service_down", "service_degraded", "beyond_peer_limit")
    words = {code.partition("_tier")[0] for code in tested}
    assert words >= {
        *per_tier, "service_down_without_back_out", "target_missing", "target_retired", "target_unreconciled",
        "joint_conflict", "freeze", "breach_likely", "emergency_change", "expected_loss_above_appetite",
        "tail_above_appetite", "peak_event", "team_over_capacity", "conflicts_unexamined", "doubtful_relations",
        "doubts_unexamined", "too_little_evidence", "breach_unknown", "calendar_unknown", "targets_unknown",
        "many_services_affected", "auto_model_not_followed", "auto_model_unproven", "auto_failure_bound",
        "auto_planned_minutes", "auto_failed_loss", "auto_targets_unseen", "auto_no_back_out", "auto_retrospective",
        "within_auto_limits", "within_peer_limits",
    }  # fmt: skip


def test_all_faults_are_named_at_once():
    """Unknown keys, missing ones, wrong types and ranges, and faults of the tests: one answer."""
    text = changed(
        ("emergency = true", 'emergency = "yes"\ncolour = 1'),
        ("unknown_tier = 2\n", ""),
        ("breach_above = 0.2", "breach_above = 1.2"),
        ("successes = 20\n", ""),
        ('tier1 = "reduced"', 'tier1 = "fine"\ntier7 = "down"'),
        text=TEXT,
    )
    extra = '\n[[test]]\nname = "x"\nverdict = "MAYBE"\nfacts = { mood = 1, loss = { expected = "much" } }\n'
    number = len(read_policy(TEXT.encode()).cases)
    assert the_faults(text + extra) == [
        ("/auto/successes", "policy.missing"),
        ("/block/breach_above", "policy.wrong"),
        ("/cab/colour", "policy.unknown_key"),
        ("/cab/emergency", "policy.wrong"),
        ("/peer/worst_outcome/tier1", "policy.wrong"),
        ("/peer/worst_outcome/tier7", "policy.unknown_key"),
        (f"/test/{number}/facts/loss/expected", "policy.case_wrong"),
        (f"/test/{number}/facts/mood", "policy.case_unknown_key"),
        (f"/test/{number}/verdict", "policy.case_wrong"),
        ("/unknown_tier", "policy.missing"),
    ]


@pytest.mark.parametrize(
    ("replaced", "fault"),
    [
        (("breach_above = 0.2", "breach_above = 1"), ("/block/breach_above", "policy.never_met")),
        (("emergency = true", "emergency = true\nfailure_above = 1.0"), ("/cab/failure_above", "policy.never_met")),
        (
            ("[peer.worst_outcome]", "[peer]\nexpected_loss_at_most = 101\n[peer.worst_outcome]"),
            ("/peer/expected_loss_at_most", "policy.looser"),
        ),
        (
            ("[peer.worst_outcome]", "[peer]\ntail_at_most = 1001\n[peer.worst_outcome]"),
            ("/peer/tail_at_most", "policy.looser"),
        ),
        (
            ("emergency = true", "emergency = true\nfailure_above = 0.04"),
            ("/auto/failure_at_most", "policy.looser"),
        ),
        (
            ('tier1 = "reduced"\nother = "down"', 'other = "reduced"\ntier2 = "down"'),
            ("/peer/worst_outcome/tier2", "policy.tier_looser"),
        ),
        (("failure_at_most = 0.05", "failure_at_most = 0"), ("/auto", "policy.never_auto")),
        (("seen_days_at_most = 7", "seen_days_at_most = 0"), ("/auto", "policy.never_auto")),
        (("successes = 20", "successes = 1_000_000_000_000"), ("/auto", "policy.never_auto")),
        (("emergency = true", "emergency = true\nfailure_above = 0"), ("/cab", "policy.never_peer")),
        (('other = "down"', ""), ("/peer/worst_outcome/other", "policy.missing")),
        (("[cab]", "[[cab]]"), ("/cab", "policy.wrong")),
        (("tail_above = 1000", "tail_above = inf"), ("/cab/tail_above", "policy.wrong")),
        (("tail_above = 1000", "tail_above = nan"), ("/cab/tail_above", "policy.wrong")),
        (("[unknown_loss]", "[unknown]"), ("/unknown", "policy.unknown_key")),
    ],
)  # fmt: skip
def test_a_policy_that_contradicts_itself_is_refused(replaced, fault):
    """A limit nothing is above, a rule that an earlier one makes void, a verdict not even the best change gets."""
    assert fault in the_faults(changed(replaced))


def test_a_contradiction_says_why():
    """With the other key, and with what the best change is denied for."""
    assert the_sentence(changed(("failure_at_most = 0.05", "failure_at_most = 0"))) == (
        "nothing can ever approve itself, the best is denied: auto_failure_bound; or leave [auto] out"
    )
    looser = changed(("[peer.worst_outcome]", "[peer]\ntail_at_most = 1001\n[peer.worst_outcome]"))
    assert "[cab] tail_above does (1000), which is asked first" in the_sentence(looser)


def test_nothing_has_to_approve_itself():
    """[auto] may be left out on purpose; a peer has to be able to decide something."""
    start, end = UNTESTED.index("[auto]"), UNTESTED.index("[peer.worst_outcome]")
    assert read_policy((UNTESTED[:start] + UNTESTED[end:]).encode()).auto is None
    assert the_faults(UNTESTED[:end]) == [("/peer/worst_outcome/other", "policy.missing")]


def test_what_was_put_in_force_once_stays_readable():
    """A later release may find more wrong with a text; what was judged by it is judged so again."""
    wrong = changed(("failure_at_most = 0.05", "failure_at_most = 0")) + "\n[[test]]\nno = 1\n"
    with pytest.raises(InvalidInput):
        read_policy(wrong.encode())
    assert read_kept(wrong.encode()).auto.failure_at_most == 0
    with pytest.raises(InvalidInput):
        read_kept(b'format = "foreshock-policy/2"')
    assert read_kept(FIRST.encode()) == read_policy(FIRST.encode())


def test_a_policy_of_which_a_test_fails_is_not_set():
    """The test is named with what it wants and what the policy says; nothing is written."""
    context = the_context(role="administrator")
    with pytest.raises(InvalidInput) as refused:
        set_policy(context, changed(("joint_conflict = true", "joint_conflict = false"), text=TEXT).encode())
    problem = refused.value.problems[0]
    assert problem.code == "policy.test_failed"
    assert problem.message == (
        "test 'together with the other of the pair' wants BLOCK (joint_conflict), "
        "and the policy says PEER (within_peer_limits)"
    )
    assert context.store.revision() == 0


def test_a_policy_is_tried_out_by_other_tests_too():
    """Those of a file come after its own; the policy of the first format has none of its own."""
    context = as_actor(the_context(), "viewer")
    cases = b"""
[[test]]
name = "not known"
facts = { unknown = ["loss"], services = [{ tier = 2, outcome = "down", minutes_outside = "unknown" }] }
verdict = "CAB"

[[test]]
name = "wrong"
verdict = "BLOCK"
reasons = ["freeze"]
"""
    for text, own in ((TEXT, len(read_policy(TEXT.encode()).cases)), (FIRST, 0)):
        found = try_out(context, text.encode(), cases)
        assert (len(found.results), found.failed) == (own + 2, 1)
        assert [result.passed for result in found.results[-2:]] == [True, False]
    assert found.results[-1].verdict is Verdict.PEER


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (b"[[test]\n", [("", "policy.not_toml")]),
        (b"\xff", [("", "policy.not_toml")]),
        (b"x = 1\n[[tests]]\n", [("/tests", "policy.case_unknown_key"), ("/x", "policy.case_unknown_key")]),
        (b"test = 1", [("/test", "policy.case_wrong")]),
        (b"test = [1]", [("/test/0", "policy.case_wrong")]),
        (b"[[test]]\n", [("/test/0/name", "policy.case_missing"), ("/test/0/verdict", "policy.case_missing")]),
        (
            b'[[test]]\nname = "x"\nverdict = "CAB"\nreasons = ["frost"]\nfacts = 1\nwhy = 1',
            [("/test/0/facts", "policy.case_wrong"), ("/test/0/reasons", "policy.case_wrong"),
             ("/test/0/why", "policy.case_unknown_key")],
        ),
        (
            b'[[test]]\nname = "x"\nverdict = "CAB"\n[test.facts]\nunknown = ["retired"]\n'
            b'services = [{ tier = 1 }, 2]\nfailure = { mean = 0.5 }\nbreaches = 1\nmodel = { name = "x" }',
            [("/test/0/facts/breaches", "policy.case_wrong"), ("/test/0/facts/failure/mean", "policy.case_bounds"),
             ("/test/0/facts/model/name", "policy.case_unknown_key"),
             ("/test/0/facts/services/0/outcome", "policy.case_missing"),
             ("/test/0/facts/services/1", "policy.case_wrong"), ("/test/0/facts/unknown/0", "policy.case_wrong")],
        ),
        (b"test = [" + b"{}, " * 1001 + b"]", [("/test", "policy.case_too_many")]),
    ],
)  # fmt: skip
def test_each_fault_of_a_test_has_its_place(text, faults):
    """All of them, by pointer."""
    with pytest.raises(InvalidInput) as refused:
        try_out(the_context(), TEXT.encode(), text)
    assert [(problem.pointer, problem.code) for problem in refused.value.problems] == faults


def test_every_key_is_in_the_reference():
    """With what it means and what is made of what nobody knows."""
    page = policy_page()
    assert FORMAT in page
    assert TEXT.strip() in page
    for key in KEYS:
        assert key.meaning in page
        assert key.pointer == "/format" or key.pointer.rpartition("/")[2] in page
