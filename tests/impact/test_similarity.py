"""How alike two changes are, part by part: held to values worked out by hand, and to what holds for all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.model.similar import SimilarityPart
from impact.similarity import WEIGHTS, Features, at_most, in_common, parts_of, rarity, similarity_of, words_of

WORDS = st.frozensets(st.sampled_from(["replace", "pdu", "更换", "换电", "电源"]))
SERVICES = st.none() | st.frozensets(st.sampled_from(["shop", "pay", "mail"]))
CLASSES = st.dictionaries(st.sampled_from(["server", "switch", "pdu"]), st.integers(1, 300))
FEATURES = st.builds(
    Features,
    id=st.just("CHG-1"),
    type=st.sampled_from(["normal", "standard"]),
    model=st.none() | st.sampled_from(["patch", "swap"]),
    classes=CLASSES,
    services=SERVICES,
    words=WORDS,
)


def features(**given_):
    return Features(**{"id": "CHG-1", "type": "normal", "model": None, "classes": {}, "services": None,
                       "words": frozenset(), **given_})  # fmt: skip


def values(one, other, weight=None):
    return {part.name: part.value for part in parts_of(one, other, weight or {})}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Replace PDU-B4, twice", {"replace", "pdu", "b4", "twice"}),
        ("更换机柜B4的电源", {"更换", "换机", "机柜", "b4", "的电", "电源"}),
        ("断", {"断"}),
        ("  -- ", set()),
    ],
)
def test_words_of_a_title(text, words):
    """Latin words by letters and digits, Chinese by pairs of neighbours, whatever stands between."""
    assert words_of(text) == words


def test_classes_count_by_their_share():
    """Two servers and a switch against one server: 1/3 of the switch is not shared, so (2/3) / (4/3)."""
    found = values(features(classes={"server": 2, "switch": 1}), features(classes={"server": 1}))
    assert found["classes"] == pytest.approx(0.5, abs=1e-6)


def test_services_are_compared_as_sets_and_not_where_unknown():
    """One of three in common; a change that was never assessed says nothing, two that touch none neither."""
    one = features(services=frozenset({"shop", "pay"}))
    assert values(one, features(services=frozenset({"pay", "mail"})))["services"] == pytest.approx(1 / 3, abs=1e-6)
    assert values(one, features())["services"] is None
    assert values(features(services=frozenset()), features(services=frozenset()))["services"] is None
    assert values(one, features(services=frozenset()))["services"] == 0.0


def test_rare_words_weigh_more():
    """Of two titles that share one word each with a third, the one that shares the rarer is more alike."""
    titles = [frozenset({"replace", "pdu"}), frozenset({"replace"}), frozenset({"replace"}), frozenset({"pdu"})]
    weight = rarity(titles)
    assert weight["pdu"] > weight["replace"] > 1.0
    asked = features(words=titles[0])
    assert (
        values(asked, features(words=titles[3]), weight)["words"]
        > values(asked, features(words=titles[1]), weight)["words"]
    )


@pytest.mark.parametrize(
    ("one", "other", "value"),
    [
        ({"model": "swap"}, {"model": "swap", "type": "standard"}, 1.0),
        ({"model": "swap"}, {"model": "patch"}, 0.5),
        ({"model": "swap"}, {}, 0.5),
        ({"model": "swap"}, {"type": "standard"}, 0.0),
        ({}, {}, 1.0),
        ({}, {"type": "standard"}, 0.0),
    ],
)
def test_model_and_type(one, other, value):
    """The same model is alike; without models the type tells; with another model the type alone is half."""
    assert values(features(**one), features(**other))["model"] == value


def test_the_mean_is_by_weight_of_the_parts_that_have_a_say():
    """0.3 of 1 and 0.15 of 0 are two thirds; the services, which are not known, do not pull it down."""
    parts = (
        SimilarityPart("classes", 0.3, 1.0),
        SimilarityPart("services", 0.3, None),
        SimilarityPart("model", 0.15, 0.0),
    )
    assert similarity_of(parts) == pytest.approx(2 / 3, abs=1e-6)
    assert similarity_of(()) == 0.0


@given(FEATURES, FEATURES)
def test_what_holds_for_all(one, other):
    """Alike both ways, between 0 and 1, wholly alike to itself, and never above its bound."""
    parts = parts_of(one, other, {})
    assert parts == parts_of(other, one, {})
    assert [part.name for part in parts] == list(WEIGHTS)
    assert 0.0 <= similarity_of(parts) <= at_most(parts) <= 1.0
    assert similarity_of(parts_of(one, one, {})) == 1.0
    assert in_common(parts) == any(part.value for part in parts if part.name != "model")
