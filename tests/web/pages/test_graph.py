"""The drawing of reasons: gates with their pips, alike nodes merged and counted, and it never outgrows the page."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cmdb.model.assessment import ServiceOutcome
from cmdb.model.outcome import Outcome
from impact.answers import what_goes_down
from impact.graph import build
from impact.questions.impact import impact_of
from impact.questions.why import explained, why_failing
from tests.builders import a_server, a_service, depends, needs, the_context
from tests.impact.strategies import estates
from tests.oracles.estate import rows_of
from web.pages.graph import MOST_NODES, Drawing, Facts, drawing_of


def facts_of(paths: dict[str, tuple[str, ...]], *, down: tuple[str, ...] = (), failed: str = "x") -> Facts:
    """Return facts in which each service is reached on its path and goes down if ``down`` names it."""
    services = tuple(
        ServiceOutcome(
            id=service,
            name=service.upper(),
            tier=1,
            outcome=Outcome.DOWN if service in down else Outcome.REDUCED,
            minutes={},
            reason=path,
            new_single_points=(),
            margin=1,
            margin_high=1,
        )
        for service, path in paths.items()
    )
    return Facts(services, frozenset({failed}), frozenset(down), frozenset(), None)


def assert_readable(drawing: Drawing) -> None:
    """No node covers another, none leaves the frame, and there are not too many."""
    assert drawing.nodes <= MOST_NODES
    frames = [(box.x, box.y, box.width, 44) for box in drawing.boxes]
    frames += [(pill.x, pill.y, pill.width, 28) for pill in drawing.pills]
    for number, (x, y, width, height) in enumerate(frames):
        assert x >= 0
        assert x + width <= drawing.width
        assert 0 <= y <= drawing.height - height
        for left, top, wide, high in frames[number + 1 :]:
            apart = x + width <= left or left + wide <= x or y + height <= top or top + high <= y
            assert apart, (frames[number], (left, top, wide, high))


def test_a_small_reason_is_drawn_box_by_box_from_the_target_up():
    """Three boxes in three rows, the target at the bottom and marked, a red line only into what goes down."""
    drawing = drawing_of(facts_of({"s": ("x", "y", "s"), "t": ("x", "t")}, down=("s", "y")))

    assert drawing is not None
    by_label = {box.label: box for box in drawing.boxes}
    assert set(by_label) == {"x", "y", "S", "T"}
    assert by_label["x"].y > by_label["y"].y > by_label["S"].y
    assert by_label["x"].changed
    assert [edge.fails for edge in drawing.edges] == [True, True, False]


@pytest.mark.parametrize("services", [13, 240])
def test_what_is_alike_is_merged_and_counted(services):
    """A hub below hundreds of services is a readable drawing in which every one is counted."""
    paths = {f"s{n}": ("x", f"pool{n}", f"s{n}") for n in range(services)}
    drawing = drawing_of(facts_of(paths))

    assert drawing is not None
    assert {box.label for box in drawing.boxes} == {"x", f"{services} CIs", f"{services} services"}
    assert drawing.total == 2 * services + 1


def test_boxes_lie_in_the_frame_and_never_on_each_other():
    """Paths of different lengths, down and not."""
    paths = {f"s{n}": ("x", *(f"level{n % 4}-{step}" for step in range(n % 3)), f"s{n}") for n in range(9)}
    drawing = drawing_of(facts_of(paths, down=("s1", "s4")))

    assert drawing is not None
    assert_readable(drawing)


@pytest.mark.parametrize("paths", [{}, {"x": ("x",)}, {"s": ("x", "y" * 200, "s")}])
def test_nothing_to_draw_or_no_room_for_it_leaves_the_table_alone(paths):
    """No services, a target that is itself the service, and an id longer than any box."""
    assert drawing_of(facts_of(paths)) is None


def test_a_gate_shows_who_holds_and_what_else_fell_in_it():
    """Both power strips stand under the failed gate, the twin that now stands alone under the other."""
    things = (
        *(a_server(ci) for ci in ("db-a", "db-b", "pdu-a", "pdu-b", "ups")),
        a_service("shop"),
        *needs("shop", 1, "db-a", "db-b", group="db"),
        *needs("db-b", 1, "pdu-a", "pdu-b", group="power"),
        *depends("pdu-a", "ups"),
        *depends("pdu-b", "ups"),
    )
    context = the_context(*things)
    answer = impact_of(context, ["ups"])
    why = why_failing(context, ["ups"], answer.services, ["db-a"], at=answer.revision)
    drawing = drawing_of(Facts(answer.services, frozenset({"ups"}), frozenset(answer.down), frozenset(), why))

    assert drawing is not None
    assert_readable(drawing)
    pills = {pill.label: (pill.pips, pill.aside) for pill in drawing.pills}
    assert pills == {
        "1 of 2 db": ((True, False), "no spare left"),
        "1 of 2 power": ((False, False), "too few left"),
    }
    words = {box.label: box.look.word for box in drawing.boxes}
    assert words["pdu-b"] == "Down"
    assert words["db-a"] == "Single point"
    assert (drawing.total, drawing.groups, drawing.left) == (6, 2, 0)
    high = {box.label: box.y for box in drawing.boxes}
    assert all(high[below] > high[above] for above, below in pairwise(["shop", "db-b", "pdu-a", "ups"]))


def test_what_is_not_drawn_is_counted():
    """A CI that goes down beside the way is not drawn, and the count says so."""
    things = (a_server("a"), a_server("b"), a_server("aside"), a_service("shop"))
    context = the_context(*things, *depends("shop", "a"), *depends("aside", "a"))
    answer = impact_of(context, ["a"])
    drawing = drawing_of(Facts(answer.services, frozenset({"a"}), frozenset(answer.down), frozenset(), None))
    assert drawing is not None
    assert (drawing.total, drawing.left) == (2, 1)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(estate=estates(), data=st.data())
def test_whatever_the_estate_the_drawing_is_readable_and_counts_everything(estate, data):
    """Cycles, nested and shared groups: each touched CI is drawn or counted, and no node lies on another."""
    failed = tuple(sorted(data.draw(st.sets(st.sampled_from(list(estate.items)), min_size=1, max_size=3))))
    graph = build(revision=7, **rows_of(estate))
    answer = what_goes_down(graph, failed)
    why = explained(graph, [failed], answer.services, [])
    facts = Facts(answer.services, frozenset(failed), frozenset(answer.down), frozenset(answer.degraded), why)
    drawing = drawing_of(facts)
    if drawing is not None:
        assert_readable(drawing)
        touched = {*failed, *answer.down, *answer.degraded, *(service.id for service in answer.services)}
        assert drawing.total + drawing.left >= len(touched)
