"""Predictions tried: components stopped for real, the shop asked, and what was predicted held against what was seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tests.estate.estate import Estate
from tests.estate.predicting import Predictions
from tests.estate.probe import State

Stop = tuple[str, ...]


class Tried(NamedTuple):
    """One stop of one or two components: what was predicted, what was seen, and what stood in the answer."""

    stopped: Stop
    predicted: State
    seen: State
    said: str = ""

    @property
    def agrees(self) -> bool:
        """Tell whether the shop was as predicted, up, degraded or down."""
        return self.predicted is self.seen

    @property
    def agrees_on_down(self) -> bool:
        """Tell whether the shop was down exactly if that was predicted."""
        return (self.predicted is State.DOWN) == (self.seen is State.DOWN)

    def __str__(self) -> str:
        text = f"{' + '.join(self.stopped):60} predicted {self.predicted.value:8} seen {self.seen.value:8}"
        return text.rstrip() if self.agrees else f"{text} DIFFERENT: {self.said[:200]}"


def tried(
    estate: Estate, predictions: Predictions, stops: Sequence[Stop], told: Callable[[Tried], None] = print
) -> list[Tried]:
    """Stop, ask, and start again, one stop after the other; each is told as soon as it is known."""
    outcomes = []
    for stop in stops:
        predicted = predictions.of(stop)
        for component in stop:
            estate.stop(component)
        answer = estate.ask_after()
        outcomes.append(Tried(stop, predicted, answer.state, answer.text))
        told(outcomes[-1])
        estate.start_all()
    return outcomes


def table(outcomes: Sequence[Tried], unseen: Sequence[str]) -> str:
    """Return the outcomes as a table in Markdown; what discovery can not see is marked."""
    lines = ["| stopped | predicted | seen | |", "|---|---|---|---|"]
    for each in outcomes:
        marks = [] if each.agrees else ["**different**"]
        marks += ["not found by discovery"] if set(each.stopped) & set(unseen) else []
        lines.append(
            f"| {' + '.join(each.stopped)} | {each.predicted.value} | {each.seen.value} | {', '.join(marks)} |"
        )
    return "\n".join(lines) + "\n"
