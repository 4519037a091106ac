"""A change as the facts see it: what was planned, with what all of them need worked out once."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from cmdb.model.past_change import PlannedChange

SECONDS_A_DAY = 86_400.0
_WORD = re.compile(r"[\u3400-\u9fff]+|[^\W\d_\u3400-\u9fff][^\W_\u3400-\u9fff]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
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
        self.words = words_of(planned.title)
        self.rate = 0.0
        self.level = 0.0
        self.level_variance = 0.0


def words_of(title: str) -> tuple[str, ...]:
    """
    Return the different words of a title, sorted; of Chinese, which has no spaces, each two characters side by side.

    >>> words_of("Patch 2 of db_core"), words_of("升级数据库")
    (('core', 'db', 'of', 'patch'), ('升级', '据库', '数据', '级数'))
    """
    found: dict[str, None] = {}
    for word in _WORD.findall(title.lower()):
        pairs = [word[place : place + 2] for place in range(len(word) - 1)] if _HAN.match(word) else [word]
        found.update(dict.fromkeys(pairs))
    return tuple(sorted(list(found)[:MOST_WORDS]))


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
