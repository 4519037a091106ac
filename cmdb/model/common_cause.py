"""Common causes: one CI that lies under so many members of a group that their redundancy is none."""

from __future__ import annotations

from dataclasses import dataclass

Ids = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SharedMember:
    """A member that goes down with the cause; ``path`` leads from it, which stands first, to the cause."""

    id: str
    path: Ids


@dataclass(frozen=True, slots=True)
class CommonCause:
    """
    The failure of ``cause`` alone leaves the group ``group`` of ``item`` with fewer than the ``needs`` it asks for.

    The cause is no member itself. ``members`` are those that go down with it, at least two, by id; ``size`` is how many
    the group has and ``ci_class`` the class of all of them, empty where they have several. ``anyway`` tells that the
    item would go down with the cause without this group as well, so that nobody is deceived by the group.
    """

    cause: str
    item: str
    group: str
    needs: int
    size: int
    ci_class: str
    anyway: bool
    members: tuple[SharedMember, ...]


@dataclass(frozen=True, slots=True)
class CommonCauses:
    """
    All common causes in the cone of a service.

    ``found`` are in order: groups nearest to the service first, then causes nearest to the members. ``count`` is how
    many there are of all, and ``unexamined`` how many CIs of the cone the work allowed was not enough for.
    """

    found: tuple[CommonCause, ...]
    count: int
    unexamined: int
