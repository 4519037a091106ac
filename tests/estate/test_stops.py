"""Components stopped and started alone: what it does to the shop, and that all is as it was afterwards."""

from __future__ import annotations

import pytest

from tests.estate.description import components
from tests.estate.netns import EstateFault
from tests.estate.probe import State

# Whatever stands alone, by the drawing in the README: without it the shop is down, or has no cache.
DOWN = {
    *(f"host:{name}" for name in ("sw1", "sw2", "rtr1", "db1", "db2")),
    *(f"link:{name}" for name in ("rtr1-sw1", "rtr1-sw2", "db1-sw2", "db2-sw2")),
    "process:db1/postgresql",
    "process:db2/mariadb",
}
DEGRADED = {"host:cache1", "link:cache1-sw2", "process:cache1/redis"}


def _expected(component):
    return State.DOWN if component in DOWN else State.DEGRADED if component in DEGRADED else State.UP


def _stop_and_start(estate, component):
    estate.stop(component)
    assert estate.ask_after().state is _expected(component), component
    estate.start(component)
    assert estate.ask().state is State.UP, component


def test_the_shop_outlives_a_load_balancer_and_waits_for_its_database(estate):
    """
    When the host that holds the virtual address loses its power, the other takes it. Without PostgreSQL the shop is
    down, and when all is there again it is asked over new connections.
    """
    estate.stop("host:lb1")
    assert estate.ask_after().state is State.UP
    estate.stop("process:db1/postgresql")
    assert estate.ask().state is State.DOWN
    estate.start_all()
    assert estate.ask().state is State.UP


def test_a_stopped_component_is_known_and_an_unknown_one_refused(estate):
    """What is stopped can be asked for; a name that is no component names one that is."""
    estate.stop("link:cache1-sw2")
    assert estate.stopped == {"link:cache1-sw2"}
    assert estate.ask().state is State.DEGRADED
    with pytest.raises(EstateFault, match="host:cache1"):
        estate.stop("host:nowhere")


@pytest.mark.promises
@pytest.mark.parametrize("component", components())
def test_any_component_can_be_stopped_and_started_alone(estate, component):
    """The shop is what the drawing says without it, and all is as it was when it is back."""
    _stop_and_start(estate, component)
