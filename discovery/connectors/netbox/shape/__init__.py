"""Makes observations of what NetBox's books say; the same for its API and for a dump of its database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from discovery.connectors.netbox.models import IN_DUMPS, LISTED, MODELS
from discovery.connectors.netbox.shape import cables, devices, networks, places, ports, power, services, virtual
from discovery.connectors.netbox.shape.book import Book
from discovery.connectors.netbox.shape.completeness import complete
from discovery.connectors.netbox.shape.rows import rows_of
from discovery.ports import Part, Shaped, Target

CLASSES = tuple(
    sorted({name for module in (devices, networks, places, ports, power, services, virtual) for name in module.CLASSES})
)

# Why models that only a dump shows are not read; any other is told by its name alone.
_REASONS = {
    "admin": "administration",
    "auth": "accounts and rights",
    "contenttypes": "administration",
    "core": "administration",
    "django_rq": "administration",
    "extras": "settings and notes",
    "sessions": "sessions of people",
    "social_django": "accounts and rights",
    "users": "accounts and rights",
}
_DERIVED = {
    "dcim.cablepath": "NetBox derives it from the cables",
    "dcim.consoleport": "management access",
    "dcim.consoleserverport": "management access",
    "dcim.rackreservation": "a plan",
    "dcim.inventoryitem": "a component within a device",
    "ipam.aggregate": "address space as a registry gives it",
    "ipam.asn": "a number of a registry",
    "ipam.iprange": "addresses that nobody has yet",
    "ipam.rir": "a registry",
    "ipam.routetarget": "routing policy",
}


def shape(target: Target, settings: Any, parts: Sequence[Part]) -> Shaped:
    """
    Return the observations of all of NetBox; pure.

    Every object that NetBox counts is either observed or in a note ``netbox.taken_as`` or ``netbox.left_out``.
    """
    rows = rows_of(parts)
    book = Book(rows, settings)
    places.parties(book)
    places.places(book)
    power.sources(book)
    devices.devices(book)
    devices.inside(book)
    devices.stacks(book)
    virtual.clusters(book)
    virtual.machines(book)
    services.circuits(book)
    ports.interfaces(book)
    networks.networks(book)
    networks.addresses(book)
    cabling = cables.cabling_of(book)
    cables.connections(book, cabling)
    power.plugged(book, cabling)
    cables.used_up(book, cabling)
    services.services(book)
    places.contacts(book)
    _not_read(book)
    made = sorted((draft.made(target.id) for draft in book.drafts.values()), key=lambda each: each.native_id)
    return Shaped(tuple(made), frozenset(f"{target.id}/{model}" for model in complete(rows)), book.account())


def _not_read(book: Book) -> None:
    """Account for the objects of models that are not read, or of which a limit left some unread."""
    for model, count in book.rows.counts.items():
        unread = count - len(book.rows.of(model)) if model in MODELS else count
        if model in IN_DUMPS:
            _administration(book, model, count)
        elif model in book.settings["leave_out"]:
            book.left_out[model, "the settings leave it out"] += count
        elif model in LISTED:
            book.left_out[model, "a limit was reached"] += max(unread, 0)
        else:
            app = model.partition(".")[0]
            why = _DERIVED.get(model) or _REASONS.get(app)
            if why is None and model.endswith("template"):
                why = "a template that devices are made from"
            book.left_out[model, why or "a model that is not read"] += count


def _administration(book: Book, model: str, count: int) -> None:
    words = {"extras.tag": "label", "extras.taggeditem": "label of what is tagged"}.get(model)
    if words:
        book.taken_as[model, words] += count
    elif model == "contenttypes.contenttype":
        book.left_out[model, "administration"] += count
