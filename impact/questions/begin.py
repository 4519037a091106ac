"""Begin a change: the desk of implementation, told what happened since the GO that the change rests on."""

from __future__ import annotations

from cmdb.change import implementation
from cmdb.context import Context
from cmdb.model.change import Change
from cmdb.records import Held
from impact.questions.go_since import since_check


def implement(context: Context, change_id: str, *, expected_version: int | None = None) -> Held[Change]:
    """Begin to implement a change, see :func:`cmdb.change.implementation.implement`; raises as it does."""
    return implementation.implement(context, change_id, looking=since_check, expected_version=expected_version)
