"""The desk of findings: what about the configuration a person should look at."""

from __future__ import annotations

from cmdb.context import Context
from cmdb.model.finding import FINDINGS, Finding
from cmdb.ports.store import Equals


def listing(
    context: Context, *, code: str | None = None, closed_too: bool = False, limit: int | None = None
) -> tuple[list[Finding], bool]:
    """
    Return the findings by id, those that are open or all, and whether there are more than ``limit``.

    Raises:
        NotAllowed: the actor may not read findings.
    """
    context.allow("finding:read")
    where = [Equals("code", code)] if code is not None else []
    found: list[Finding] = []
    for finding in context.records.find(FINDINGS, where):
        if closed_too or finding.closed_at is None:
            if limit is not None and len(found) == limit:
                return found, True
            found.append(finding)
    return found, False
