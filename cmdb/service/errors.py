"""What the service management desks refuse, beyond wrong input."""

from __future__ import annotations

from cmdb.errors import Family, ForeshockError


class AlreadyResolved(ForeshockError):
    """The incident was resolved before; another moment would rewrite what availability is reckoned from."""

    code = "incident.already_resolved"
    sentence = "{incident} was resolved at {resolved}; nothing is left to resolve"
    family = Family.REFUSED

    def __init__(self, *, incident: str, resolved: str) -> None:
        super().__init__(incident=incident, resolved=resolved)
