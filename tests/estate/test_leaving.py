"""What is left of an estate that is down, or whose maker was killed: nothing."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.estate import keeper, netns
from tests.estate.description import HOSTS
from tests.estate.estate import up
from tests.estate.needs import missing
from tests.estate.netns import EstateFault
from tests.estate.place import Place
from tests.estate.probe import State

MAKE = "import sys, time; from tests.estate.estate import up; up(sys.argv[1]); print('up', flush=True); time.sleep(600)"


@pytest.fixture
def place():
    """The place of an estate that the test makes itself."""
    if lacks := missing():
        pytest.skip(f"no estate here: {', '.join(lacks)}")
    mine = Place(f"leaving-{os.getpid()}")
    yield mine
    keeper.sweep()


def traces(place):
    """Return whatever there is of an estate: namespaces, mounts, its folder, and processes that name it."""
    mounts = [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if f"/{place.name}" in line]
    named = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if place.name in path.read_text(errors="replace"):
                named.append(path.parent.name)
    return [*netns.names(place.namespace("")), *mounts, *named, *([place.folder] if place.folder.exists() else [])]


def _begin(place):
    """Start a process that makes the estate, and return it as soon as every host has been switched on."""
    maker = subprocess.Popen([sys.executable, "-c", MAKE, place.name], cwd=keeper.CHECKOUT)
    end = time.monotonic() + 60
    while not all(place.control(host.name).exists() for host in HOSTS):
        assert maker.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)
    return maker


def _kill(process):
    process.kill()
    process.wait()


def _eventually_nothing(place):
    end = time.monotonic() + 30
    while left := traces(place):
        assert time.monotonic() < end, left
        time.sleep(0.1)


def test_an_estate_ends_with_the_process_that_made_it(place):
    """Killed in the middle of making it, a test run leaves nothing behind for long."""
    maker = _begin(place)
    inhabitants = netns.inhabitants(place.namespace(host.name) for host in HOSTS)
    assert len(inhabitants) > len(HOSTS)
    _kill(maker)
    _eventually_nothing(place)
    assert not any(netns.began(pid) for pid in inhabitants)


def test_what_has_lost_its_keeper_is_swept(place):
    """When even the process that would have ended it was killed, the next estate, or ``sweep``, removes it."""
    maker = _begin(place)
    os.kill(json.loads(place.keeper.read_text())["pid"], 9)
    _kill(maker)
    # Another estate that is made meanwhile sweeps too, so it may be gone already.
    end = time.monotonic() + 30
    while left := traces(place):
        assert time.monotonic() < end, left
        keeper.sweep()
        time.sleep(0.1)


@pytest.mark.promises
def test_two_are_up_at_once_and_down_leaves_nothing(place):
    """Each has a name of its own and the same addresses; the end of one is not noticed by the other."""
    with up(place.name) as one, up(f"{place.name}-b") as other:
        with pytest.raises(EstateFault, match="up already"):
            up(place.name)
        inhabitants = netns.inhabitants(one.place.namespace(host.name) for host in HOSTS)
        one.down()
        assert not any(netns.began(pid) for pid in inhabitants)
        assert other.ask().state is State.UP
    assert not traces(one.place)
    assert not traces(other.place)
