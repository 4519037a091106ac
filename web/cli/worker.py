"""``foreshock worker``: the process that runs jobs."""

from __future__ import annotations

import os
import platform
import signal
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from cmdb.plural import counted
from web.cli.output import done, note
from web.cli.root import command
from web.cli.session import Session
from web.told import Told

if TYPE_CHECKING:
    from cmdb.model.run import Run, Said

LONGEST_PAUSE = 30.0


def holder() -> str:
    """Return the name under which this process holds what it takes."""
    return f"{platform.node() or 'worker'}-{os.getpid()}"


@command(example="foreshock worker --at-once 2")
@click.option(
    "--at-once", metavar="N", type=click.IntRange(1, 64), default=4, show_default=True, help="Runs at one time."
)
@click.option(
    "--patience",
    metavar="SECONDS",
    type=click.FloatRange(0, 86_400),
    default=10.0,
    show_default=True,
    help="How long runs may go on after it was told to end, before they are handed back.",
)
@click.option(
    "--receive/--no-receive",
    default=True,
    show_default=True,
    help="Listen at the addresses that sources name, such as grpc_address of otlp_traces.",
)
@click.pass_obj
def worker(session: Session, /, at_once: int, patience: float, receive: bool) -> None:
    """
    Run jobs until Ctrl-C or SIGTERM: those that are due, and those that were asked for. One line says when it is ready.

    Any number of workers share a store; each run is one's alone, and one of them keeps the clock. Told to end, it takes
    nothing more, lets its runs end for a while, and hands back the rest: another worker begins them anew.
    """
    from web.bootstrap import make_reception, make_worker

    session.here()
    stop = Told()
    before = [(number, signal.signal(number, stop.set)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        if not _opened(session, stop):
            return
        session.context.allow("job:work")
        name = holder()
        works = make_worker(session.settings, session.store, holder=name, at_once=at_once, tell=_tell, say=_say)
        reception = make_reception(lambda: session.store, listen=True, say=_say)
        done(
            session,
            {"worker": name, "at_once": at_once},
            f"The worker {name} is ready for {counted(at_once, 'run')} at once.",
        )
        with reception.kept() if receive else nullcontext():
            heard = works.run(stop, patience=patience)
        if not heard:
            note("work that does not listen was given up; what it still writes is refused")
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _opened(session: Session, stop: Told) -> bool:
    """Open the store, waiting for a server that is away; False when told to end before it came."""
    from cmdb.ports.errors import StoreBusy, StoreRefused, StoreUnavailable
    from web.bootstrap import store_address

    pause = 1.0
    while not stop.is_set():
        try:
            return session.store is not None
        except (StoreBusy, StoreUnavailable) as error:
            # What waiting does not mend, nobody mends but who reads this; a file that is away is of that sort.
            if isinstance(error, StoreRefused) or store_address(session.settings).shown.startswith("sqlite:"):
                raise
            note(f"{error}; asking again in {pause:g} s")
            stop.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
    return False


def _tell(run: Run) -> None:
    from web.wording_run import run_words

    note(run_words(run))


def _say(said: Said) -> Any:
    from web.cli.runs import said_line

    note(said_line(said))
