"""Shares, minutes and losses as people read them; words of every kind use these."""

from __future__ import annotations


def percent(share: float | None) -> str:
    """
    Return a share in percent, never as none or all where it is neither; empty for None.

    >>> percent(0.5), percent(0.00001), percent(0.99999), percent(1.0), percent(None)
    ('50 %', '< 0.1 %', '> 99.9 %', '100 %', '')
    """
    if share is None:
        return ""
    if 0 < share < 0.001:
        return "< 0.1 %"
    if 0.999 < share < 1:
        return "> 99.9 %"
    return f"{100 * share:.1f}".removesuffix(".0") + " %"


def figure(number: float) -> str:
    """
    Return a number of minutes or of a loss to one decimal, never as 0 where there is some.

    >>> figure(0), figure(0.01), figure(1102.875)
    ('0', '< 0.1', '1,102.9')
    """
    if 0 < number < 0.05:
        return "< 0.1"
    return f"{number:,.1f}".removesuffix(".0")
