"""Who is to be told of a change, from what its newest assessment says: owners and customers of what it affects."""

from __future__ import annotations

from collections.abc import Iterator

from cmdb.change import assessments
from cmdb.context import Context
from cmdb.model.change import CHANGES
from cmdb.model.ci import CI, CIS
from cmdb.model.outcome import Outcome
from cmdb.model.relation import RELATIONS
from cmdb.model.telling import Telling, ToTell
from cmdb.ports.store import Equals
from cmdb.records import from_document

CUSTOMER_CLASS = "customer"


def notice(context: Context, change_id: str) -> Telling:
    """
    Return who is to be told of a change and what, by its newest assessment.

    Owners are those of the targets and of the affected services; customers those that the services name, and the CIs of
    class customer that are related to them.

    Raises:
        NotAllowed: the actor may not read changes or CIs.
        NotFound: there is no such change, or it was never assessed.
    """
    context.allow("ci:read")
    context.allow("change:read")
    change = context.records.get(CHANGES, change_id)
    assessment = assessments.newest(context, change)
    services = tuple(each for each in assessment.services if each.outcome is not Outcome.UNAFFECTED)
    ids = tuple(dict.fromkeys([*(each.id for each in services), *(each.ci for each in assessment.inputs.targets)]))
    found = {key: from_document(CIS, stored.document) for key, stored in context.store.get_many(CIS, ids).items()}
    parts: dict[tuple[str, str], set[str]] = {}
    for ci in found.values():
        owner = _text(ci, "owner")
        if owner:
            parts.setdefault(("owner", owner), set()).add(ci.id)
    for service in services:
        if service.id in found:
            for customer in _customers(context, found[service.id]):
                parts.setdefault(("customer", customer), set()).add(service.id)
    return Telling(
        change=change_id,
        title=change.title,
        assessment_hash=assessment.hash,
        window=assessment.inputs.window,
        services=services,
        tell=tuple(ToTell(name, part, tuple(sorted(cis))) for (part, name), cis in sorted(parts.items())),
        unowned=tuple(sorted(s.id for s in services if s.id not in found or not _text(found[s.id], "owner"))),
    )


def _customers(context: Context, service: CI) -> Iterator[str]:
    for name in _text(service, "customers").replace(";", ",").split(","):
        if name.strip():
            yield name.strip()
    related = [
        *(each.source for each in context.records.find(RELATIONS, [Equals("target", service.id)])),
        *(each.target for each in context.records.find(RELATIONS, [Equals("source", service.id)])),
    ]
    for key, stored in sorted(context.store.get_many(CIS, tuple(dict.fromkeys(related))).items()):
        if stored.document["class"] == CUSTOMER_CLASS:
            yield str(stored.document.get("name", key))


def _text(ci: CI, name: str) -> str:
    value = ci.attributes.get(name)
    return value.strip() if isinstance(value, str) else ""
