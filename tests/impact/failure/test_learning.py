"""Predictions for changes to come: cold start, parts that add up, splitting, and a model kept as a document."""

from __future__ import annotations

import json
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.failure.forecast import forecast
from impact.failure.learning import Learned, learn
from impact.failure.model import from_json
from impact.failure.seen import probability
from impact.failure.table import Extractor, happened, tabulate
from tests.impact.failure.histories import FACTS, history, past, planned


@pytest.fixture(scope="module")
def learned() -> Learned:
    found = learn(history(), FACTS)
    assert found.model.method == "weighed"
    return found


@pytest.fixture(scope="module")
def little() -> Learned:
    found = learn(history(120), FACTS)
    assert found.model.method == "pooled"
    return found


def some_change(chance: random.Random, **known):
    targets = tuple(sorted({f"ci{chance.randrange(40)}" for _ in range(chance.randint(1, 30))} | {"bad", "a"}))
    return planned(
        9_999,
        day=410.0,
        title="patch everything",
        model="patch",
        team=chance.choice(["unix", "net", None]),
        implementer=chance.choice(["p1", "new", None]),
        **{"targets": targets, "facts": {"test_evidence": 0.0, "files": 60.0}, **known},
    )


def test_no_history_gives_the_wide_prior():
    """One in five, and nearly anything possible: never "low"."""
    found = learn([], ()).predict(planned(1, team="unix", targets=("a",)))

    assert found.method == "pooled"
    assert found.mean == pytest.approx(0.2)
    assert found.low < 0.05 < 0.6 < found.high
    assert found.effective_sample_size < 5.0
    assert found.alike is None


def test_a_key_never_seen_has_the_rate_above_it_and_is_less_sure(little):
    """A new team is not a safe team: it has the organisation's rate, with a wider interval than a known one."""
    known = little.predict(planned(1, day=410.0, model="patch", team="unix", targets=("a",)))
    new = little.predict(planned(1, day=410.0, model="nobody's", team="nobody", targets=("nothing",)))
    level = little.predict(planned(1, day=410.0))

    assert new.mean == pytest.approx(level.mean)
    assert math.log(new.high / new.low) > math.log(known.high / known.low)
    assert new.effective_sample_size < known.effective_sample_size


def test_a_change_to_come_is_foretold_as_in_the_backtest(little):
    """Asked of what a history has taught, or met at the end of that history: the same probability and interval."""
    changes = history(120)
    late = planned(999, day=440.0, model="patch", team="net", targets=("a", "bad"), facts={"files": 3.0})

    extractor = Extractor(FACTS)
    table = tabulate([*changes, past(late, bad=True)], extractor)
    met = forecast(table, extractor.columns, extractor.owners)
    asked = little.predict(late)

    assert (asked.mean, asked.method) == (pytest.approx(met.pooled[-1]), "pooled")
    assert not met.weighed[-1]


def test_changes_under_way_count_as_work_and_not_as_outcomes():
    """One that began and whose outcome nobody knows yet moves what is told of activity, not the rates."""
    changes = history(300)
    going_on = [planned(n, day=409.9, implementer="p1", targets=("a",)) for n in range(5_000, 5_006)]
    late = planned(999, day=410.0, implementer="p1", targets=("a",))
    still, busy = learn(changes, FACTS), learn(changes, FACTS, going_on)
    names = [column for _, column in still.model.columns]
    before, after = (dict(zip(names, taught.figures(late)[0].values[0], strict=True)) for taught in (still, busy))

    assert after["activity_cis_3h"] > before["activity_cis_3h"]
    assert after["implementer_experience"] > before["implementer_experience"]
    rates = [name for name in names if "_rate" in name]
    assert [after[name] for name in rates] == [before[name] for name in rates]


def test_a_change_may_be_asked_about_after_others_began():
    """Its window may lie before the start of what already goes on: nothing is closer than no gap at all."""
    going_on = [planned(1, day=9.0, implementer="p1", targets=("a",))]
    late = planned(2, day=2.0, implementer="p1", targets=("a",))
    taught = learn([], FACTS, going_on)
    names = [column for _, column in taught.model.columns]

    values = dict(zip(names, taught.figures(late)[0].values[0], strict=True))

    assert (values["activity_cis_gap"], values["implementer_gap"]) == (0.0, 0.0)


def test_how_long_changes_took_is_weighed_only_once_known():
    """A duration enters with the outcome; an end that came after it is not known then."""
    early, late = (
        past(planned(n, day=float(n)), bad=False, after=3.0, ended=ended) for n, ended in enumerate((1.0, 9.0))
    )

    assert happened(early)[1].ended == happened(early)[0] - 2.0
    assert math.isnan(happened(late)[1].ended)


def test_more_of_the_same_makes_it_surer():
    """The interval narrows and the effective sample size grows with every outcome of one key."""
    sizes = []
    for count in (0, 5, 20, 80):
        changes = [past(planned(n, day=n / 10.0, team="unix"), bad=n % 10 == 0) for n in range(count)]
        sizes.append(learn(changes, ()).predict(planned(999, day=20.0, team="unix")).effective_sample_size)

    assert sizes == sorted(sizes)
    assert sizes[-1] > 2.0 * sizes[0]


@pytest.mark.parametrize("which", ["learned", "little"])
def test_contributions_add_up_exactly(which, request):
    """The sum of the parts, in log-odds, is that of the mean, by both methods; the organisation's rate is first."""
    taught = request.getfixturevalue(which)
    chance = random.Random(3)
    for _ in range(20):
        found = taught.predict(some_change(chance))
        assert found.mean == probability(math.fsum(part for _, part in found.contributions))
        assert found.contributions[0][0] == "organisation"
        assert found.low < found.mean < found.high


def test_a_document_foretells_the_same_bits(learned):
    """The model goes through JSON and back, and says the same of the same figures: no library is asked."""
    document = json.loads(json.dumps(learned.model.as_json()))
    change = some_change(random.Random(1))

    again = from_json(document)

    assert again.as_json() == learned.model.as_json()
    assert again.predict(*learned.figures(change)) == learned.predict(change)


def test_a_document_of_another_format_is_refused(learned):
    """A newer format is not guessed at."""
    with pytest.raises(ValueError, match="format 2"):
        from_json({**learned.model.as_json(), "format": 2})


def test_the_honest_sentence_has_its_figures(learned):
    """A prediction brings what became of earlier ones in the same range."""
    found = learned.predict(planned(1, day=410.0, team="unix", targets=("a",), facts={"test_evidence": 1.0}))

    assert found.alike is not None
    assert found.alike.low <= found.mean < found.alike.high
    assert 0 <= found.alike.failures <= found.alike.changes


def test_asking_twice_is_asking_once(learned):
    """A prediction leaves nothing behind."""
    change = some_change(random.Random(2))

    assert learned.predict(change) == learned.predict(change)


@pytest.mark.parametrize("which", ["learned", "little"])
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), parts=st.integers(2, 10))
def test_splitting_a_change_does_not_lower_the_total(which, request, seed, parts):
    """However its targets are dealt out, the parts' probabilities come to at least that of the whole."""
    taught = request.getfixturevalue(which)
    chance = random.Random(seed)
    whole = some_change(chance)
    dealt = [[] for _ in range(parts)]
    for target in whole.targets:
        dealt[chance.randrange(parts)].append(target)
    pieces = [
        some_change(
            random.Random(seed),
            targets=tuple(piece),
            facts={"test_evidence": 0.0, "files": 60.0 / parts},
        )
        for piece in dealt
        if piece
    ]

    total = sum(taught.predict(piece).mean for piece in pieces)

    # A tenth without targets is still a tenth of the work: where all fall to one part, that is the whole.
    if len(pieces) > 1:
        assert total >= taught.predict(whole).mean


def test_a_history_in_which_only_size_fails_is_split_in_vain():
    """Even where failing is all a matter of size, ten tenths are foretold to fail as often as the whole."""
    chance = random.Random(0)
    changes = []
    for number in range(1500):
        size = chance.choice([1, 2, 50, 60])
        change = planned(
            number, day=number / 4.0, targets=tuple(f"t{chance.randrange(400)}" for _ in range(size)), facts={"x": size}
        )
        changes.append(past(change, bad=chance.random() < (0.6 if size > 10 else 0.005)))
    taught = learn(changes, ("x",))
    assert taught.model.method == "weighed"
    targets = tuple(f"t{n}" for n in range(60))
    whole = taught.predict(planned(1, day=400.0, targets=targets, facts={"x": 60.0}))
    pieces = [
        taught.predict(planned(1, day=400.0, targets=targets[n * 6 : n * 6 + 6], facts={"x": 6.0})) for n in range(10)
    ]

    assert whole.mean > 3.0 * pieces[0].mean
    assert sum(piece.mean for piece in pieces) >= whole.mean
