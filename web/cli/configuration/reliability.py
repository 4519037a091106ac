"""How likely one CI is down by itself, as ``ci show --reliability`` tells it, with the source of each number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from web.cli.session import Session

_SOURCES = {
    "history": "its own incidents, weighed against what is stated or usual",
    "stated": "stated in the estate",
    "class_default": "the default of its class",
    "unstated": "nobody has stated it",
}
_FIGURES = ("unavailability", "mtbf_hours", "failures", "down_hours", "observed_hours")


def reliability_of(session: Session, ci: str, window: float | None, at: int) -> dict[str, Any]:
    """Return what is known of a CI at a revision, as JSON."""
    from impact.questions import unavailability

    question = session.twin(unavailability)
    answer = question.unavailability_of(session.context, [ci], window_hours=window, at=at)
    (one,) = answer.cis
    return {
        **{name: getattr(one, name) for name in _FIGURES},
        "unavailability_source": str(one.unavailability_source),
        "mtbf_source": str(one.mtbf_source),
        "window": str(one.window),
        "window_hours": answer.window_hours,
    }


def reliability_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the same for people."""
    from web.cli.tables import fields

    what = "unavailability" if found["window"] != "counted" else f"out within {found['window_hours']:g} h"
    pairs = [
        (what, _told(found["unavailability"], found["unavailability_source"], "{:.3g}")),
        ("mtbf_hours", _told(found["mtbf_hours"], found["mtbf_source"], "{:,.0f}")),
    ]
    if found["failures"] is not None:
        down, observed = found["down_hours"], found["observed_hours"]
        pairs.append(("incidents", f"{found['failures']} failure(s), {down:,.1f} h down of {observed:,.0f} h observed"))
    if found["window"] == "without_mtbf":
        pairs.append(("window", "not counted: no mean time between failures is known"))
    yield from fields(pairs)


def _told(figure: float | None, source: str, shape: str) -> str:
    return _SOURCES[source] if figure is None else f"{shape.format(figure)}  ({_SOURCES[source]})"
