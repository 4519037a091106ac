"""What change management refuses, beyond the general errors."""

from __future__ import annotations

from collections.abc import Iterable

from cmdb.errors import Family, ForeshockError, IllegalMove


class OwnChange(ForeshockError):
    """Segregation of duties: whoever requests, writes or implements a change does not decide about it."""

    code = "change.own_change"
    sentence = "{actor} may not {move} {change} as its {part}: nobody decides about a change of their own"
    family = Family.NOT_ALLOWED

    def __init__(self, *, actor: str, move: str, change: str, part: str) -> None:
        super().__init__(actor=actor, move=move, change=change, part=part)


class OwnApproval(ForeshockError):
    """Segregation of duties: whoever approved a change does not implement it, nor whom the approver stands in for."""

    code = "change.own_approval"
    sentence = "{actor} may not {move} {change}: {approver} approved it, and whoever implements does not approve"
    family = Family.NOT_ALLOWED

    def __init__(self, *, actor: str, move: str, change: str, approver: str) -> None:
        super().__init__(actor=actor, move=move, change=change, approver=approver)


class NotTheAuthority(ForeshockError):
    """The verdict asks for another authority than the actor's roles."""

    code = "change.not_the_authority"
    sentence = "{actor} may not approve {change}: its verdict {verdict} is for {needed}"
    family = Family.NOT_ALLOWED

    def __init__(self, *, actor: str, change: str, verdict: str, needed: Iterable[str]) -> None:
        super().__init__(actor=actor, change=change, verdict=verdict, needed=" or ".join(needed))


class NotReady(IllegalMove):
    """A guard does not hold because of something that can be named: conditions, earlier changes, retired targets."""

    code = "change.not_ready"
    sentence = "{subject}: {move} is refused by the rule {because}: {what}"

    def __init__(self, *, subject: str, move: str, because: str, what: str) -> None:
        ForeshockError.__init__(self, subject=subject, move=move, because=because, what=what)


class NotTheEmergencyBoard(ForeshockError):
    """Before it is assessed an emergency change is approved by the emergency board alone."""

    code = "change.not_the_emergency_board"
    sentence = "{actor} may not approve {change} before it is assessed: that is for {needed}"
    family = Family.NOT_ALLOWED

    def __init__(self, *, actor: str, change: str, needed: Iterable[str]) -> None:
        super().__init__(actor=actor, change=change, needed=" or ".join(needed))


class TaskOpen(ForeshockError):
    """A task needs others that are not done."""

    code = "change.task_open"
    sentence = "{task} is not done before {named}"
    family = Family.REFUSED

    def __init__(self, *, task: str, waiting: Iterable[str]) -> None:
        waiting = tuple(waiting)
        super().__init__(task=task, waiting=waiting, named=", ".join(waiting))
