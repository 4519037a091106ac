"""Every method answers today as it did when it was made: no release changes silently what old decisions replay to."""

from __future__ import annotations

import pytest

from cmdb.chain import digest
from cmdb.model.assessment import ASSESSMENTS
from cmdb.model.replay_finding import ReplayFinding
from cmdb.ports.store import Put
from impact.questions import assess
from impact.questions.replay import replay
from tests.golden.answering import METHODS, answers, assessed, cases, context_of
from tests.golden.estates import ESTATES

CASES, ANSWERS = cases(), answers()
NAMED = [f"{each.case}-method-{each.method or 1}" for each in ANSWERS]
NEEDED = """
The computation answers otherwise than decisions were made by. If that is meant, it is a new METHOD in
impact/questions/assess.py beside the old, with answers of its own (python -m tests.golden); if not, it is a fault.
"""


@pytest.mark.parametrize("answer", ANSWERS, ids=NAMED)
def test_every_method_answers_as_it_did(answer):
    """Byte for byte, place by place: a difference asks for a new method beside this one."""
    assert digest(answer.document) == answer.digest, "the committed answer itself was altered"
    context = context_of(CASES[answer.case])
    put = Put(ASSESSMENTS, answer.document)
    context.store.apply([put], txn_id="answer", actor="?", reason="golden")
    found = replay(context, "CHG-1", assessment=answer.document["id"])
    assert found.differences == (), NEEDED
    assert found.finding is ReplayFinding.SAME


@pytest.mark.parametrize("name", sorted(ESTATES))
def test_the_inputs_are_gathered_as_they_were(name):
    """All but what may be otherwise in another release: the defaults, the policy that comes along, what is learned."""
    answer = next(each for each in ANSWERS if (each.case, each.method) == (name, assess.METHOD))
    made = assessed(context_of(CASES[name]), assess.METHOD)["inputs"]
    along = ("defaults_sha256", "policy_sha256", "failure")
    kept = answer.document["inputs"]
    assert {**made, **{key: kept[key] for key in along if key in kept}} == kept, NEEDED


def test_every_method_has_an_answer_for_every_estate():
    """A method without golden answers could change unseen."""
    wanted = {(case, method) for case in ESTATES for method in METHODS}
    assert {(each.case, each.method) for each in ANSWERS} == wanted
    assert len(ANSWERS) == len(wanted)
    newest = [each.document for each in ANSWERS if each.method == assess.METHOD]
    assert {each["verdict"] for each in newest} >= {"AUTO", "CAB", "BLOCK"}
