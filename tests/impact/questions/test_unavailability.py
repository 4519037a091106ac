"""How likely components are down, asked of a store: precedence and source of each number, moments and revisions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cmdb.context import Context
from cmdb.errors import InvalidInput, NotAllowed
from cmdb.model.ci import CIStatus
from cmdb.model.incident import INCIDENTS
from cmdb.ports.store import Delete
from cmdb.roles import Actor
from cmdb.service import incidents
from impact.questions.graphs import graph_of
from impact.questions.unavailability import unavailabilities
from impact.reading.histories import MOST_REVISIONS, _by_ci, _read, histories_at, moment_of
from impact.reliability.unavailability import PRIOR_HOURS, Source, Window
from tests.builders import a_ci, a_server, add, an_incident, moment, the_context

NOON = moment("2026-03-02T12:00Z")
NOBODY = Actor("nobody", frozenset())
YEAR_AGO = NOON - timedelta(hours=PRIOR_HOURS)


def asked(context, *cis, **more):
    """Return what is known of the CIs, by id."""
    graph = graph_of(context)
    found = unavailabilities(context, graph, graph.indexes(cis or graph.ids), **more)
    return {graph.ids[number]: figure for number, figure in found.items()}


def a_failure(ci, *, hours, began=YEAR_AGO, **fields):
    return an_incident(ci, **{"opened": began, "resolved": began + timedelta(hours=hours), **fields})


def test_each_number_has_the_first_source_there_is():
    """History, what is stated, the class, nothing; each of the two numbers for itself."""
    context = the_context(
        a_server("broken", unavailability=0.002, mtbf_hours=8760.0),
        a_server("told", unavailability=0.004),
        a_server("silent"),
        a_ci("never", "switch", unavailability=0.0),
        a_failure("broken", hours=87.6),
        a_failure("never", hours=5, id="INC-2"),
    )
    server = 0.001, 25_000.0

    found = asked(context)

    assert found["broken"].q == pytest.approx((0.002 + 0.01) / 2)
    assert found["broken"].mtbf_hours == pytest.approx(PRIOR_HOURS)
    assert found["broken"].source == (Source.HISTORY, Source.HISTORY, Window.NOT_ASKED)
    assert found["told"] == (0.004, server[1], (Source.STATED, Source.CLASS_DEFAULT, Window.NOT_ASKED))
    assert found["silent"] == (*server, (Source.CLASS_DEFAULT, Source.CLASS_DEFAULT, Window.NOT_ASKED))
    assert found["never"].q == 0.0
    assert found["never"].source.q is Source.STATED


def test_a_class_without_a_figure_leaves_it_unknown():
    """Nobody guesses; a window can not be counted then, and that is said."""
    context = the_context(a_ci("alone", "vehicle"))

    found = asked(context, "alone", window_hours=4)["alone"]

    assert found == (None, None, (Source.UNSTATED, Source.UNSTATED, Window.WITHOUT_MTBF))


def test_history_without_a_prior_stands_alone():
    """A class of one's own, about which nothing is said."""
    context = the_context(a_ci("alone", "vehicle"), a_failure("alone", hours=87.6))

    found = asked(context)["alone"]

    assert found.q == pytest.approx(0.01)
    assert found.mtbf_hours == pytest.approx(PRIOR_HOURS)


def test_stating_just_what_the_class_says_is_stating_it():
    """The number is the same, its source is not: the graph alone could not tell."""
    context = the_context(a_server("told", unavailability=0.001, mtbf_hours=25_000.0), a_server("silent"))

    found = asked(context)

    assert found["told"][:2] == found["silent"][:2]
    assert found["told"].source[:2] == (Source.STATED, Source.STATED)
    assert found["silent"].source[:2] == (Source.CLASS_DEFAULT, Source.CLASS_DEFAULT)


def test_of_many_and_of_few_the_sources_are_the_same():
    """All are read in one walk, one by one from their documents; a retired CI is passed over."""
    context = the_context(
        *(a_server(f"s{n}", unavailability=0.001 if n % 2 else None) for n in range(12)),
        a_server("s3x", unavailability=0.001, status=CIStatus.RETIRED),
        a_server("t", unavailability=0.5, mtbf_hours=25_000.0),
    )

    together = asked(context)

    assert {ci: asked(context, ci)[ci] for ci in together} == together
    assert together["s3"].source[:2] == (Source.STATED, Source.CLASS_DEFAULT)
    assert together["s4"].source[:2] == (Source.CLASS_DEFAULT, Source.CLASS_DEFAULT)
    assert together["t"].source[:2] == (Source.STATED, Source.STATED)


def test_the_observation_begins_with_the_first_incident_of_the_estate():
    """Since then somebody writes them down, so a CI without one of its own until later was well."""
    context = the_context(
        a_server("first", unavailability=0.002),
        a_server("later", unavailability=0.002),
        a_failure("first", hours=1),
        a_failure("later", hours=87.6, began=NOON - timedelta(days=30), id="INC-2"),
    )

    assert asked(context)["later"].q == pytest.approx((0.002 + 0.01) / 2)


def test_an_open_incident_lasts_until_the_moment_asked_about():
    """And one that is opened later does not count; without a moment it is that of the revision, not of the clock."""
    context = the_context(a_server("a", unavailability=0.002), a_failure("a", hours=0, resolved=None))

    assert asked(context)["a"].q == pytest.approx((0.002 + 1) / 2)
    context.clock.forward(days=300)
    assert asked(context)["a"].q == pytest.approx((0.002 + 1) / 2)
    half = YEAR_AGO + timedelta(hours=PRIOR_HOURS / 2)
    assert asked(context, at=half)["a"].q == pytest.approx((0.002 + 0.5) / 1.5)
    assert asked(context, at=YEAR_AGO - timedelta(hours=1))["a"] == (
        0.002,
        25_000.0,
        (Source.STATED, Source.CLASS_DEFAULT, Window.NOT_ASKED),
    )


def test_a_window_is_counted_from_the_shrunk_numbers():
    """With the source of each still there."""
    context = the_context(a_server("a", unavailability=0.002, mtbf_hours=8760.0), a_failure("a", hours=87.6))

    found = asked(context, window_hours=4)["a"]

    assert found.q == pytest.approx(0.006 + 0.994 * 4 / PRIOR_HOURS, rel=1e-3)
    assert found.source == (Source.HISTORY, Source.HISTORY, Window.COUNTED)


def test_only_what_is_asked_is_answered_once_and_in_order():
    """Numbers ascending, whatever order they came in."""
    context = the_context(a_server("a"), a_server("b"), a_server("c"))
    graph = graph_of(context)

    assert list(unavailabilities(context, graph, [2, 0, 2])) == [0, 2]
    assert unavailabilities(context, graph, []) == {}


def test_the_past_has_its_own_answer():
    """A graph of an earlier revision is read with the incidents, figures and classes of that revision."""
    context = the_context(a_server("a", unavailability=0.002))
    was = graph_of(context)
    before = unavailabilities(context, was, [0])
    add(context, a_failure("a", hours=87.6), a_server("a", unavailability=0.003))

    assert asked(context)["a"].q == pytest.approx((0.003 + 0.01) / 2)
    assert unavailabilities(context, graph_of(context, at=was.revision), [0]) == before


def test_wrong_questions_are_refused():
    """Every fault at once; and only whom may read impact is answered."""
    context = the_context(a_server("a"))
    graph = graph_of(context)

    for window in (-1.0, float("nan"), float("inf")):
        with pytest.raises(InvalidInput) as refused:
            unavailabilities(context, graph, [0], window_hours=window, at=NOON.replace(tzinfo=None))
        assert {problem.pointer for problem in refused.value.problems} == {"/window", "/at"}
    with pytest.raises(NotAllowed):
        unavailabilities(Context(context.store, context.coordination, context.clock, NOBODY), graph, [0])


# what is kept --------------------------------------------------------------------------------------------------------
def test_what_is_kept_equals_what_is_read_anew():
    """Brought along by the log over any few revisions, or read again after many: the same histories."""
    context = the_context(a_server("a"), a_server("b"))
    other = the_context()
    for step in range(40):
        number = step % 7
        add(context, a_failure("ab"[step % 2], hours=step, id=f"INC-{number}"))
        if step % 5 == 4:
            context.records.apply([Delete(INCIDENTS, f"INC-{number}")], because="test:ended")
        kept = histories_at(context.store, context.store.revision())
        assert kept == _anew(context), step
    add(context, *(a_server(f"s{n}") for n in range(3)))
    for step in range(MOST_REVISIONS + 5):
        add(context, a_server("a", name=f"name {step}"))
    assert histories_at(context.store, context.store.revision()) == _anew(context)
    early = histories_at(context.store, 2)
    assert early.by_ci == {"a": ((YEAR_AGO, YEAR_AGO),)}
    assert histories_at(other.store, 0).since is None


def test_history_that_was_let_go_is_read_anew():
    """Where the log no longer reaches back to what is kept, a snapshot does."""
    context = the_context(a_server("a"), role="administrator")
    histories_at(context.store, 1)
    for step in range(6):
        add(context, a_failure("a", hours=step + 1, id=f"INC-{step}"))
    context.records.compact(6)

    assert histories_at(context.store, context.store.revision()) == _anew(context)
    assert len(_anew(context).by_ci["a"]) == 6


def _anew(context):
    revision = context.store.revision()
    return _by_ci(revision, _read(context.store, revision))


def test_a_revision_has_a_moment():
    """When it was made; there is none before the first."""
    context = the_context(a_server("a"))
    context.clock.forward(hours=1)
    add(context, a_server("b"))

    assert (moment_of(context.store, 1), moment_of(context.store, 2)) == (NOON, NOON + timedelta(hours=1))
    assert moment_of(context.store, 0) is None


def test_what_the_desk_writes_is_counted():
    """From opening to resolving, through the desk itself."""
    context = the_context(a_server("a", unavailability=0.002))
    held = incidents.open_incident(context, title="t", cis=["a"], priority=1, opened="2026-03-02T00:00Z")
    incidents.resolve(context, held.record.id, resolved="2026-03-02T06:00Z")

    assert asked(context)["a"].q == pytest.approx((0.002 * PRIOR_HOURS + 6) / (PRIOR_HOURS + 12))
