"""A question that is answered in this process: progress for who watches, and Ctrl-C that is heard within a second."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from web.cli.session import Session

DRAWN_AFTER = 1.0
HEARD_WITHIN = 1.0


@contextmanager
def asking(session: Session) -> Iterator[None]:
    """
    Count what happens inside as computing, draw how far it is when it takes long, and let Ctrl-C end it.

    A question writes nothing, so it may be left at any point.
    """
    with ExitStack() as inside:
        inside.enter_context(session.watch.computing())
        if session.server is None:
            from impact.questions.graphs import heard

            inside.enter_context(_heard_interrupts())
            if session.on_terminal and not session.settings.no_color:
                inside.enter_context(heard(inside.enter_context(_Drawn(session))))
        yield


class _Drawn:
    """Draws the step a question is at; nothing, and no library that draws, before it has taken a while."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._began = time.monotonic()
        self._open = ExitStack()
        self._drawn: Any = None
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> _Drawn:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def __call__(self, step: str, done: int, total: int | None = None) -> None:
        if self._drawn is None:
            if time.monotonic() - self._began < DRAWN_AFTER:
                return
            self._drawn = self._open.enter_context(_bars())
        if step not in self._tasks:
            self._tasks[step] = self._drawn.add_task(step, total=total)
        self._drawn.update(self._tasks[step], completed=done, total=total)


def _bars() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,}", justify="right"),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), transient=True)


@contextmanager
def _heard_interrupts() -> Iterator[None]:
    """
    Let Ctrl-C end the process within a second also while compiled code runs, which hears nothing.

    The interpreter raises KeyboardInterrupt as soon as it gets to it, which is nearly always at once. A thread that the
    system itself tells of the signal waits for that, and where it does not come, it ends the process in its place.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    left = threading.Event()
    before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    watching = threading.Thread(target=_watch, args=(ours, left), name="interrupts", daemon=True)
    watching.start()
    try:
        yield
    finally:
        left.set()
        signal.set_wakeup_fd(before)
        theirs.close()
        watching.join()
        ours.close()


def _watch(told: socket.socket, left: threading.Event) -> None:
    while numbers := told.recv(16):
        if signal.SIGINT in numbers and not left.wait(HEARD_WITHIN):
            from web.cli.failures import report_interrupt

            status = report_interrupt(False)
            sys.stderr.flush()
            os._exit(status)
