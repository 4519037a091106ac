"""What is not sure, in words: the doubtful relation with its evidence, the outcomes, the chances, the limits."""

from __future__ import annotations

import doctest
from dataclasses import replace

from cmdb.model.confidence import OutcomeChances
from cmdb.model.relation import Relation
from impact.questions.confidence import confidence_of
from tests.builders import a_server, a_service, add, depends, needs, the_context
from web import wording_confidence
from web.languages import Language
from web.wording_confidence import uncertain


def an_answer():
    """Return the answer about db2: Shop stands on one of two servers that both hang on it, one of them perhaps."""
    context = the_context(
        a_service("shop", name="Shop"),
        *(a_server(name) for name in ("web1", "web2", "db2")),
        *needs("shop", 1, "web1", "web2"),
        *depends("web2", "db2"),
        Relation("web1", "depends_on", "db2", confidence=0.6, sources=("traces",)),
        at="2026-03-01T12:00Z",
    )
    context.clock.forward(days=40)
    add(context, a_server("other"))
    return confidence_of(context, ["db2"])


def test_a_flip_names_the_relation_its_evidence_and_both_outcomes():
    """In English."""
    said = uncertain(an_answer())

    assert said.flips == (
        "If “web1 depends on db2” (confidence 0.6, recorded 40 days ago by traces) does not exist, "
        "Shop would be REDUNDANCY LOST instead of DOWN.",
    )
    assert said.differences == ("Over certain relations alone, Shop would be REDUNDANCY LOST instead of DOWN.",)
    assert said.chances == ("Shop: DOWN with 60%, REDUNDANCY LOST with 40%.",)
    assert said.limits == ()


def test_the_same_in_chinese():
    """Every sentence there is in English is there in Chinese, and has no English word in it."""
    said = uncertain(an_answer(), Language.ZH)

    assert said.flips == (
        "如果“web1 依赖 db2”（置信度 0.6，40 天前由 traces 记录）并不存在，Shop 的结果将是“失去冗余”，而不是“中断”。",
    )
    assert said.differences == ("若只计确定的关系，Shop 的结果将是“失去冗余”，而不是“中断”。",)
    assert said.chances == ("Shop：中断 60%、失去冗余 40%。",)
    assert wording_confidence._EN.keys() == wording_confidence._ZH.keys()


def test_services_that_share_a_fate_share_a_sentence():
    """Up to four are named, more are counted."""
    answer = an_answer()
    names = {**answer.names, **{f"s{number}": f"S{number}" for number in range(5)}}
    many = replace(answer, flips=tuple(replace(answer.flips[0], service=f"s{n}") for n in range(5)), names=names)

    (sentence,) = uncertain(many).flips

    assert "S0, S1, S2 and 2 others would be" in sentence


def test_a_limit_that_was_reached_and_a_chance_that_was_not_worked_out_are_said():
    """Nothing is left out silently; and where nothing hangs on a doubt, that is said too."""
    answer = an_answer()
    part = replace(
        answer,
        chances=(OutcomeChances("shop", 0.6, 0.1, None, None, 0.2),),
        limits=("doubts", "nodes", "outcomes", "work"),
        doubts=5000,
        unexamined=904,
    )
    said = uncertain(part)
    assert said.chances == (
        "Shop: DOWN with 60%, DEGRADED with 10%, UNAFFECTED with 20%, what is left was not worked out.",
    )
    assert "904 of 5000 doubtful relations were not looked at one by one." in said.limits
    assert len(said.limits) == len(uncertain(part, Language.ZH).limits) == 4
    nothing = replace(answer, flips=(), chances=(), differences=(), limits=())
    assert uncertain(nothing).limits == ("One doubtful relation plays a part, and no outcome hangs on it.",)
    assert uncertain(replace(nothing, doubts=0)).limits == ("No doubtful relation plays a part.",)


def test_the_examples_in_the_docstrings_hold():
    """Also at the edges of a percentage."""
    assert doctest.testmod(wording_confidence).failed == 0
