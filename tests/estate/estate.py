"""The estate as one thing: up, down, every component stopped and started alone, and the shop asked."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import TracebackType
from typing import Self

from tests.estate import description, health, hosts, keeper, netns, network, probe
from tests.estate.description import BY_NAME, HOSTS, LINKS, PROBE
from tests.estate.netns import EstateFault
from tests.estate.place import Access, Place, make_access, make_folder, read_access
from tests.estate.probe import Answer
from tests.estate.service import STARTED_ANEW_WITH

UP_SECONDS = 60.0
SETTLE_SECONDS = 40.0
VIP_SECONDS = 5.0  # The virtual address needs about 3.5 s to move, so the shop is asked so long after a stop.

_LINKS = {link.name: link for link in LINKS}


class Estate:
    """
    An estate that is up, made by :func:`up` or found by :func:`attach`; as a context it is down afterwards.

    ``access`` says how one gets in, ``up_seconds`` how long it took to be up.
    """

    def __init__(self, place: Place, access: Access, keeping: subprocess.Popen[bytes] | None = None) -> None:
        self.place = place
        self.access = access
        self.up_seconds = 0.0
        self._keeping = keeping

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.down()

    def down(self) -> None:
        """End and remove everything; nothing is left. Twice is once."""
        _end(self.place, self._keeping)
        self._keeping = None

    # looking ---------------------------------------------------------------------------------------------------------
    @contextlib.contextmanager
    def within(self, host: str = PROBE.name) -> Iterator[None]:
        """
        Let this thread's network be that of a host: by default the probe, from where everything is reached.

        Whatever is opened or started meanwhile, asyncio's sockets too, is there; threads started meanwhile stay there.
        """
        with netns.within(self.place.namespace(host)):
            yield

    def run(self, host: str, command: Sequence[str], seconds: float = 20.0) -> str:
        """
        Run a command of this machine in the network of a host (not in its file system) and return what it printed.

        Raises:
            subprocess.SubprocessError: it failed or took longer than ``seconds``.
        """
        # Whoever is killed takes the command along: nobody stays behind in a namespace.
        bound = ["setpriv", "--pdeathsig", "KILL", *command]
        with self.within(host):
            done = subprocess.run(bound, capture_output=True, text=True, timeout=seconds, check=True)
        return done.stdout

    def ask(self) -> Answer:
        """Ask the shop over its virtual address, from the probe, now."""
        return probe.ask(self.place)

    def ask_after(self, seconds: float = VIP_SECONDS) -> Answer:
        """Ask the shop when ``seconds`` have passed: by then the virtual address has moved, if it had to."""
        time.sleep(seconds)
        return self.ask()

    # stopping and starting -------------------------------------------------------------------------------------------
    def components(self) -> tuple[str, ...]:
        """Return whatever can be stopped alone, sorted: ``host:web1``, ``link:web1-sw1``, ``process:web1/nginx``."""
        return description.components()

    @property
    def stopped(self) -> frozenset[str]:
        """What is stopped now, whoever did it."""
        path = self.place.stopped
        return frozenset(json.loads(path.read_text(encoding="ascii"))) if path.exists() else frozenset()

    def stop(self, component: str) -> None:
        """
        Stop one component: a host as by a power cut, a link as by pulling the plug, a process as its manager would.

        What it takes with it is seen after a while; see :meth:`ask_after`. What is stopped already stays so.

        Raises:
            EstateFault: there is no such component, or it does not stop.
        """
        kind, name = self._known(component)
        if component in self.stopped:
            return
        self._remember(self.stopped | {component})
        if kind == "host":
            hosts.power_off(BY_NAME[name], self.place)
        elif kind == "link" and self._is_on(_LINKS[name].right[0]):
            network.pull(self.place, _LINKS[name])
        elif kind == "process":
            host, _, process = name.partition("/")
            if self._is_on(host):
                hosts.order(self.place, host, process, "stop")

    def start(self, *components: str, seconds: float = SETTLE_SECONDS) -> None:
        """
        Start what was stopped, and wait until everything is as it was; see :meth:`settle`.

        Raises:
            EstateFault: there is no such component, or not all is well after ``seconds``.
        """
        before = self.stopped
        known = [known for component in components if (known := self._known(component)) and component in before]
        self._remember(before - set(components))
        for kind, name in known:
            self._start(kind, name, booting={other for each, other in known if each == "host"})
        self.settle(seconds)

    def start_all(self, seconds: float = SETTLE_SECONDS) -> None:
        """Start all that is stopped, and wait until everything is as it was."""
        self.start(*sorted(self.stopped), seconds=seconds)

    def settle(self, seconds: float = SETTLE_SECONDS) -> None:
        """
        Wait until all is well: what is not stopped runs, and, if nothing is stopped, all that "up" means.

        Raises:
            EstateFault: it is not after ``seconds``; the text says what is missing.
        """
        end = time.monotonic() + seconds
        pending: list[Callable[[], list[str]]] = [partial(health.standing, self.place, self.stopped)]
        if not self.stopped:
            pending += [partial(check, self.place, self.access) for check in health.CHECKS]
        while pending:
            faults = pending[0]()
            if not faults:
                pending.pop(0)
            elif time.monotonic() > end:
                raise EstateFault(f"not well after {seconds:g} s: {'; '.join(faults)}")
            else:
                time.sleep(0.1)

    def _known(self, component: str) -> tuple[str, str]:
        if component not in self.components():
            raise EstateFault(f"there is no component {component}; {self.components()[0]} is one")
        kind, _, name = component.partition(":")
        return kind, name

    def _remember(self, stopped: frozenset[str]) -> None:
        self.place.stopped.write_text(json.dumps(sorted(stopped)), encoding="ascii")

    def _is_on(self, host: str) -> bool:
        return f"host:{host}" not in self.stopped

    def _start(self, kind: str, name: str, booting: set[str]) -> None:
        """Start one thing; a host that is ``booting`` too starts its processes by itself."""
        if kind == "host":
            self._power_on(name)
        elif kind == "link" and self._is_on(_LINKS[name].right[0]):
            network.plug(self.place, _LINKS[name])
        elif kind == "process":
            host, _, process = name.partition("/")
            if self._is_on(host) and host not in booting:
                self._start_process(host, process)

    def _start_process(self, host: str, process: str) -> None:
        hosts.order(self.place, host, process, "start")
        follower = STARTED_ANEW_WITH.get(process)
        if follower and f"process:{host}/{follower}" not in self.stopped:
            hosts.order(self.place, host, follower, "stop")
            hosts.order(self.place, host, follower, "start")

    def _power_on(self, name: str) -> None:
        cut = [link for link in LINKS if f"link:{link.name}" in self.stopped]
        unplugged = [link.right[1] for link in cut if link.right[0] == name]
        without = [each.name for each in BY_NAME[name].processes if f"process:{name}/{each.name}" in self.stopped]
        hosts.power_on(BY_NAME[name], self.place, unplugged, without)


def _end(place: Place, keeping: subprocess.Popen[bytes] | None) -> None:
    keeper.dismiss(place, keeping)
    hosts.remove(place)


def up(name: str, *, held: bool = True) -> Estate:
    """
    Make an estate called ``name`` and return it when it is up.

    A ``held`` one ends with this process, however that ends; any ends by itself after an hour. What an earlier one
    that was not ended left behind is removed first.

    Raises:
        EstateFault: one of this name is up already, or it could not be made; nothing is left of it then.
    """
    began = time.monotonic()
    keeper.sweep()
    place = Place(name)
    try:
        make_folder(place)
    except FileExistsError:
        raise EstateFault(f"the estate {name} is up already") from None
    keeping = keeper.employ(place, held=held)
    try:
        access = make_access(place)
        network.build(place)
        # Data stores take longest to be ready, so they go first.
        for host in sorted(HOSTS, key=lambda host: -int(host.name.startswith("db"))):
            hosts.write(host, place, access)
            hosts.power_on(host, place)
        estate = Estate(place, access, keeping)
        estate.settle(UP_SECONDS)
    except BaseException:
        _end(place, keeping)
        raise
    estate.up_seconds = time.monotonic() - began
    return estate


def attach(name: str) -> Estate:
    """
    Return the estate of that name that is up, as another process made it.

    Raises:
        EstateFault: there is none.
    """
    place = Place(name)
    try:
        return Estate(place, read_access(place))
    except OSError:
        raise EstateFault(f"the estate {name} is not up") from None
