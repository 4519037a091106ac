"""
How likely a component is down: its unavailability, its mean time between failures, and where each number comes from.

Precedence, for each of the two numbers: a CI that has incidents has its own history, shrunk towards its prior (what the
estate states for it, else the default of its class); without incidents it is what the estate states, else the default
of its class, else nobody knows and no number is made up. A prior unavailability of exactly 0 stays 0 in any window and
whatever the incidents say: such a CI can not fail by itself, as for single points and risk groups.

Mathematics. A component alternates between running and being repaired. In ``H`` observed hours it failed ``n`` times
and was down for ``D`` hours; each incident counts as down from opened to resolved, those that overlap or touch are one.

- Failures are a Poisson process of rate ``r`` per hour, with the conjugate prior Gamma(shape ``W / M``, rate ``W``):
  as if ``W`` hours had been observed before, with the prior's failures in them, one each ``M`` hours. The posterior is
  Gamma(``W / M + n``, ``W + H``), so the mean rate is ``(W / M + n) / (W + H)``; its inverse is the MTBF that is told.
- Repairs take exponential times of mean ``t``, with the conjugate prior InverseGamma(shape ``W / M + 1``, scale
  ``W q``), whose mean is the prior's repair time ``q M``. The posterior mean is ``(W q + D) / (W / M + n)``.
- Both are independent, and the share of time that a component is down is rate times repair time (an MTBF reaches from
  failure to failure), so the posterior mean of the unavailability is their product, ``(W q + D) / (W + H)``: the
  prior's and the component's own share, weighed by their hours. ``M`` has gone, so it holds where no MTBF is known.

Without a prior the own history stands alone (``W = 0``): ``D / H`` and ``H / n``. Within a window of ``T`` hours a
component that runs at its beginning with chance ``1 - q`` fails with chance ``1 - exp(-T / MTBF)``, so it is out at
some time of it with ``q + (1 - q) (1 - exp(-T / MTBF))``.

Units: hours; moments are aware datetimes. Source: A. Gelman et al., Bayesian Data Analysis, 3rd edition, 2013, chapter
2 (Poisson and exponential models with Gamma priors); R. E. Barlow, F. Proschan, Statistical Theory of Reliability and
Life Testing, 1975, chapter 7 (availability of an alternating renewal process).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from math import expm1
from typing import NamedTuple

PRIOR_HOURS = 8760.0
"""The weight of a prior, ``W``: as much as a year of observing the component itself."""

Interval = tuple[datetime, datetime | None]
"""From when until when a CI was down by an incident; None: it still is."""


class Source(StrEnum):
    """Where a number comes from, the first of these that there is."""

    HISTORY = "history"
    STATED = "stated"
    CLASS_DEFAULT = "class_default"
    UNSTATED = "unstated"


class Window(StrEnum):
    """What a window did to the unavailability: it was not asked for, it is counted, or there is no MTBF to count by."""

    NOT_ASKED = "not_asked"
    COUNTED = "counted"
    WITHOUT_MTBF = "without_mtbf"


class Sources(NamedTuple):
    """Where both numbers come from, and whether a window is in the first."""

    q: Source
    mtbf_hours: Source
    window: Window


class Unavailability(NamedTuple):
    """
    One component: ``q`` within [0, 1] (of the window, where one is counted), ``mtbf_hours`` above 0, and their sources.

    None is a number that nobody knows.
    """

    q: float | None
    mtbf_hours: float | None
    source: Sources


class Prior(NamedTuple):
    """What is known of a component beside its history; None and UNSTATED where nothing is."""

    q: float | None
    q_source: Source
    mtbf_hours: float | None
    mtbf_source: Source


class History(NamedTuple):
    """What was observed of a component: ``failures``, and how many of the ``observed_hours`` it was down."""

    failures: int
    down_hours: float
    observed_hours: float


def history_of(intervals: Iterable[Interval], *, since: datetime, until: datetime) -> History:
    """
    Return the history of a component between two moments, from the intervals in which incidents had it down.

    In any order; what overlaps or touches is one failure, what lies outside does not count, and an interval without an
    end lasts to ``until``. With ``until`` at or before ``since`` nothing was observed. Cost: O(n log n).
    """
    failures, down, end = 0, 0.0, since
    inside = sorted((max(start, since), until if over is None else min(over, until)) for start, over in intervals)
    for start, over in inside:
        if over < start or start >= until:
            continue
        if not failures or start > end:
            failures += 1
            end = start
        if over > end:
            down += (over - end).total_seconds()
            end = over
    return History(failures, down / 3600, max(0.0, (until - since).total_seconds() / 3600))


def shrunk(prior: Prior, history: History, *, prior_hours: float = PRIOR_HOURS) -> Prior:
    """
    Return what is known of a component with its history, in place of its prior; without failures it is the prior.

    The result has the shape of a prior: both numbers, and their sources. ``prior_hours`` is the weight ``W``.
    """
    failures, down, observed = history
    if not failures or observed <= 0 or prior.q == 0:
        return prior
    q = down / observed if prior.q is None else (prior_hours * prior.q + down) / (prior_hours + observed)
    mtbf = prior.mtbf_hours
    if mtbf is None:
        mtbf = observed / failures
    elif mtbf >= 1:
        mtbf = (prior_hours + observed) / (prior_hours / mtbf + failures)
    else:  # The same fraction, extended so that no division of a great number by a small one overflows.
        mtbf = (prior_hours + observed) * mtbf / (prior_hours + failures * mtbf)
    return Prior(min(max(q, 0.0), 1.0), Source.HISTORY, mtbf, Source.HISTORY)


def in_window(known: Prior, window_hours: float | None = None) -> Unavailability:
    """
    Return the unavailability of a component, in a window of so many hours (None: at any moment, the steady state).

    Raises:
        ValueError: ``window_hours`` is negative or no number.
    """
    if window_hours is not None and not window_hours >= 0:
        raise ValueError(f"a window of {window_hours} hours")
    q, q_source, mtbf, mtbf_source = known
    window = Window.NOT_ASKED
    if window_hours is not None:
        window = Window.WITHOUT_MTBF if mtbf is None else Window.COUNTED
        if q is not None and mtbf is not None and q != 0:
            q = min(1.0, q - (1 - q) * expm1(-window_hours / mtbf))
    return Unavailability(q, mtbf, Sources(q_source, mtbf_source, window))


def unavailability_of(
    prior: Prior,
    intervals: Sequence[Interval] = (),
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    window_hours: float | None = None,
    prior_hours: float = PRIOR_HOURS,
) -> Unavailability:
    """
    Return all of it for one component; the observation, ``since`` to ``until``, has to be given with any interval.

    Raises:
        ValueError: there are intervals and no observation, or as :func:`in_window`.
    """
    if intervals:
        if since is None or until is None:
            raise ValueError("incidents without the period in which they were observed")
        prior = shrunk(prior, history_of(intervals, since=since, until=until), prior_hours=prior_hours)
    return in_window(prior, window_hours)
