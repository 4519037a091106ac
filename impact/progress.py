"""
How far a long question is, told from inside it, and where it may be stopped.

This is the one thing in the core that is no argument: it changes no answer, and every loop that may take long would
hand it on through ten functions that have no other use for it. Whoever asks opens :func:`heard`; a loop says
:func:`told` once a round, often enough that it is heard several times a second. What hears may raise, and so stop the
question: nothing of it is left behind, for the core writes nothing. It is heard in the thread (or task) that opened it,
so questions asked side by side do not hear each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Hear = Callable[[str, int, int | None], None]
"""Hears a step ("single failures"), how much of it is done, and of how much, None where nobody can know."""

_HEARS: ContextVar[Hear | None] = ContextVar("foreshock_question_progress", default=None)


@contextmanager
def heard(by: Hear) -> Iterator[None]:
    """Let ``by`` hear what the questions inside tell; what it raises comes out of them."""
    token = _HEARS.set(by)
    try:
        yield
    finally:
        _HEARS.reset(token)


def told(step: str, done: int, total: int | None = None) -> None:
    """Tell how far the question is; costs a tenth of a microsecond where nobody hears."""
    hears = _HEARS.get()
    if hears is not None:
        hears(step, done, total)
