"""What the boards refuse, beyond what any change refuses."""

from __future__ import annotations

from collections.abc import Iterable

from cmdb.errors import Family, ForeshockError, IllegalMove


class BoardDecides(ForeshockError):
    """The verdict is for a board: no member approves it alone."""

    code = "board.decides"
    sentence = (
        "{actor} may not {move} {change} alone: its verdict {verdict} is for the board {boards}, "
        "which votes in a meeting or when it is asked"
    )
    family = Family.NOT_ALLOWED

    def __init__(self, *, actor: str, change: str, verdict: str, boards: Iterable[str], move: str = "approve") -> None:
        super().__init__(actor=actor, move=move, change=change, verdict=verdict, boards=" or ".join(boards))


class NoSeat(ForeshockError):
    """The actor fills no seat of the board, or not the one that is named."""

    code = "board.no_seat"
    sentence = "{actor} may not {move} in {subject}: that is for {needed} or their delegates"
    family = Family.NOT_ALLOWED

    def __init__(self, *, actor: str, move: str, subject: str, needed: Iterable[str]) -> None:
        super().__init__(actor=actor, move=move, subject=subject, needed=", ".join(needed))


class BallotVoid(ForeshockError):
    """What a ballot was about has moved on: the change was edited, assessed anew or decided elsewhere."""

    code = "board.ballot_void"
    sentence = "{ballot} on {change} is void: {what}"
    family = Family.STALE

    def __init__(self, *, ballot: str, change: str, because: str, what: str) -> None:
        super().__init__(ballot=ballot, change=change, because=because, what=what)


class BallotClosed(IllegalMove):
    """Nobody votes in a ballot any more that is closed or past its deadline, or whose meeting is not open."""

    code = "board.ballot_closed"
    sentence = "{subject}: {move} is not possible: {what}"

    def __init__(self, *, subject: str, move: str, because: str, what: str) -> None:
        ForeshockError.__init__(self, subject=subject, move=move, because=because, what=what)


class NotDecided(IllegalMove):
    """The votes come to nothing yet; ``because`` is a code of :data:`cmdb.model.ballot_standing.UNDECIDED`."""

    code = "board.not_decided"
    sentence = "{subject} decides nothing yet: {what} ({persons} of {quorum} take part)"

    def __init__(self, *, subject: str, because: str, what: str, persons: int, quorum: int) -> None:
        ForeshockError.__init__(
            self, subject=subject, move="decide", because=because, what=what, persons=persons, quorum=quorum
        )
