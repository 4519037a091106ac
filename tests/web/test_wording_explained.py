"""One sentence for each outcome, in both languages: numbers agree, names are names, a change says what it does."""

from __future__ import annotations

import doctest

import pytest

from cmdb.model.change import Effect
from cmdb.model.explanation import Label
from impact.answers import what_goes_down
from impact.explanation import explained_services
from tests.impact.sketch import sketch
from web import languages, wording_explained_en
from web.languages import Language
from web.wording_explained import Words, explanation_sentence
from web.wording_story import left_words, node_label, node_state, tree_lines

LABELS = {"server": Label("App server", "应用服务器"), "service": Label("Service", "服务")}
APPS = ("Checkout: 1 of (app1 app2)", "app1: esx-04", "app2: esx-04")


def said(lines, *failed, effects=None, language=Language.EN, names=None):
    """Return the sentence of the one service that a failure touches."""
    graph = sketch(*lines)
    (one,) = explained_services(graph, failed, what_goes_down(graph, failed).services)
    return explanation_sentence(one, Words(names or {}, LABELS, effects), language)


@pytest.mark.parametrize(
    ("lines", "failed", "sentence"),
    [
        (APPS, "esx-04", "Checkout goes down because both app servers it needs one of (app1 and app2) hang on "
         "esx-04, which fails."),
        (["Shop: web1"], "web1", "Shop goes down because it hangs on web1, which fails."),
        (["Shop: a", "a: b"], "b", "Shop goes down because it hangs on a, which hangs on b, which fails."),
        (["Shop: a", "a: b", "b: c", "c: d", "d: e", "e: f"], "f", "Shop goes down because it hangs on a and, through "
         "four more CIs, on f, which fails."),
        (["Shop: a"], "Shop", "Shop goes down because it fails itself."),
        (["Shop: soft mail"], "mail", "Shop runs with less because it uses mail, which fails."),
        (["Shop: soft 2 of (a b c)"], "a b", "Shop runs with less because only one of the three app servers it "
         "wants two of is left: a and b fail."),
        (["Shop: 2 of (a b c)", "a: host"], "host c", "Shop goes down because only one of the three app servers "
         "it needs two of is left: a and c are down (c fails and a hangs on host, which fails)."),
        (["Shop: 1 of (web1 web2)"], "web1", "Shop keeps running, but web2 is now the only one of two app "
         "servers left: web1 fails."),
        (["Shop: 1 of (a b)", "b: pdu"], "a", "Shop keeps running, but b is now the only one of two app servers "
         "left: a fails."),
        (["Shop: 2 of (a b c)"], "a", "Shop keeps running, but only two of three app servers are left, and two "
         "are needed, so that b alone can stop it: a fails."),
        (["Shop: 1 of (a b c)", "b: pdu", "c: pdu"], "a", "Shop keeps running, but only two of three app servers "
         "are left, and both hang on pdu: a fails."),
        (["Shop: 1 of (a b c)"], "a", "Shop keeps running with a spare fewer: of the three app servers it needs "
         "one of, a fails; one spare is left."),
        (["Shop: 3 of (a b)"], "", "Shop goes down because it needs three app servers and has only two."),
    ],
)  # fmt: skip
def test_every_outcome_has_a_sentence_that_reads_well(lines, failed, sentence):
    """What a board reads."""
    assert said(lines, *failed.split()) == sentence


def test_a_change_says_what_it_does_and_names_are_names():
    """The effect on the target takes the place of a failure, and a name that reads as two stands in quotes."""
    names = {"esx-04": "Host 4, North", "app1": "Cart"}
    assert said(APPS, "esx-04", effects={"esx-04": Effect.RESTART}, names=names) == (
        "Checkout goes down because both app servers it needs one of (Cart and app2) hang on “Host 4, North”, "
        "which this change restarts."
    )
    assert "is taken down by this change" in said(["Shop: 1 of (a b)"], "a", effects={"a": Effect.DOWN})


@pytest.mark.parametrize(
    ("lines", "failed", "sentence"),
    [
        (APPS, "esx-04", "Checkout 将中断，因为它需要 2 个应用服务器（app1、app2）中的 1 个，"
         "而它们全部依赖 esx-04，后者失效。"),
        (["Shop: a", "a: b"], "b", "Shop 将中断，因为它依赖 a，后者依赖 b，后者失效。"),
        (["Shop: soft mail"], "mail", "Shop 将降级运行，因为它使用 mail，后者失效。"),
        (["Shop: 1 of (web1 web2)"], "web1", "Shop 保持运行，但 2 个应用服务器中现在只剩 web2：web1 失效。"),
        (["Shop: 1 of (a b c)"], "a", "Shop 保持运行，但少了一个备用：它需要的 3 个应用服务器"
         "（至少 1 个）中，a 失效；还剩 1 个备用。"),
    ],
)  # fmt: skip
def test_the_same_in_chinese(lines, failed, sentence):
    """Full-width punctuation, figures for numbers, names untouched."""
    assert said(lines, *failed.split(), language=Language.ZH) == sentence


def test_the_graph_reads_as_a_tree_in_which_nothing_is_dropped():
    """Alike CIs are one line with their number, a node met again points up, and what is left out is counted."""
    lines = ("Shop: 2 of (" + " ".join(f"w{n}" for n in range(20)) + ")", *(f"w{n}: host" for n in range(20)))
    graph = sketch(*lines)
    (one,) = explained_services(graph, ["host"], what_goes_down(graph, ["host"]).services)
    words = Words({}, LABELS)
    assert list(tree_lines(one, words)) == [
        "Shop  Down",
        "└─ 2 of 20 group 0  too few left",
        "   └─ 19 × app servers  Down",
        "      └─ host  Failed",
        "(1 more CI down or with less not drawn)",
    ]
    assert list(tree_lines(one, words, Language.ZH))[2].strip() == "└─ 19 × 应用服务器  中断"
    assert left_words(one.story, Language.ZH).startswith("另有 1 个")


def test_a_long_way_is_one_node_with_its_number():
    """Fifty CIs between."""
    graph = sketch("Shop: c0", *(f"c{n}: c{n + 1}" for n in range(50)))
    (one,) = explained_services(graph, ["c50"], what_goes_down(graph, ["c50"]).services)
    labels = [node_label(node, Words()) for node in one.story.nodes]
    assert labels[-2:] == ["41 CIs", "c50"]
    assert {node_state(node) for node in one.story.nodes} == {"Down", "Failed"}


def test_the_examples_in_the_docstrings_hold():
    """They are the documentation."""
    assert doctest.testmod(wording_explained_en).failed == 0
    assert doctest.testmod(languages).failed == 0
