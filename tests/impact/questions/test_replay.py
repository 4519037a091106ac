"""A decision that can be proved: the same record from its inputs alone, for ever, and no altered byte unnoticed."""

from __future__ import annotations

import copy
import sqlite3
from contextlib import closing

import pytest

from cmdb.chain import canonical, digest
from cmdb.change import assessments, changes, decisions
from cmdb.change.policy.policy import set_policy
from cmdb.errors import NotAllowed, NotFound
from cmdb.model.assessment import ASSESSMENTS, Verdict, unsigned
from cmdb.model.change import CHANGES, ChangeState
from cmdb.model.ci import CI, CIS, CIStatus
from cmdb.model.ci_class import CI_CLASSES, CIClass
from cmdb.model.relation import RELATIONS, Strength
from cmdb.model.relation_type import RELATION_TYPES, RelationType
from cmdb.ports.store import Delete, Patch, Put
from cmdb.records import to_document
from impact.questions.assess import assess
from impact.questions.replay import replay
from impact.reading import shelf
from tests.builders import a_change, a_server, a_service, a_window, add, as_actor, depends, file_of, needs, the_context
from tests.policies import changed

SHOP = (a_service("shop", tier=1), a_server("web1"), a_server("web2"), *needs("shop", 1, "web1", "web2"))


def an_assessed_change():
    context = the_context(*SHOP, a_change("web1", id="CHG-1"))
    assess(context, "CHG-1")
    return context


def stored(context, key="ASM-1001"):
    return copy.deepcopy(context.store.get(ASSESSMENTS, key).document)


def overwrite(context, document):
    """Write into the store past every desk, as somebody with the file in their hands would."""
    context.store.apply([Put(ASSESSMENTS, document)], txn_id=repr(document), actor="?", reason="?")


def pointers(answer):
    return [difference.pointer for difference in answer.differences]


def test_from_request_to_kept_decision():
    """The whole way: raised, submitted, assessed, edited, assessed again, approved, proved; then somebody tampers."""
    engineer = the_context(*SHOP, role="engineer", actor="web-engineer")
    manager = as_actor(engineer, "change_manager", "change-manager")
    board = as_actor(engineer, "cab_member", "cab-chair")

    window = ("2026-03-04T22:00[Europe/Berlin]", "2026-03-05T06:00[Europe/Berlin]")
    raised = changes.new(engineer, title="Kernel", reason="A hole", targets=["web1,minutes=10"], window=window).record
    changes.submit(engineer, raised.id)
    first = assess(manager, raised.id).record
    assert (first.verdict, first.reasons) == (Verdict.CAB, ("new_single_point_tier1",))
    decisions.approve(board, raised.id, comment="Go")

    changes.edit(engineer, raised.id, targets=["web1,minutes=10", "web2,minutes=10"])
    assert [standing.void for standing in decisions.of_change(board, raised.id)] == [True]
    second = assess(manager, raised.id).record
    assert (second.verdict, second.previous) == (Verdict.BLOCK, first.hash)

    changes.edit(engineer, raised.id, targets=["web1,minutes=10", "web2,offset=10,minutes=10"])
    third = assess(manager, raised.id).record
    decisions.approve(board, raised.id, comment="One after the other, then")
    assert changes.get(board, raised.id).record.state is ChangeState.APPROVED
    assert [s.void for s in decisions.of_change(board, raised.id)] == [True, False]

    for assessment in (first, second, third):
        answer = replay(board, raised.id, assessment=assessment.id)
        assert (answer.same, answer.differences) == (True, ())

    document = stored(engineer, third.id)
    overwrite(engineer, {**document, "verdict": "PEER"})
    answer = replay(board, raised.id)
    assert not answer.same
    assert ("/verdict", "PEER", "CAB") in [(d.pointer, d.stored, d.computed) for d in answer.differences]


def test_a_replay_is_the_same_after_thousands_of_revisions_and_another_estate():
    """Later changes, a rebuilt estate, new defaults, a new policy: the record of then is computed as of then."""
    context = an_assessed_change()
    before = canonical(stored(context))
    admin = as_actor(context, "administrator")
    for number in range(2_000):
        add(context, a_server(f"later-{number % 50}", name=f"v{number}"))
    shop = to_document(RELATIONS, depends("shop", "web1", group="pool")[0])
    context.store.apply(
        [
            Put(CIS, to_document(CIS, CI("web2", "server", "web2", status=CIStatus.RETIRED))),
            Delete(RELATIONS, RELATIONS.key({**shop, "target": "web2"})),
            Put(CI_CLASSES, to_document(CI_CLASSES, CIClass("server", unavailability=0.0, extends=True))),
            Put(
                RELATION_TYPES,
                to_document(RELATION_TYPES, RelationType("depends_on", "x", "y", strength=Strength.NONE)),
            ),
        ],
        txn_id="upheaval",
        actor="?",
        reason="?",
    )
    set_policy(admin, changed(("down_tier = 2", "down_tier = 0")).encode())
    shelf.SHELVES.clear()

    answer = replay(context, "CHG-1")
    assert (answer.same, answer.differences) == (True, ())
    assert canonical(stored(context)) == before
    assert assess(context, "CHG-1").record.services != assessments.of_change(context, "CHG-1")[0].services


@pytest.mark.parametrize(
    ("pointer", "alter"),
    [
        ("/verdict", lambda d: d.update(verdict="AUTO")),
        ("/reasons/0", lambda d: d.update(reasons=[])),
        ("/services/0/outcome", lambda d: d["services"][0].update(outcome="REDUCED")),
        ("/services/0/minutes/REDUNDANCY_LOST", lambda d: d["services"][0]["minutes"].update(REDUNDANCY_LOST=59)),
        ("/services/0/new_single_points/0", lambda d: d["services"][0].update(new_single_points=[])),
        ("/unaffected", lambda d: d.update(unaffected=7)),
        ("/phases/0/failed/0", lambda d: d["phases"][0].update(failed=[])),
        ("/extra", lambda d: d.update(extra="A word from nobody")),
        ("/down", lambda d: d.pop("down")),
        ("/hash", lambda d: d.update(hash="0" * 64)),
        ("/previous", lambda d: d.update(previous="1" * 64)),
        ("/number", lambda d: d.update(number=2)),
        ("/made_by", lambda d: d.update(made_by="somebody-else")),
        ("/change_revision", lambda d: d.update(change_revision=2)),
        ("/graph_revision", lambda d: d.update(graph_revision=99)),
        ("/inputs/targets/0/ci", lambda d: d["inputs"]["targets"][0].update(ci="web2")),
        ("/inputs/has_back_out", lambda d: d["inputs"].update(has_back_out=False)),
        ("/inputs", lambda d: d["inputs"].update(policy_sha256="2" * 64)),
        ("/inputs", lambda d: d["inputs"].update(defaults_sha256="3" * 64)),
        ("/inputs", lambda d: d.update(inputs="none")),
        ("/inputs", lambda d: d["inputs"].update(window=None)),
    ],
)
@pytest.mark.parametrize("resigned", [False, True])
def test_whatever_is_altered_is_found(pointer, alter, resigned):
    """Result, inputs or links, and even when the forger makes a fitting hash: a decision has the true one."""
    context = an_assessed_change()
    decisions.approve(as_actor(context, "cab_member"), "CHG-1")
    document = stored(context)
    alter(document)
    if resigned and pointer != "/hash":
        document["hash"] = digest(unsigned(document))
    overwrite(context, document)
    answer = replay(context, "CHG-1")
    assert not answer.same
    named = pointers(answer)
    resolved_elsewhere = pointer in ("/made_by", "/number", "/extra", "/down")
    assert pointer in named or (resolved_elsewhere and "/hash" in named)


@pytest.mark.parametrize("number", ["7", "1152921504606846976", "1e400"])
def test_an_altered_file_is_found(number):
    """Whoever edits the file itself, past every promise of the store, is found; even what JSON can not keep."""
    context = an_assessed_change()
    with closing(sqlite3.connect(file_of(context))) as raw:
        altered = raw.execute(
            "UPDATE doc_assessment SET document = replace(document, '\"unaffected\":0', ?)", (f'"unaffected":{number}',)
        )
        raw.commit()
    assert altered.rowcount == 1
    assert "/unaffected" in pointers(replay(context, "CHG-1"))


def test_a_break_in_the_chain_is_seen_from_both_sides():
    """A forged first assessment no longer fits the second one's link."""
    context = an_assessed_change()
    assess(context, "CHG-1")
    document = stored(context)
    document["made_by"] = "somebody-else"
    document["hash"] = digest(unsigned(document))
    overwrite(context, document)
    assert pointers(replay(context, "CHG-1", assessment="ASM-1001")) == ["", "/hash", "/made_by"]
    assert pointers(replay(context, "CHG-1", assessment="ASM-1002")) == ["/previous"]


def test_a_change_that_was_swapped_under_its_assessment_is_found():
    """The inputs are held against the change as it stood at the graph revision."""
    context = the_context(*SHOP, a_change("web1", id="CHG-1"), a_change("web2", id="CHG-2"))
    assess(context, "CHG-1")
    document = stored(context)
    document["change"] = "CHG-2"
    document["hash"] = digest(unsigned(document))
    overwrite(context, document)
    context.store.apply([Patch(CHANGES, "CHG-2", {"assessment": "ASM-1001"})], txn_id="swap", actor="?", reason="?")
    assert "/inputs/targets/0/ci" in pointers(replay(context, "CHG-2"))


def test_what_was_never_assessed_can_not_be_replayed():
    """No assessment, or one of another change: not found, never "the same"."""
    context = the_context(*SHOP, a_change("web1", id="CHG-1"), a_change("web2", id="CHG-2", window=a_window()))
    assess(context, "CHG-1")
    for act in (
        lambda: replay(context, "CHG-2"),
        lambda: replay(context, "CHG-9"),
        lambda: replay(context, "CHG-2", assessment="ASM-1001"),
        lambda: replay(context, "CHG-1", assessment="ASM-9"),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_replay_writes_nothing_and_an_auditor_may_ask_for_it():
    """Proving is reading."""
    context = an_assessed_change()
    before = context.store.revision()
    assert replay(as_actor(context, "auditor"), "CHG-1").same
    assert context.store.revision() == before


def test_who_has_no_role_may_not():
    """The question asks for the right itself."""
    from cmdb.context import Context
    from cmdb.roles import Actor

    context = an_assessed_change()
    nobody = Context(context.store, context.coordination, context.clock, Actor("nobody", frozenset()))
    with pytest.raises(NotAllowed):
        replay(nobody, "CHG-1")
