"""The drawing of reasons: all CIs stand for something, alike ones share a box, and it never outgrows the page."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cmdb.model.assessment import Assessment, Inputs, Outcome, ServiceOutcome, Verdict
from cmdb.model.change import ChangeType
from cmdb.model.phases import Phase
from tests.builders import NOON, a_window, moment
from web.pages.change.graph import MOST_BOXES, drawing_of


def an_assessment(paths: dict[str, tuple[str, ...]], *, down: tuple[str, ...] = (), failed: str = "x") -> Assessment:
    """Return an assessment in which each service is reached on its path and goes down if ``down`` names it."""
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
    window = a_window()
    return Assessment(
        id="ASM-1",
        change="CHG-1",
        number=1,
        change_revision=1,
        graph_revision=1,
        made_at=moment(NOON),
        made_by="engineer",
        inputs=Inputs(ChangeType.NORMAL, window, (), True, 0, "", ""),
        verdict=Verdict.CAB,
        reasons=(),
        services=services,
        unaffected=0,
        standing=(),
        down=down,
        degraded=(),
        retired=(),
        phases=(Phase(window.start, window.start + timedelta(minutes=5), (failed,)),),
        previous="0" * 64,
    )


def test_a_small_reason_is_drawn_box_by_box_from_the_target_up():
    """Three boxes in three rows, the target at the bottom and marked, a red line only into what goes down."""
    drawing = drawing_of(an_assessment({"s": ("x", "y", "s"), "t": ("x", "t")}, down=("s", "y")))

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
    drawing = drawing_of(an_assessment(paths))

    assert drawing is not None
    assert {box.label for box in drawing.boxes} == {"x", f"{services} CIs", f"{services} services"}
    assert drawing.total == 2 * services + 1


def test_boxes_lie_in_the_frame_and_never_on_each_other():
    """Whatever the shape, no box covers another and none leaves the frame."""
    paths = {f"s{n}": ("x", *(f"level{n % 4}-{step}" for step in range(n % 3)), f"s{n}") for n in range(9)}
    drawing = drawing_of(an_assessment(paths, down=("s1", "s4")))

    assert drawing is not None
    assert len(drawing.boxes) <= MOST_BOXES
    for number, box in enumerate(drawing.boxes):
        assert box.x >= 0
        assert box.x + box.width <= drawing.width
        assert 0 <= box.y <= drawing.height - 44
        for other in drawing.boxes[number + 1 :]:
            apart = box.x + box.width <= other.x or other.x + other.width <= box.x or box.y != other.y
            assert apart, (box, other)


@pytest.mark.parametrize("paths", [{}, {"x": ("x",)}, {"s": ("x", "y" * 200, "s")}])
def test_nothing_to_draw_or_no_room_for_it_leaves_the_table_alone(paths):
    """No services, a target that is itself the service, and an id longer than any box."""
    assert drawing_of(an_assessment(paths)) is None
