"""The words of go or no-go: every code has its sentence in both languages, and an old sentence is read as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cmdb.model.change import CHANGES, Suspension
from cmdb.model.decision import Choice, Decision
from cmdb.model.go_check import FACTS, NEAR, REASONS, RECKONED, ChangedFact, FieldChange, Found
from cmdb.records import from_document, to_document
from tests.builders import a_change, moment
from web import wording_go, wording_go_zh
from web.wording_change import alarms_of

AT = moment("2026-03-03T02:10Z")
TWIN = ChangedFact("incident", "INC-7", AT, "ops", "web2", "Web two", "twin", "web1")


@pytest.mark.parametrize("words", [wording_go, wording_go_zh])
def test_every_code_has_its_sentence(words):
    """Neither a fact nor how near it is, nor a reason, is without words; a sentence names record, moment and person."""
    assert set(words.FACT_WORDS) == set(FACTS)
    assert set(words.NEAR_WORDS) == {*NEAR, ""}
    for code in FACTS:
        for near in NEAR:
            fields = (FieldChange("needs", None, 2),)
            said = words.fact_sentence(ChangedFact(code, "REC-1", AT, "ops", "c1", "web2", near, "web1", fields))
            assert "2026-03-03 02:10 UTC" in said
            assert "ops" in said
            assert "{" not in said
            assert ",," not in said
    assert set(wording_go_zh.REASON_WORDS) == set(REASONS)


@pytest.mark.parametrize("words", [wording_go, wording_go_zh])
def test_every_reckoned_code_has_its_sentence(words):
    """Figures are told as they were and as they are; what is not known is said to be so, and no place stays open."""
    assert set(words.RECKONED_WORDS) == set(RECKONED)
    for code in RECKONED:
        said = words.fact_sentence(ChangedFact(code, "REC-1", AT, "ops", "c1", "web2"))
        assert "{" not in said
    learned = [FieldChange(name, None, 17) for name in ("outcomes", "failures", "of_model", "of_team", "of_targets")]
    rose = (FieldChange("mean", 0.031, 0.054), FieldChange("high", 0.1, 0.2), *learned)
    said = words.fact_sentence(ChangedFact("failure_rose", "ASM-2", AT, "ops", fields=rose))
    assert said.index("3.1 %") < said.index("5.4 %") < said.index("20 %") < said.index("17")
    driven = ChangedFact("failure_rose", "ASM-2", AT, "ops", fields=(*rose[:2], FieldChange("driver", None, "team")))
    assert words.fact_sentence(driven) != words.fact_sentence(replace(driven, fields=rose[:2]))


def test_a_suspension_keeps_code_and_facts_and_is_told_by_them():
    """What is stored holds no sentence; what is read is the nearest fact, or the reasons where none is known."""
    change = a_change("web1", suspended=Suspension(AT, "go_check", found=Found("GNG-1", ("spare_lost",), TWIN)))
    document = to_document(CHANGES, change)
    assert "because" not in document["suspended"]
    assert document["suspended"]["found"]["fact"]["code"] == "incident"
    read = from_document(CHANGES, document)
    assert read == change
    said = "Web two, the twin of your target web1, failed at 2026-03-03 02:10 UTC (INC-7, recorded by ops)"
    assert alarms_of(read, AT) == [f"Its approval is suspended: {said}"]
    unknown = Suspension(AT, "go_check", found=Found("GNG-1", ("spare_lost",)))
    assert wording_go.suspension_words(unknown) == f"NO-GO: {REASONS['spare_lost']}"


def test_a_sentence_that_an_earlier_release_stored_is_read_as_it_stands():
    """Such a change has the sentence in place of code and facts; so has the decision its comment."""
    document = to_document(CHANGES, a_change("web1"))
    document["suspended"] = {"at": "2026-03-03T02:10:00Z", "by": "go_check", "because": "web2 failed at 02:10"}
    read = from_document(CHANGES, document)
    assert wording_go.suspension_words(read.suspended) == "web2 failed at 02:10"
    old = Decision("DEC-1", "CHG-1", 1, None, None, None, Choice.SUSPEND, "go_check", AT, comment="web2 failed")
    assert (wording_go.decision_words(old), wording_go_zh.decision_words(old)) == ("web2 failed", "web2 failed")


def test_a_decision_of_a_check_is_told_in_either_language():
    """The same facts, the words of the reader."""
    found = Found("GNG-1", ("spare_lost",), TWIN)
    made = Decision("DEC-1", "CHG-1", 1, None, None, None, Choice.SUSPEND, "go_check", AT, found=found)
    assert wording_go.decision_words(made).startswith("Web two, the twin of your target web1, failed at")
    assert "冗余伙伴 Web two 于 2026-03-03 02:10 UTC 发生故障" in wording_go_zh.decision_words(made)
