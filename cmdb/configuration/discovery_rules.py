"""The desk of discovery's rules: those in force, those before, and what others would change."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from cmdb.configuration.discovery_defaults import RULES
from cmdb.configuration.discovery_rules_text import FORMAT, read_rules
from cmdb.context import Context
from cmdb.model.discovery_rules import RULES_VERSIONS, DiscoveryRules, RulesVersion
from cmdb.ports.errors import VersionConflict
from cmdb.records import Held, Listing

_DEFAULT = f"""\
# The rules that come with Foreshock: what a text of rules leaves out is as they say.
format = "{FORMAT}"
""".encode()


class RulesText(NamedTuple):
    """A text of rules as it holds; version 0 is what comes with Foreshock."""

    version: int
    sha256: str
    text: str


def rules_in_force(context: Context) -> DiscoveryRules:
    """Return the rules by which observations are reconciled now."""
    newest = _newest(context)
    return RULES if newest is None else read_rules(newest.record.text.encode("utf-8"))


def versions(context: Context) -> list[RulesVersion]:
    """Return the rules that were set, newest first; raises NotAllowed."""
    context.allow("source:read")
    page = context.records.listing(RULES_VERSIONS, order="version", descending=True, limit=1000)
    return [held.record for held in page.rows]


def in_force(context: Context) -> RulesText:
    """Return the text of the rules that hold now; raises NotAllowed."""
    context.allow("source:read")
    newest = _newest(context)
    if newest is None:
        return RulesText(0, hashlib.sha256(_DEFAULT).hexdigest(), _DEFAULT.decode())
    return RulesText(newest.record.version, newest.record.sha256, newest.record.text)


def versions_page(context: Context, *, after: str | None = None, limit: int = 100) -> Listing[RulesVersion]:
    """Return a page of the rules that were set, newest first; raises NotAllowed."""
    context.allow("source:read")
    return context.records.listing(RULES_VERSIONS, order="version", descending=True, after=after, limit=limit)


def set_rules(context: Context, content: bytes, *, expected_version: int | None = None) -> Held[RulesVersion]:
    """
    Put rules in force; they count from the next run on, or from :func:`cmdb.configuration.observing.settle`.

    ``expected_version`` is the version in force that the actor has seen; left out, the present one.

    Raises:
        NotAllowed: the actor may not set rules.
        InvalidInput: all that is wrong with the text.
        VersionConflict: somebody else set some meanwhile.
    """
    context.allow("discovery:rule")
    read_rules(content)
    newest = _newest(context)
    seen = 0 if newest is None else newest.record.version
    number = seen + 1
    if expected_version is not None and expected_version != seen:
        key = f"discovery-rules-{seen}"
        raise VersionConflict(kind=RULES_VERSIONS.name, key=key, expected=expected_version, actual=seen)
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
