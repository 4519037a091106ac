"""What each actor has seen of a store: the newest revision this process has acknowledged to them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from cmdb.ports.store import Store

_SEEN: WeakKeyDictionary[Store, dict[str, int]] = WeakKeyDictionary()


def acknowledge(store: Store, actor: str, revision: int) -> None:
    """Remember that the actor's write made this revision, so that nothing older is shown to them."""
    seen = _SEEN.setdefault(store, {})
    if revision > seen.get(actor, 0):
        seen[actor] = revision


def seen_by(store: Store, actor: str) -> int:
    """Return the newest revision the actor wrote through this process, 0 for none."""
    return _SEEN.get(store, {}).get(actor, 0)
