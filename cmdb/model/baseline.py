"""A baseline: from where on the history of a store is unbroken, and the digest of what was kept below."""

from __future__ import annotations

from dataclasses import dataclass

from cmdb.model.kind import Kind

BASELINE = "baseline"
"""The id of the one baseline a store has; its former ones are its history."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """
    What a store says about the history it let go of.

    ``floor`` is the oldest revision the unbroken history goes back to, ``kept`` the revisions below it that can still
    be read as of, in order, and ``digest`` the SHA-256 of all that stays at and below the floor
    (:mod:`cmdb.stores.retention`). The record's own revision lies above the floor, so the hash chain answers for it.
    """

    id: str
    floor: int
    digest: str
    kept: tuple[int, ...]


BASELINES = Kind(Baseline, name="baseline", indexed=("floor",))
