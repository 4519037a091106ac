"""A call that can not be interrupted, made so that being cancelled is heard all the same."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from discovery.ports.connector import Line

Answer = TypeVar("Answer")
TICK = 0.2  # seconds between two looks whether the reading is to go on


def attend(line: Line, call: Callable[[], Answer]) -> Answer:
    """
    Return what ``call`` returns, made in a thread of its own while this one asks the line whether to go on.

    Where the line ends the reading, its error passes at once and the call is left to its own time-out; so it must
    have one, and must not touch the line. For libraries that block; one with an event loop does not need this.

    Raises:
        whatever ``call`` raises, and what ``line.check`` does.
    """
    answers: list[Answer] = []
    faults: list[BaseException] = []
    done = Event()

    def work() -> None:
        try:
            answers.append(call())
        except BaseException as error:  # Handed to the thread that asked, which raises it.
            faults.append(error)
        finally:
            done.set()

    line.check()
    Thread(target=work, name="discovery-call", daemon=True).start()
    while not done.wait(TICK):
        line.check()
    if faults:
        raise faults[0]
    return answers[0]
