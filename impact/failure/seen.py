"""A change as the facts see it: what was planned, with what all of them need worked out once."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from cmdb.model.past_change import PlannedChange

SECONDS_A_DAY = 86_400.0
_WORD = re.compile(r"[^\W\d_][^\W_]+")
MOST_WORDS = 64
"""So many different words of a title are looked at; a longer one is no title."""


class Seen:
    """
    One planned change, at the moment it is to start.

    ``at`` is that moment and ``lead`` the time from request to start (NaN where unknown, 0 where it was requested
    later), both in days since the epoch and days; ``rate`` is the organisation's failure rate as known then, ``level``
    its log-odds with their variance. ``words`` are those of the title, each once, sorted.
    """

    __slots__ = ("at", "lead", "level", "level_variance", "planned", "rate", "words")

    def __init__(self, planned: PlannedChange) -> None:
        self.planned = planned
        self.at = planned.starts_at.timestamp() / SECONDS_A_DAY
        requested = planned.requested_at
        self.lead = math.nan
        if requested is not None:
            self.lead = max(self.at - requested.timestamp() / SECONDS_A_DAY, 0.0)
        found = dict.fromkeys(_WORD.findall(planned.title.lower()))
        self.words = tuple(sorted(list(found)[:MOST_WORDS]))
        self.rate = 0.0
        self.level = 0.0
        self.level_variance = 0.0


class Known(NamedTuple):
    """What became of a change: whether it failed, and when it ended, in days since the epoch (NaN: not known)."""

    bad: bool
    ended: float


def log_odds(probability: float) -> float:
    """Return log(p / (1 - p))."""
    return math.log(probability / (1.0 - probability))


def probability(log_odds: float) -> float:
    """Return the probability of log-odds, without overflow."""
    if log_odds >= 0.0:
        return 1.0 / (1.0 + math.exp(-log_odds))
    odds = math.exp(log_odds)
    return odds / (1.0 + odds)
