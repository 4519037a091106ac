"""A person: who has which roles, acts through which accounts, and stands in for whom."""

from __future__ import annotations

from dataclasses import dataclass

from cmdb.model.kind import Kind


@dataclass(frozen=True, slots=True)
class Person:
    """
    One person, or a function of the organisation that somebody fills.

    ``id`` is kept for ever and is itself one of the person's accounts. ``name`` is a name or a title, such as "Chair of
    the CAB". ``roles`` are names of :class:`cmdb.roles.Role`, ``accounts`` further names the person signs in by: an
    account belongs to one person. ``delegate_of`` are the ids of the persons this one stands in for, ``owner_groups``
    the teams they belong to. Who is not ``active`` may do nothing, and stays in every record. All lists are sorted.
    """

    id: str
    name: str
    roles: tuple[str, ...]
    accounts: tuple[str, ...] = ()
    delegate_of: tuple[str, ...] = ()
    owner_groups: tuple[str, ...] = ()
    active: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """Everything records may know the person by: the id, and the accounts."""
        return (self.id, *self.accounts)


PERSONS = Kind(
    Person, name="person", refers_to={"delegate_of": "person"}, text=("id", "name", "accounts", "owner_groups")
)
