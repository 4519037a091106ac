"""Persons, asked of a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cmdb.model.person import PERSONS, Person
from cmdb.people.persons import Imported
from cmdb.records import Held, Listing
from web.cli.remote import NotAtServer, RemoteContext
from web.cli.remote.reading import held
from web.cli.remote.reading import listing as page_of


def add(context: RemoteContext, person_id: str, **given: Any) -> Held[Person]:
    return held(PERSONS, context.server.send("POST", "persons", body={"id": person_id, **_body(given)}))


def edit(context: RemoteContext, person_id: str, *, expected_version: int | None = None, **given: Any) -> Held[Person]:
    version = context.server.version_of("persons", person_id) if expected_version is None else expected_version
    return held(PERSONS, context.server.send("PATCH", "persons", person_id, body=_body(given), version=version))


def get(context: RemoteContext, person_id: str) -> Held[Person]:
    return held(PERSONS, context.server.get("persons", person_id))


def listing(
    context: RemoteContext,
    *,
    role: str | None = None,
    owner_group: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Listing[Person]:
    page = context.server.get("persons", role=role, owner_group=owner_group, after=after, limit=limit)
    return page_of(PERSONS, page.document)


def take_in(_context: RemoteContext, _people: Mapping[str, Sequence[str]]) -> Imported:
    raise NotAtServer(what="read a people file; record each person: foreshock person add --help")


def _body(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
