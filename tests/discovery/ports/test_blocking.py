"""A call that blocks is waited for, and left alone as soon as the line says so."""

from __future__ import annotations

from threading import Event

import pytest

from discovery.ports.blocking import attend


class Line:
    """A line that ends the reading at the look it is told."""

    def __init__(self, end_at: int = 0) -> None:
        self.end_at, self.looks = end_at, 0

    def check(self) -> None:
        self.looks += 1
        if self.looks == self.end_at:
            raise InterruptedError


def test_the_answer_and_the_error_of_the_call_come_back():
    """As if it had been called directly."""
    assert attend(Line(), lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        attend(Line(), lambda: 1 // 0)


def test_a_call_that_never_returns_is_left_when_the_line_says_so():
    """It still blocks when the error of the line is raised."""
    free = Event()
    with pytest.raises(InterruptedError):
        attend(Line(end_at=3), free.wait)
    assert not free.is_set()
    free.set()


def test_nothing_is_called_when_the_reading_has_ended_before():
    """Not even begun."""
    called = []
    with pytest.raises(InterruptedError):
        attend(Line(end_at=1), lambda: called.append(1))
    assert called == []
