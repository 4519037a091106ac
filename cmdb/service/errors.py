"""What the service management desks refuse, beyond wrong input."""

from __future__ import annotations

from cmdb.errors import Family, ForeshockError


class NotProposed(ForeshockError):
    """There is nothing to decline: the incident is not proposed as the doing of this change."""

    code = "incident.not_proposed"
    sentence = (
        "{incident} is not proposed as the doing of {change}: proposed is what was opened while a change was "
        "implemented, or within a day of its end, on what it touches, until somebody confirms or declines it"
    )
    family = Family.REFUSED

    def __init__(self, *, incident: str, change: str) -> None:
        super().__init__(incident=incident, change=change)


class CauseConfirmed(ForeshockError):
    """The incident has a cause: what was confirmed is taken away before it is declined."""

    code = "incident.cause_confirmed"
    sentence = "{incident} is confirmed as the doing of {cause}; take that away first (a cause that is empty does so)"
    family = Family.REFUSED

    def __init__(self, *, incident: str, cause: str) -> None:
        super().__init__(incident=incident, cause=cause)


class AlreadyResolved(ForeshockError):
    """The incident was resolved before; another moment would rewrite what availability is reckoned from."""

    code = "incident.already_resolved"
    sentence = "{incident} was resolved at {resolved}; nothing is left to resolve"
    family = Family.REFUSED

    def __init__(self, *, incident: str, resolved: str) -> None:
        super().__init__(incident=incident, resolved=resolved)
