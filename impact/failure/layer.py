"""A memory on top of another: what is added to it leaves the one below as it is."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any


class Layer(dict[Hashable, Any]):
    """
    A dictionary over another one that nobody changes any more; to be read by ``get`` alone.

    A list below is copied when it is first asked for, since whoever gets it may change it in place.
    """

    def __init__(self, below: dict[Any, Any]) -> None:
        super().__init__()
        self._below = below

    def get(self, key: Hashable, default: Any = None) -> Any:
        found = super().get(key)
        if found is None:
            found = self._below.get(key)
            if isinstance(found, list):
                found = self[key] = found[:]
        return default if found is None else found
