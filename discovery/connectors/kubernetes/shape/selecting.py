"""Which labels a selector selects, as the API defines it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from discovery.connectors.kubernetes.shape.values import inner, records, text, texts, words


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """
    Tell whether a label selector selects these labels; one without requirements selects everything.

    >>> selects({"matchExpressions": [{"key": "tier", "operator": "In", "values": ["web"]}]}, {"tier": "web"})
    True
    """
    wanted = words(selector, "matchLabels")
    if len(wanted) != len(inner(selector, "matchLabels")):
        return False
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    return all(_holds(each, labels) for each in records(selector, "matchExpressions"))


def _holds(requirement: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, values = text(requirement, "key") or "", texts(requirement, "values")
    match requirement.get("operator"):
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
    return False
