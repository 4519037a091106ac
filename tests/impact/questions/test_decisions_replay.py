"""Decisions of a whole story replay after all has moved on; what was altered is found, and told from a kernel."""

from __future__ import annotations

import copy
import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from random import Random

import pytest

import impact.answers
import impact.confidence
import impact.risk.consequence
import impact.risks
from cmdb.chain import canonical, digest
from cmdb.change import retention
from cmdb.change.policy import policy
from cmdb.context import Context
from cmdb.model.assessment import ASSESSMENTS, Verdict
from cmdb.model.change import CHANGES
from cmdb.model.decision import DECISIONS, Choice
from cmdb.model.replay_finding import ReplayFinding
from cmdb.stores.sqlite import open_store
from impact.questions import assess
from impact.questions import replay as question
from impact.questions.replay import Log, replay
from impact.questions.replays import replays_in_turn
from impact.reading import shelf
from tests.builders import file_of
from tests.decided import decide_a_hundred, hands, move_on, the_house

COUNT = 25
GIVEN = ("id", "change", "number", "change_revision", "graph_revision", "made_at", "made_by", "inputs", "previous")
"""What of an assessment is no result: which it is, and what it was computed from."""


@pytest.fixture(scope="module")
def story():
    """A store in which persons decided on assessments and all else moved on, and the assessments with their bytes."""
    chance = Random(7)
    context = the_house(chance)
    decided = decide_a_hundred(context, chance, count=COUNT)
    before = {key: canonical(document_of(context, key)) for _, key in decided}
    move_on(context, chance)
    shelf.SHELVES.clear()
    return context, decided, before


@pytest.fixture
def copied(story, tmp_path):
    """A copy of that store, for laying hands on its file."""
    context, decided, _ = story
    context.store.backup(tmp_path / "copy.db")
    with closing(open_store(tmp_path / "copy.db", clock=context.clock.now)) as store:
        yield Context(store, store.coordination, context.clock, hands(context).keeper.actor), decided


def document_of(context, key):
    return copy.deepcopy(context.store.get(ASSESSMENTS, key).document)


def lay_hands_on(context, *rows):
    """Write documents into the file itself, past every promise of the store: (kind, key, document) each."""
    with closing(sqlite3.connect(file_of(context))) as raw:
        for kind, key, document in rows:
            text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
            changed = raw.execute(f"UPDATE doc_{kind} SET document = ? WHERE key = ?", (text, key))
            assert changed.rowcount >= 1
        raw.commit()


def test_every_decision_replays_after_everything_moved_on(story, monkeypatch):
    """Estate, policies, defaults, levels, hours, calendar, incidents, models: of then is computed what was then."""
    context, decided, before = story
    assert len(decided) == COUNT
    monkeypatch.setattr(policy, "default", lambda: policy.PolicyText(0, "0" * 64, "another release's"))
    found = [replay(context, change, assessment=key) for change, key in decided]
    assert [each.differences for each in found] == [()] * COUNT
    assert {each.finding for each in found} == {ReplayFinding.SAME}
    assert {key: canonical(document_of(context, key)) for _, key in decided} == before


def test_the_story_has_decisions_of_every_kind(story):
    """Else it would prove little."""
    context, decided, _ = story
    records = [context.records.get(ASSESSMENTS, key) for _, key in decided]
    assert {each.verdict for each in records} >= {Verdict.BLOCK, Verdict.CAB, Verdict.PEER}
    assert len({each.inputs.type for each in records}) == 3
    assert {len(each.inputs.targets) > 5 for each in records} == {True, False}
    assert any(each.inputs.retrospective for each in records)
    assert any(each.outlook.conflicts for each in records)
    assert any(each.number > 1 for each in records)
    made = list(context.records.find(DECISIONS))
    assert set(Choice) - {each.choice for each in made} <= {Choice.SUSPEND, Choice.CONFIRM, Choice.RECALL}
    assert any(each.ballot for each in made)
    assert len({context.records.get(CHANGES, change).state for change, _ in decided}) >= 4


def test_the_stored_result_is_not_read(story, copied):
    """All that is a result is gone from the rows, of every record; the same bytes come out."""
    (context, decided), before = copied, story[2]
    blank = {key: {name: document_of(context, key)[name] for name in GIVEN} for _, key in decided}
    lay_hands_on(context, *((ASSESSMENTS.name, key, document) for key, document in blank.items()))
    shelf.SHELVES.clear()
    for change, key in decided:
        assert document_of(context, key) == blank[key]
        found = replay(context, change, assessment=key)
        (whole,) = [each for each in found.differences if each.pointer == ""]
        assert whole.computed == digest(json.loads(before[key]))
        assert found.finding is ReplayFinding.RECORD_ALTERED


def test_it_replays_after_old_history_was_let_go(copied):
    """What a decision rests on stays, in its very bytes."""
    context, decided = copied
    retention.let_go(context, context.store.revision())
    assert all(replay(context, change, assessment=key).same for change, key in decided[:8])


# what was altered ----------------------------------------------------------------------------------------------------
def places(value, path=()):
    """Every place of a document that holds no other, by path; of lists the first entry stands for all."""
    if isinstance(value, dict) and value:
        for name, each in value.items():
            yield from places(each, (*path, name))
    elif isinstance(value, list) and value:
        yield from places(value[0], (*path, 0))
    else:
        yield path, value


def with_another(document, path, value):
    altered = copy.deepcopy(document)
    holder = altered
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return altered


def another(value):
    """The value with one of its characters another."""
    if isinstance(value, str) and value:
        return value[:-1] + ("1" if value[-1] != "1" else "2")
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, (int, float)) else "1"


def richest(context, decided):
    """Return the decided assessment, of one of the last revisions, with the most places."""
    return max(decided, key=lambda each: len(list(places(document_of(context, each[1])))))


def test_one_altered_byte_is_found_in_every_field(copied, monkeypatch):
    """Each field in turn, in the file itself; told as an altered record."""
    context, decided = copied
    change, key = richest(context, decided)
    document = document_of(context, key)
    # Whatever comes out of the computation, the record's own hash and links tell.
    monkeypatch.setattr(question, "_made_again", lambda *_: document)
    fields = list(places(document))
    assert len(fields) > 60
    for path, value in fields:
        altered = with_another(document, path, another(value))
        lay_hands_on(context, (ASSESSMENTS.name, key, altered))
        found = replay(context, change, assessment=key)
        assert (found.same, found.finding) == (False, ReplayFinding.RECORD_ALTERED), path


def test_a_forger_who_makes_a_fitting_hash_is_found_all_the_same(copied):
    """By the decision that names the hash; and where none does, by the log, which still says it is no kernel."""
    context, decided = copied
    change, key = decided[-1]
    forged = {**document_of(context, key), "verdict": "AUTO", "hash": ""}
    forged["hash"] = digest({name: value for name, value in forged.items() if name != "hash"})
    lay_hands_on(context, (ASSESSMENTS.name, key, forged))
    assert replay(context, change, assessment=key).finding is ReplayFinding.RECORD_ALTERED

    with closing(sqlite3.connect(file_of(context))) as raw:
        for decision in context.records.find(DECISIONS):
            if decision.assessment == key:
                raw.execute(
                    "UPDATE doc_decision SET document = replace(document, ?, ?)",
                    (decision.assessment_hash, forged["hash"]),
                )
        raw.commit()
    found = replay(context, change, assessment=key)
    assert found.finding is ReplayFinding.RECORD_ALTERED
    assert "/verdict" in {each.pointer for each in found.differences}


def test_every_field_of_a_decision_is_held_by_the_log(copied):
    """A decision carries no hash of its own; the log's chain covers each byte of it."""
    context, _ = copied
    (decision, *_) = [each for each in context.records.find(DECISIONS) if each.ballot]
    document = copy.deepcopy(context.store.get(DECISIONS, decision.id).document)
    assert context.store.check() == ()
    for path, value in places(document):
        lay_hands_on(context, (DECISIONS.name, decision.id, with_another(document, path, another(value))))
        assert "check.altered" in {each.code for each in context.store.check()}, path
    lay_hands_on(context, (DECISIONS.name, decision.id, document))
    assert context.store.check() == ()


def test_an_altered_estate_or_policy_is_told_from_an_altered_record(copied):
    """The record holds; the log of the estate, or a kept text, does not."""
    context, decided = copied
    change, key = next(each for each in decided if document_of(context, each[1])["services"])
    with closing(sqlite3.connect(file_of(context))) as raw:
        tiers = (
            'document = replace(document, \'"tier":\', \'"tier":1\'), "$.attributes.tier" = 10 + "$.attributes.tier"'
        )
        raw.execute(f"UPDATE doc_ci SET {tiers} WHERE key GLOB 'service0*'")
        raw.commit()
    shelf.SHELVES.clear()
    found = replay(context, change, assessment=key)
    assert (found.same, found.finding) == (False, ReplayFinding.SOURCES_ALTERED)


def test_a_kept_text_that_is_gone_or_altered_is_told(copied):
    """The policy is read by its hash, and nothing else is taken for it."""
    context, decided = copied
    change, key = decided[0]
    sha = document_of(context, key)["inputs"]["policy_sha256"]
    for act in (
        "UPDATE blob SET content = CAST(content || ' ' AS BLOB) WHERE sha256 = ?",
        "DELETE FROM blob WHERE sha256 = ?",
    ):
        with closing(sqlite3.connect(file_of(context))) as raw:
            raw.execute(act, (sha,))
            raw.commit()
        assert replay(context, change, assessment=key).finding is ReplayFinding.SOURCES_ALTERED


# a kernel that answers otherwise -------------------------------------------------------------------------------------
def less_down(real):
    def what_goes_down(graph, failed):
        answer = real(graph, failed)
        return replace(answer, services=answer.services[:-1])

    return what_goes_down


def one_group_more(real):
    def risk_groups(*given, **more):
        found = real(*given, **more)
        return replace(found, count=(found.count or 0) + 1)

    return risk_groups


def likelier(real):
    def outage(*given, **more):
        found = real(*given, **more)
        return replace(found, low=found.low * 1.0000001, high=found.high * 1.0000001)

    return outage


def milder(real):
    def judge(limits, facts):
        _, reasons = real(limits, facts)
        return Verdict.AUTO, reasons

    return judge


def surer(real):
    def foretold(context, figures):
        found = real(context, figures)
        return replace(found, mean=found.mean * 0.9999999)

    return foretold


def cheaper(real):
    def reckon(*given, **more):
        found = real(*given, **more)
        return replace(found, tail_loss=found.tail_loss + 0.5)

    return reckon


KERNELS = {
    "what goes down": (impact.answers, "what_goes_down", less_down),
    "risk groups": (impact.risks, "risk_groups", one_group_more),
    "probability": (impact.risks, "outage", likelier),
    "P(fail)": (assess, "foretold", surer),
    "consequence": (impact.risk.consequence, "reckon", cheaper),
    "policy judge": (assess, "judge", milder),
}


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_kernel_that_answers_otherwise_is_found_and_told_as_such(story, kernel, monkeypatch):
    """The record, its links, the log and the kept texts hold: what is left is the computation."""
    context, decided, _ = story
    room, name, alter = KERNELS[kernel]
    monkeypatch.setattr(room, name, alter(getattr(room, name)))
    log = Log(context.store)
    found = [replay(context, change, assessment=key, log=log) for change, key in decided[:6]]
    assert {each.finding for each in found} >= {ReplayFinding.COMPUTATION_DIFFERS}
    assert {each.finding for each in found} <= {ReplayFinding.COMPUTATION_DIFFERS, ReplayFinding.SAME}


def test_a_kernel_that_fails_is_told_as_such(story, monkeypatch):
    """No answer is another answer, too."""

    def broken(*_):
        raise IndexError("list index out of range")

    context, decided, _ = story
    monkeypatch.setattr(assess, "judge", broken)
    assert replay(context, decided[0][0], assessment=decided[0][1]).finding is ReplayFinding.COMPUTATION_DIFFERS


def test_a_method_of_a_later_release_is_no_fault_of_the_record(copied, monkeypatch):
    """An older release says that it does not know the method, rather than that something was altered."""
    context, decided = copied
    monkeypatch.setattr(question, "METHOD", 2)
    monkeypatch.setattr(assess, "judge", milder(assess.judge))
    change, key = next(each for each in decided if document_of(context, each[1])["verdict"] != "AUTO")
    assert replay(context, change, assessment=key).finding is ReplayFinding.METHOD_UNKNOWN


# in turn -------------------------------------------------------------------------------------------------------------
def test_all_of_them_come_in_turn_each_once(story, monkeypatch):
    """So many a night; after as many nights as it takes, each was replayed once, and what differs was told."""
    context, _, _ = story
    replayed: list[str] = []

    def counted(context, change, *, assessment, log):
        replayed.append(assessment)
        return question.Replay(change, assessment, assessment != "ASM-1003", (), ReplayFinding.COMPUTATION_DIFFERS)

    monkeypatch.setattr("impact.questions.replays.replay", counted)
    every = {record.id for record in context.records.find(ASSESSMENTS)}
    nights = -(-len(every) // 7)
    found = [replays_in_turn(context, turn=739_000 + night, most=7) for night in range(nights)]
    assert Counter(replayed) == Counter(every)
    assert {each.of for each in found} == {len(every)}
    assert max(each.replayed for each in found) <= 7
    assert [each.assessment for night in found for each in night.otherwise] == ["ASM-1003"]
