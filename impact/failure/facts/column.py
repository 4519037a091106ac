"""What a column of the facts is, so that the model may weigh it rightly."""

from __future__ import annotations

from typing import NamedTuple


class Column(NamedTuple):
    """
    One figure of a fact.

    ``size``: it is the logarithm of something that a change split in parts has less of in each. Together such columns
    may not make ten parts safer than the whole (:mod:`impact.failure.logistic`). ``rate``: it is a deviation of a rate
    in log-odds, pooled from what is known of a key, so that its weight carries the uncertainty of that.
    """

    name: str
    size: bool = False
    rate: bool = False
