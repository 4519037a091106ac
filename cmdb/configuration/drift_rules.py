"""The desk of the rules of drift: those in force, those before, and setting others."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from cmdb.configuration.drift_rules_text import FORMAT, read_rules
from cmdb.context import Context
from cmdb.model.drift import DRIFT_RULES_VERSIONS, DriftRules, DriftRulesVersion
from cmdb.ports.errors import VersionConflict
from cmdb.records import Held, Listing

_DEFAULT = f"""\
# The rules that come with Foreshock: everything is compared, and nothing that differs is let be.
format = "{FORMAT}"
"""


class DriftRulesText(NamedTuple):
    """A text of rules as it holds; version 0 is what comes with Foreshock."""

    version: int
    sha256: str
    text: str

    @property
    def rules(self) -> DriftRules:
        """What the text says."""
        return read_rules(self.text.encode("utf-8"))


def in_force(context: Context) -> DriftRulesText:
    """Return the text of the rules that hold now; raises NotAllowed."""
    context.allow("verification:read")
    page = context.records.listing(DRIFT_RULES_VERSIONS, order="version", descending=True, limit=1)
    if not page.rows:
        return DriftRulesText(0, hashlib.sha256(_DEFAULT.encode()).hexdigest(), _DEFAULT)
    newest = page.rows[0].record
    return DriftRulesText(newest.version, newest.sha256, newest.text)


def versions_page(context: Context, *, after: str | None = None, limit: int = 100) -> Listing[DriftRulesVersion]:
    """Return a page of the rules that were set, newest first; raises NotAllowed."""
    context.allow("verification:read")
    return context.records.listing(DRIFT_RULES_VERSIONS, order="version", descending=True, after=after, limit=limit)


def set_rules(context: Context, content: bytes, *, expected_version: int | None = None) -> Held[DriftRulesVersion]:
    """
    Put rules in force; they count from the next verification on.

    ``expected_version`` is the version in force that the actor has seen; left out, the present one.

    Raises:
        NotAllowed: the actor may not set rules.
        InvalidInput: all that is wrong with the text.
        VersionConflict: somebody else set some meanwhile.
    """
    context.allow("drift:rule")
    read_rules(content)
    seen = in_force(context).version
    number = seen + 1
    if expected_version is not None and expected_version != seen:
        key = f"drift-rules-{seen}"
        raise VersionConflict(kind=DRIFT_RULES_VERSIONS.name, key=key, expected=expected_version, actual=seen)
    record = DriftRulesVersion(
        id=f"drift-rules-{number}",
        version=number,
        sha256=hashlib.sha256(content).hexdigest(),
        text=content.decode("utf-8"),
        set_at=context.clock.now(),
        set_by=context.actor.id,
    )
    return context.records.put(DRIFT_RULES_VERSIONS, record, because="drift:rules", expected_version=0)
