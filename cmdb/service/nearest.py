"""Which ids an unknown one may have been meant to be: a look over the estate that is bounded whatever is asked."""

from __future__ import annotations

from collections.abc import Iterable

from cmdb.context import Context
from cmdb.model.ci import CIS

MOST_ASKED = 20
"""For so many unknown ids names are looked for; a file with more of them speaks of another estate."""
MOST_COMPARED = 2_000
_NAMES = 3


def nearest_cis(context: Context, unknown: Iterable[str]) -> dict[str, str]:
    """
    Return for unknown ids what they may have been meant to be, as words ("web1 or web2"); some have nothing near.

    Looked at are ids that differ in case and punctuation alone, then those that begin alike. One walk over the ids of
    the estate; texts are compared with :data:`MOST_COMPARED` of them at most for each of :data:`MOST_ASKED`.
    """
    from difflib import get_close_matches

    asked = {text: _plain(text) for text in sorted(set(unknown))[:MOST_ASKED]}
    if not asked:
        return {}
    alike: dict[str, list[str]] = {plain: [] for plain in asked.values()}
    beginning: dict[str, list[str]] = {plain[:2]: [] for plain in asked.values() if plain}
    with context.store.snapshot() as snapshot:
        for (ids,) in snapshot.columns(CIS, "id"):
            for ci in ids:
                plain = _plain(ci)
                if plain in alike:
                    alike[plain].append(ci)
                candidates = beginning.get(plain[:2])
                if candidates is not None and len(candidates) < MOST_COMPARED:
                    candidates.append(ci)
    found = {}
    for text, plain in asked.items():
        near = alike[plain] or get_close_matches(text[:100], beginning.get(plain[:2], ()), n=_NAMES, cutoff=0.6)
        if near:
            found[text] = " or ".join(near[:_NAMES])
    return found


def _plain(text: str) -> str:
    """Return the letters and digits of a text, in one case."""
    return "".join(c for c in text.casefold() if c.isalnum())
