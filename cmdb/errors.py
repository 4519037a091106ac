"""
The root of every error Foreshock raises, and the general ones.

An error is a stable ``code``, an English ``sentence`` to fill, and the ``facts`` it is filled with. It knows nothing of
HTTP or exit statuses: its ``family`` says what kind of failure it is and each door has one table from family to its own
language. Areas, discovery and impact may have an ``errors.py`` of their own below this root.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar

from cmdb.nouns import spoken
from cmdb.plural import filled

MOST_NAMED = 20
"""So many ids stand in a sentence."""


class Family(Enum):
    """What kind of failure an error is; a door turns each into a status of its own."""

    FAILURE = "failure"
    BAD_INPUT = "bad_input"
    GATE = "gate"
    NOT_FOUND = "not_found"
    STALE = "stale"
    PARTLY = "partly"
    NOT_ALLOWED = "not_allowed"
    NOT_SIGNED_IN = "not_signed_in"
    TOO_OFTEN = "too_often"
    REFUSED = "refused"
    RETRY = "retry"


class ForeshockError(Exception):
    """The root: everything Foreshock raises on purpose is one of these."""

    code: ClassVar[str] = "failure"
    sentence: ClassVar[str] = "something went wrong"
    family: ClassVar[Family] = Family.FAILURE

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(filled(self.sentence, spoken(facts)))


@dataclass(frozen=True, slots=True)
class Problem:
    """
    One thing that is wrong with an input, and where.

    Exactly one of ``pointer`` (RFC 6901 JSON pointer, ``""`` is the whole document) and ``line`` (from 1) is set.
    ``sentence`` is filled with ``facts`` and says what is wrong and what would be right.
    """

    code: str
    sentence: str
    facts: dict[str, Any] = field(default_factory=dict)
    pointer: str | None = None
    line: int | None = None

    @property
    def message(self) -> str:
        return filled(self.sentence, self.facts)

    @property
    def place(self) -> str:
        return f"line {self.line}" if self.line is not None else (self.pointer or "the whole document")


def below(pointer: str, *steps: str | int) -> str:
    """
    Return the JSON pointer (RFC 6901) of a place below another.

    >>> below("/items/3", "attributes", "a/b~c")
    '/items/3/attributes/a~1b~0c'
    """
    return pointer + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


class InvalidInput(ForeshockError):
    """
    An input from outside is wrong; ``problems`` holds every fault that was found in it, not the first alone.

    ``count`` is how many there are when so many were found that only the first of them were kept. ``setting``: it is
    no document but a setting, an address or an option, which has no places and out of which nothing would be written.
    """

    code = "input.invalid"
    sentence = "{count} problem(s) in {what}{shown}{ending}"
    family = Family.BAD_INPUT

    def __init__(
        self, problems: Sequence[Problem], *, what: str, count: int | None = None, setting: bool = False
    ) -> None:
        self.problems, self.setting = tuple(problems), setting
        found = len(self.problems) if count is None else count
        shown = f" (showing the first {len(self.problems):,} of {found:,})" if found > len(self.problems) else ""
        super().__init__(what=what, count=found, shown=shown, ending="" if setting else "; nothing was written")


class NotFound(ForeshockError):
    """
    What was asked for is not there; all missing ids are named.

    ``ids`` are all of them; in words the first :data:`MOST_NAMED` are, and how many more there are. ``nearest`` gives
    for some what is there and may have been meant.
    """

    code = "not_found"
    sentence = "no {kind} with id {named}"
    family = Family.NOT_FOUND

    def __init__(self, *, kind: str, ids: Sequence[str], nearest: Mapping[str, Sequence[str]] | None = None) -> None:
        more = f" and {len(ids) - MOST_NAMED:,} more" if len(ids) > MOST_NAMED else ""
        named = ", ".join(ids[:MOST_NAMED]) + more
        super().__init__(kind=kind, ids=tuple(ids), named=named, **({"nearest": dict(nearest)} if nearest else {}))


class NotAllowed(ForeshockError):
    """The actor's roles do not include the act."""

    code = "not_allowed"
    sentence = "{actor} may not do {act}; only the role {needed} may"
    family = Family.NOT_ALLOWED

    def __init__(self, *, act: str, actor: str, needed: str) -> None:
        super().__init__(act=act, actor=actor, needed=needed)


class OutOfScope(ForeshockError):
    """The API token that was sent does not have the act among its scopes, whatever the account itself may do."""

    code = "out_of_scope"
    sentence = "the token of {actor} is not for {act}; make one with this scope"
    family = Family.NOT_ALLOWED

    def __init__(self, *, act: str, actor: str) -> None:
        super().__init__(act=act, actor=actor)


class IllegalMove(ForeshockError):
    """
    The record's state, or a guard of the move, does not allow it; ``because`` is the code of the rule.

    ``rule`` is what must hold, in words; left out where the code says it.
    """

    code = "illegal_move"
    sentence = "{subject}: {move} is refused by the rule {because}{asks}"
    family = Family.REFUSED

    def __init__(self, *, subject: str, move: str, because: str, rule: str = "") -> None:
        super().__init__(subject=subject, move=move, because=because, asks=f", which asks that {rule}" if rule else "")


class WrongState(IllegalMove):
    """
    The record is not in a state that has this move; the states that have it are named.

    The fact ``possible`` has all of them; the sentence names the first and counts the rest.
    """

    code = "wrong_state"
    sentence = "{subject} is {state}: {move} is possible where it is {where}"

    def __init__(self, *, subject: str, move: str, state: str, possible: Iterable[str]) -> None:
        states = tuple(possible)
        facts = {"possible": " or ".join(states), "where": _one_of(states)}
        ForeshockError.__init__(self, subject=subject, move=move, because="wrong_state", state=state, **facts)


_STATES_NAMED = 3


def _one_of(states: Sequence[str]) -> str:
    """Return states as a choice in a sentence; of more than three the others are counted."""
    more = len(states) - _STATES_NAMED
    named = list(states) if more <= 0 else [*states[:_STATES_NAMED], f"in one of {more} more states"]
    return " or ".join(named if more <= 0 else [", ".join(named[:-1]), named[-1]])


class OwnWork(ForeshockError):
    """Segregation of duties: whoever wrote something does not approve it, nor does their delegate."""

    code = "own_work"
    sentence = "{actor} may not approve {subject}: it is by {author}, and nobody approves what is their own"
    family = Family.NOT_ALLOWED

    def __init__(self, *, actor: str, subject: str, author: str) -> None:
        super().__init__(actor=actor, subject=subject, author=author)
