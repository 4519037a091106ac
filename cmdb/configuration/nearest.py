"""Which ids an unknown one may have been meant to be: a look over the estate that is bounded whatever is asked."""

from __future__ import annotations

import string
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from heapq import nsmallest

from cmdb.context import Context
from cmdb.model.ci import CIS

MOST_ASKED = 20
"""For so many unknown ids names are looked for; who names more of them speaks of another estate."""
LONGEST = 100
"""Of a longer text only so much is looked at."""
_NAMES = 3
_AROUND = 50
_LETTERS = string.ascii_lowercase + string.digits + "-_.:/"
_PUNCTUATION = str.maketrans("", "", string.punctuation + " ")


def nearest_cis(context: Context, unknown: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return for unknown ids what of the estate they may have been meant to be; see :func:`nearest`."""
    asked = nsmallest(MOST_ASKED, set(unknown))
    if not asked:
        return {}
    with context.store.snapshot() as snapshot:
        return nearest(asked, [ci for (ids,) in snapshot.columns(CIS, "id") for ci in ids])


def nearest(unknown: Iterable[str], ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """
    Return for each of ``unknown``, the first :data:`MOST_ASKED` of them, the nearest of ``ids``, at most three.

    ``ids`` are sorted. What differs in case and punctuation alone goes before what one slip of the hand makes (a letter
    too many, missing, wrong, or two the wrong way round), and that before what stands beside it in the order and is
    alike. Some have nothing near and are left out. Cost: one walk over the ids, and some thousand look-ups for each
    unknown one.
    """
    asked = {text: text[:LONGEST] for text in nsmallest(MOST_ASKED, set(unknown))}
    plain = {text: _plain(short) for text, short in asked.items()}
    alike: dict[str, list[str]] = {key: [] for key in plain.values() if key}
    for ci, key in zip(ids, _plain_ids(ids), strict=True) if alike else ():
        if key in alike and len(alike[key]) < _NAMES:
            alike[key].append(ci)
    found = {}
    for text, short in asked.items():
        near = alike.get(plain[text]) or _one_slip_away(short, ids) or _beside(short, ids)
        if near:
            found[text] = tuple(near[:_NAMES])
    return found


def _plain(text: str) -> str:
    """Return a text without punctuation, in one case."""
    return text.casefold().translate(_PUNCTUATION)


def _plain_ids(ids: Sequence[str]) -> list[str]:
    """Return all of them without punctuation, in one case: as one text, which is many times faster than one by one."""
    found = _plain("\n".join(ids)).split("\n")
    return found if len(found) == len(ids) else [_plain(ci) for ci in ids]


def _one_slip_away(text: str, ids: Sequence[str]) -> list[str]:
    return sorted({other for other in _slips(text) if _is_among(other, ids)})


def _slips(text: str) -> Iterator[str]:
    """Yield what one slip makes of a text. Source: Damerau, A technique for computer detection of errors, 1964."""
    for place in range(len(text) + 1):
        before, after = text[:place], text[place:]
        if after:
            yield before + after[1:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
        for letter in _LETTERS:
            yield before + letter + after
            if after:
                yield before + letter + after[1:]


def _is_among(text: str, ids: Sequence[str]) -> bool:
    place = bisect_left(ids, text)
    return place < len(ids) and ids[place] == text


def _beside(text: str, ids: Sequence[str]) -> list[str]:
    """Return what is alike among those that stand beside it: they begin as it does."""
    from difflib import get_close_matches

    place = bisect_left(ids, text)
    around = [ci for ci in ids[max(0, place - _AROUND) : place + _AROUND] if len(ci) <= 2 * LONGEST]
    return get_close_matches(text, around, n=_NAMES, cutoff=0.6)
