"""What a dry run of discovery showed, and that nothing else is written when it is applied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from cmdb.chain import canonical
from cmdb.errors import MOST_NAMED, Family, ForeshockError
from cmdb.model.kind import Document


class Shown(NamedTuple):
    """
    What the dry run ``run`` showed: the differences as JSON, and what of its source stood then.

    ``at`` is when the first of it was read, ``coverage`` the document of how far its source had been read before that
    (None: never).
    """

    run: str
    at: datetime
    rows: list[dict[str, Any]]
    coverage: Document | None


class NotAsShown(ForeshockError):
    """What a dry run showed is not what would be written now; ``changed`` are all that differ."""

    code = "discover.not_as_shown"
    sentence = "{run} can not be applied as it was shown: meanwhile {named} changed; make a dry run again"
    family = Family.REFUSED

    def __init__(self, *, run: str, changed: Sequence[str]) -> None:
        more = f" and {len(changed) - MOST_NAMED:,} more" if len(changed) > MOST_NAMED else ""
        super().__init__(run=run, changed=list(changed), named=", ".join(changed[:MOST_NAMED]) + more)


def refuse_others(rows: Iterable[Mapping[str, Any]], shown: Shown) -> None:
    """Return if these differences are those that were shown; raises NotAsShown."""
    now = {(row["kind"], row["key"]): canonical(row) for row in rows}
    then = {(row["kind"], row["key"]): canonical(row) for row in shown.rows}
    changed = sorted(place for place in {*now, *then} if now.get(place) != then.get(place))
    if changed:
        raise NotAsShown(run=shown.run, changed=[f"{kind} {key}" for kind, key in changed])
