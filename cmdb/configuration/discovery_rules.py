"""The desk of discovery's rules: those in force, and those that are tried."""

from __future__ import annotations

from cmdb.configuration.discovery_defaults import RULES
from cmdb.context import Context
from cmdb.model.discovery_rules import DiscoveryRules


def rules_in_force(context: Context) -> DiscoveryRules:  # noqa: ARG001
    """Return the rules by which observations are reconciled now."""
    return RULES
