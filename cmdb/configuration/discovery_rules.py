"""The desk of discovery's rules: those in force, those before, and what others would change."""

from __future__ import annotations

import hashlib

from cmdb.configuration.discovery_defaults import RULES
from cmdb.configuration.discovery_rules_text import read_rules
from cmdb.context import Context
from cmdb.model.discovery_rules import RULES_VERSIONS, DiscoveryRules, RulesVersion
from cmdb.ports.errors import VersionConflict
from cmdb.records import Held


def rules_in_force(context: Context) -> DiscoveryRules:
    """Return the rules by which observations are reconciled now."""
    newest = _newest(context)
    return RULES if newest is None else read_rules(newest.record.text.encode("utf-8"))


def versions(context: Context) -> list[RulesVersion]:
    """Return the rules that were set, newest first; raises NotAllowed."""
    context.allow("source:read")
    page = context.records.listing(RULES_VERSIONS, order="version", descending=True, limit=1000)
    return [held.record for held in page.rows]


def set_rules(context: Context, content: bytes) -> Held[RulesVersion]:
    """
    Put rules in force; they count from the next run on, or from :func:`cmdb.configuration.observing.settle`.

    Raises:
        NotAllowed: the actor may not set rules.
        InvalidInput: all that is wrong with the text.
        VersionConflict: somebody else set some meanwhile.
    """
    context.allow("discovery:rule")
    read_rules(content)
    newest = _newest(context)
    number = 1 if newest is None else newest.record.version + 1
    record = RulesVersion(
        id=f"discovery-rules-{number}",
        version=number,
        sha256=hashlib.sha256(content).hexdigest(),
        text=content.decode("utf-8"),
        set_at=context.clock.now(),
        set_by=context.actor.id,
    )
    try:
        return context.records.put(RULES_VERSIONS, record, because="discovery:rules", expected_version=0)
    except VersionConflict:
        raise VersionConflict(kind=RULES_VERSIONS.name, key=record.id, expected=number - 1, actual=number) from None


def _newest(context: Context) -> Held[RulesVersion] | None:
    page = context.records.listing(RULES_VERSIONS, order="version", descending=True, limit=1)
    return page.rows[0] if page.rows else None
