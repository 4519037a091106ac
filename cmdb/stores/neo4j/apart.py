"""Doing what an interrupt must not tear: a connection left in the midst of an answer gives wrong ones later."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

GRACE = 2.0  # Seconds that what was begun may go on after an interrupt.
Result = TypeVar("Result")


def apart(work: Callable[[], Result]) -> Result:
    """
    Return what ``work`` returns, or raise what it raises.

    Python delivers signals to the main thread, so there it is done in another one, and the main thread, which waits, is
    what Ctrl-C interrupts. A thread costs some fifty microseconds, a round trip to the server a millisecond.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    results: list[Result] = []
    faults: list[BaseException] = []
    over = threading.Event()

    def run() -> None:
        try:
            results.append(work())
        except BaseException as fault:
            faults.append(fault)
        finally:
            over.set()

    threading.Thread(target=run, daemon=True).start()
    try:
        over.wait()
    except BaseException:
        over.wait(GRACE)
        raise
    if faults:
        raise faults[0]
    return results[0]
