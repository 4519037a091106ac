"""
A connector: three functions with the same names in each, and the schema of its settings.

``targets`` says what a run would read, ``fetch`` reads one target and yields what it got as it got it, and ``shape``
makes observations of that. All I/O is in the first two; ``shape`` is pure, so that a recorded sample tests it and a
stored one explains it. A connector knows nothing of the store, of other connectors, or of when it is run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from cmdb.model.run import Said

if TYPE_CHECKING:
    from cmdb.model.observation import Observation
    from discovery.ports.receiving import Receive
    from discovery.ports.settings import Settings


@dataclass(frozen=True, slots=True)
class Target:
    """
    One unit that is read on its own and may fail alone: a host, a region of an account, a file.

    ``id`` is unique within the source and stays the same from run to run; every scope of the target begins with it
    (the id itself, or the id, a slash and a name), and what tells of any other is not taken in. ``facts`` are what
    ``fetch`` needs besides the settings: plain JSON and no credential.
    """

    id: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def has(self, scope: str) -> bool:
        """Tell whether a scope is one of this target's."""
        return scope == self.id or scope.startswith(f"{self.id}/")


@dataclass(frozen=True, slots=True)
class Part:
    """
    Something that was read: its ``name`` among the parts of its target, and ``body``, plain JSON or text.

    A listing that comes in pages is one part a page, of the same name. ``whole`` is False where the rest could not be
    read; ``shape`` then certifies no scope that rests on it.
    """

    name: str
    body: Any
    whole: bool = True


class Shaped(NamedTuple):
    """
    What became of the parts of one target.

    ``complete`` are the scopes that were read to their end: what is not observed in one of them is not there any more.
    ``notes`` tell people what was not understood or is missing, a line each; nothing is left out without one.
    """

    observations: tuple[Observation, ...]
    complete: frozenset[str]
    notes: tuple[Said, ...] = ()


class Sentence(NamedTuple):
    """
    What a note says to people, in English and in Simplified Chinese; ``{name}`` stands for a fact of the note.

    The target stands before it already. Facts that it does not mention are shown behind it; without ``zh`` the English
    one is shown to everybody. ``{name:duration}`` tells a fact in seconds in days, hours and minutes.

    >>> Sentence("{count} rows have no name", "{count} 行没有名称").en.format(count=3)
    '3 rows have no name'
    """

    en: str
    zh: str = ""


class Line(Protocol):
    """
    What a connector has of the outside while it reads one target.

    Every method may raise :class:`cmdb.errors.ForeshockError` to end the reading; a connector lets that pass.
    """

    def secret(self, reference: str) -> str:
        """Return what a reference (``env:NAME``, ``file:PATH``) stands for; never to be kept, logged or yielded."""
        ...

    def check(self) -> None:
        """Return if the reading is to go on: not cancelled, not out of time. To be called between any two steps."""
        ...

    def pace(self) -> None:
        """Wait until the next request may be sent; to be called before each."""
        ...

    def wait(self, seconds: float) -> None:
        """Wait, but hear being cancelled."""
        ...

    def left(self) -> float:
        """Return how many seconds the reading of this target may still take; never negative."""
        ...

    def note(self, code: str, **facts: Any) -> None:
        """Tell people something about the target that is no part of what was read."""
        ...


Values = Mapping[str, Any]
"""The settings of a source, as its schema loaded them."""

Targets = Callable[[Values, Line], Iterable[Target]]
Fetch = Callable[[Target, Values, Line], Iterator[Part]]
Shape = Callable[[Target, Values, Sequence[Part]], Shaped]


@dataclass(frozen=True, slots=True)
class Connector:
    """
    One way to look at a kind of source.

    ``name`` is that of its folder. ``purpose`` is one line for people. ``settings`` is the schema of a source's
    settings. ``classes`` are those it gives observations of. ``extra`` names the extra of the package that brings its
    libraries, "" where it needs none. ``at_once`` is how many targets may be read at one time unless a source says
    otherwise, ``seconds`` how long one target may take. ``notes`` are the sentences of the notes it makes, by their
    codes, which begin with a word of its own. ``receive`` opens what hears senders, None where a source is only read
    (:mod:`discovery.ports.receiving`). ``ids_of_source`` says that a native id means the same thing
    whichever target lists it, as an ARN does, or a host's machine id; else one that two targets list is taken of none.
    """

    name: str
    purpose: str
    settings: type[Settings]
    targets: Targets
    fetch: Fetch
    shape: Shape
    classes: tuple[str, ...]
    extra: str = ""
    at_once: int = 4
    seconds: float = 120.0
    notes: Mapping[str, Sentence] = field(default_factory=dict, hash=False)
    receive: Receive | None = None
    ids_of_source: bool = False
