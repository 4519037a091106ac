"""The context of an act: the store it works on, the clock, and who acts. Every desk takes one first."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cmdb.records import Records
from cmdb.roles import Actor, allow

if TYPE_CHECKING:
    from cmdb.model.kind import Kind
    from cmdb.ports.coordination import Coordination
    from cmdb.ports.outside import Clock
    from cmdb.ports.store import Store

FIRST_NUMBER = 1001


class Context:
    """
    One actor at work.

    ``txn_id``, given by a caller who may have to try again, becomes the transaction id of the first batch that is
    written; every further one, and each without it, gets a random one.
    """

    def __init__(
        self, store: Store, coordination: Coordination, clock: Clock, actor: Actor, *, txn_id: str | None = None
    ) -> None:
        self.store = store
        self.coordination = coordination
        self.clock = clock
        self.actor = actor
        self.records = Records(store, actor=actor.id, txn_ids=_transaction_ids(txn_id))

    def allow(self, act: str) -> None:
        """Return if the actor may do this; raises as :func:`cmdb.roles.allow`."""
        allow(self.actor, act)

    def new_id(self, kind: Kind[Any]) -> str:
        """Return the next id of the kind's series, such as ``CHG-1001``; never the same twice."""
        return f"{kind.series}-{self.coordination.next_number(kind.series, first=FIRST_NUMBER)}"


def _transaction_ids(first: str | None) -> Iterator[str]:
    if first is not None:
        yield first
    while True:
        yield os.urandom(16).hex()
