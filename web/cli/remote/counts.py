"""The groups that relations name, asked of a server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cmdb.model.relation import Relation
from web.cli.remote import RemoteContext
from web.cli.remote.search import groups_of, neighbours_of
from web.wording_counts import Pools

_AT_ONCE = 1000


def pools_of(context: RemoteContext, relations: Iterable[Relation], at: Any) -> Pools:
    """Return the groups the relations name, each with the number of its members."""
    wanted = {(each.source, each.group) for each in relations if each.group is not None}
    pools = {}
    for item in sorted({item for item, _ in wanted}):
        named = [relation.group for relation in _needs_of(context, item, at)]
        for held in groups_of(context, item, at=at):
            if (item, held.record.name) in wanted:
                pools[item, held.record.name] = (held.record, named.count(held.record.name))
    return pools


def _needs_of(context: RemoteContext, item: str, at: Any) -> Iterator[Relation]:
    """Yield the relations in which the CI is the source."""
    after = None
    while True:
        found = neighbours_of(context, item, "out", after=after, limit=_AT_ONCE, at=at)
        yield from (row.relation.record for row in found.rows)
        after = found.after
        if after is None:
            return
