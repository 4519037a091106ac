"""The search desk: find CIs by words, by class and attributes, and see what stands beside one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cmdb.context import Context
from cmdb.errors import NotFound
from cmdb.model.ci import CI, CIS, CIStatus
from cmdb.model.group import GROUPS, Group
from cmdb.model.relation import RELATIONS, Relation
from cmdb.ports.store import Direction, Equals, Filter, OneOf, Page
from cmdb.records import Held, Listing, from_document

Value = str | int | float | bool


class Neighbour(NamedTuple):
    """A relation of a CI, and the CI at its other end."""

    relation: Held[Relation]
    ci: CI


class Neighbours(NamedTuple):
    """Some neighbours of a CI; ``after`` continues them, None when there are no more."""

    rows: tuple[Neighbour, ...]
    after: str | None


def get_ci(context: Context, ci_id: str, *, at: int | None = None) -> Held[CI]:
    """
    Return a CI, retired ones included.

    Raises:
        NotAllowed: the actor may not read CIs.
        NotFound: there is none of this id.
    """
    context.allow("ci:read")
    return context.records.held(CIS, ci_id, at=at)


def search_cis(
    context: Context, words: str, *, after: str | None = None, limit: int = 100, at: int | None = None
) -> Listing[CI]:
    """Return CIs in whose id, name or attributes every word occurs, in any case, by id."""
    context.allow("ci:read")
    return _listing(context.store.search(CIS, words, after=after, limit=limit, at=at))


def list_cis(
    context: Context,
    *,
    ci_class: str | None = None,
    attributes: Mapping[str, Value] | None = None,
    status: CIStatus | None = CIStatus.ACTIVE,
    order: str | None = None,
    descending: bool = False,
    after: str | None = None,
    limit: int = 100,
    at: int | None = None,
) -> Listing[CI]:
    """
    Return the CIs of a class and all classes below it that have these values, by id or by ``order`` ("name", "class").

    ``status`` None lists retired ones as well.

    Raises:
        NotAllowed: the actor may not read CIs.
        NotFound: there is no such class.
    """
    context.allow("ci:read")
    where: list[Filter] = [Equals(f"attributes.{name}", value) for name, value in (attributes or {}).items()]
    if ci_class is not None:
        # Showing one CI must not wait for the catalogue to load.
        from cmdb.configuration.classes import catalogue_of

        classes = catalogue_of(context, at=at).descendants(ci_class)
        if not classes:
            raise NotFound(kind="ci_class", ids=(ci_class,))
        where.append(OneOf("class", classes))
    if status not in (None, CIStatus.ACTIVE):
        where.append(Equals("status", status.value))
    rows: list[Held[CI]] = []
    while True:
        # Each page is taken whole, so its cursor continues the answer; what a filter can not say is left out here.
        page = context.store.find(
            CIS, where, order=order, descending=descending, after=after, limit=limit - len(rows), at=at
        )
        found = _listing(page)
        rows += [held for held in found.rows if status is None or held.record.status is status]
        after = found.after
        if after is None or len(rows) >= limit:
            return Listing(tuple(rows), after)


def neighbours_of(
    context: Context,
    ci_id: str,
    direction: Direction,
    *,
    after: str | None = None,
    limit: int = 100,
    at: int | None = None,
) -> Neighbours:
    """
    Return what the CI depends on ("out"), what depends on it ("in"), or both, by the key of the relation.

    Raises:
        NotAllowed: the actor may not read CIs.
        NotFound: there is no such CI.
    """
    context.allow("ci:read")
    context.records.held(CIS, ci_id, at=at)
    page = context.store.neighbours(ci_id, direction, after=after, limit=limit, at=at)
    relations = [Held(from_document(RELATIONS, row.document), row.version, row.revision) for row in page.rows]
    others = [r.record.target if r.record.source == ci_id else r.record.source for r in relations]
    there = context.records.get_many(CIS, others, at=at)
    rows = (Neighbour(relation, there[other].record) for relation, other in zip(relations, others, strict=True))
    return Neighbours(tuple(rows), page.after)


def groups_of(context: Context, ci_id: str, *, at: int | None = None) -> tuple[Held[Group], ...]:
    """Return the redundancy groups of a CI, by name; raises :class:`NotAllowed`."""
    context.allow("ci:read")
    rows: list[Held[Group]] = []
    after = None
    while True:
        page = context.records.listing(GROUPS, [Equals("item", ci_id)], after=after, limit=1_000, at=at)
        rows += page.rows
        after = page.after
        if after is None:
            return tuple(rows)


def _listing(page: Page) -> Listing[CI]:
    return Listing(tuple(Held(from_document(CIS, r.document), r.version, r.revision) for r in page.rows), page.after)
