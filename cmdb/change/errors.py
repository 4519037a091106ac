"""What change management refuses, beyond the general errors."""

from __future__ import annotations

from collections.abc import Iterable

from cmdb.errors import Family, ForeshockError, IllegalMove
from cmdb.model.go_check import ChangedFact, Found


class OwnChange(ForeshockError):
    """Segregation of duties: whoever requests, writes or implements a change does not decide about it."""

    code = "change.own_change"
    sentence = "{actor} may not {move} {change} as its {part}: nobody decides about a change of their own"
    family = Family.NOT_ALLOWED

    def __init__(self, *, actor: str, move: str, change: str, part: str) -> None:
        super().__init__(actor=actor, move=move, change=change, part=part)


class OwnApproval(ForeshockError):
    """Segregation of duties: whoever approved a change, or overrode its BLOCK, or a delegate does not implement it."""

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


class NotChecked(NotReady):
    """It has to be checked before it is begun, and its present revision never was."""

    code = "change.not_checked"
    sentence = "{subject}: {move} is refused by the rule {because}: it was not checked yet, {ask} does so"

    def __init__(self, *, subject: str, move: str, ask: str) -> None:
        ForeshockError.__init__(self, subject=subject, move=move, because="go_recent", ask=ask)


class NoGo(NotReady):
    """The newest check said NO-GO; what it found is among the facts."""

    code = "change.no_go"
    sentence = "{subject}: {move} is refused by the rule {because}: {check} said NO-GO"

    def __init__(self, *, subject: str, move: str, check: str, found: Found) -> None:
        ForeshockError.__init__(self, subject=subject, move=move, because="go_recent", check=check, found=found)


class GoTooOld(NotReady):
    """The newest check said GO, too long ago."""

    code = "change.go_too_old"
    sentence = (
        "{subject}: {move} is refused by the rule {because}: the GO of {check} is {minutes} minutes old, "
        "more than {most}; {ask} checks again"
    )

    def __init__(self, *, subject: str, move: str, check: str, minutes: int, most: int, ask: str) -> None:
        ForeshockError.__init__(
            self, subject=subject, move=move, because="go_recent", check=check, minutes=minutes, most=most, ask=ask
        )


class GoOvertaken(NotReady):
    """The newest check said GO, and since then something happened that concerns the change; it is named."""

    code = "change.go_overtaken"
    sentence = (
        "{subject}: {move} is refused by the rule {because}: the estate has moved since the GO of {check} "
        "({ask} checks again)"
    )

    def __init__(
        self, *, subject: str, move: str, check: str, facts: tuple[ChangedFact, ...], unlisted: int | None, ask: str
    ) -> None:
        ForeshockError.__init__(
            self, subject=subject, move=move, because="go_recent", check=check, facts=facts, unlisted=unlisted, ask=ask
        )


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
