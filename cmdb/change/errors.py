"""What change management refuses, beyond the general errors."""

from __future__ import annotations

from collections.abc import Iterable

from cmdb.errors import Family, ForeshockError, IllegalMove


class WrongState(IllegalMove):
    """The table of moves has no such move from the change's state; the states that have it are named."""

    code = "change.wrong_state"
    sentence = "{subject} is {state}: {move} is possible where it is {possible}"

    def __init__(self, *, subject: str, move: str, state: str, possible: Iterable[str]) -> None:
        ForeshockError.__init__(
            self, subject=subject, move=move, because="wrong_state", state=state, possible=" or ".join(possible)
        )


class OwnChange(ForeshockError):
    """Segregation of duties: whoever requests, writes or implements a change does not decide about it."""

    code = "change.own_change"
    sentence = "{actor} may not {move} {change} as its {part}: nobody decides about a change of their own"
    family = Family.NOT_ALLOWED

    def __init__(self, *, actor: str, move: str, change: str, part: str) -> None:
        super().__init__(actor=actor, move=move, change=change, part=part)


class NotTheAuthority(ForeshockError):
    """The verdict asks for another authority than the actor's roles."""

    code = "change.not_the_authority"
    sentence = "{actor} may not approve {change}: its verdict {verdict} is for {needed}"
    family = Family.NOT_ALLOWED

    def __init__(self, *, actor: str, change: str, verdict: str, needed: Iterable[str]) -> None:
        super().__init__(actor=actor, change=change, verdict=verdict, needed=" or ".join(needed))
