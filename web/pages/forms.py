"""A form as the page shows it again: what was typed, and every fault at its field and in one list on top."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flask import request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from cmdb.errors import InvalidInput, Problem

# What sentences of ours begin with; anything else in front is an id or a value and stays as it is written.
_OPENINGS = frozenset(
    ("a", "an", "another", "class", "decide", "name", "needs", "no", "nobody", "one", "only", "something", "source")
) | frozenset(("strength", "target", "the", "there", "this", "it", "what", "who", "write"))
Place = tuple[str, str]
"""The name of a field (empty: none) and its label."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One fault in the list on top of the form; ``field`` is the id it links to, or empty."""

    field: str
    label: str
    message: str


@dataclass(slots=True)
class Form:
    """The values of a form by field, its faults by field and in order, and the prefixes of its repeated rows."""

    values: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[str, ...] = ()
    errors: dict[str, list[str]] = field(default_factory=dict)
    problems: list[Shown] = field(default_factory=list)

    def value(self, name: str) -> str:
        """Return what the field holds, empty if it holds nothing."""
        return self.values.get(name, "")

    def text(self, name: str) -> str:
        """Return the value as :func:`plain` has it."""
        return plain(self.value(name))

    def lines(self, name: str) -> tuple[str, ...]:
        """Return the lines that say something."""
        return tuple(line.strip() for line in self.text(name).split("\n") if line.strip())

    def fault(self, name: str, label: str, message: str) -> None:
        """Keep one fault."""
        said = begun(message)
        if said not in self.errors.setdefault(name, []):
            self.errors[name].append(said)
            self.problems.append(Shown(name, label, said))

    def take(self, error: InvalidInput, place: Callable[[Problem], Place | None]) -> None:
        """Keep every problem of an input error; ``place`` tells its field, None drops what the form has said itself."""
        for problem in error.problems:
            found = place(problem)
            if found is not None:
                name, label = found
                self.fault(name, label or problem.place, problem.message)

    @property
    def is_wrong(self) -> bool:
        return bool(self.problems)


def plain(text: str) -> str:
    """Return a text without the white space around it and with line ends of one character, as browsers change them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def begun(sentence: str) -> str:
    """
    Return a sentence with a capital, unless it begins with an id or another thing that is written as it is.

    >>> begun("the title is missing"), begun("sw-b4 is there already")
    ('The title is missing', 'sw-b4 is there already')
    """
    return sentence[:1].upper() + sentence[1:] if sentence.partition(" ")[0] in _OPENINGS else sentence


def posted() -> Form:
    """Return the form of this request, the last value of each field."""
    return Form(values=MultiDict(request.form).to_dict(flat=True))


def rows_in(values: Mapping[str, str], letter: str, *, least: int, more: int = 0) -> tuple[str, ...]:
    """
    Return the prefixes of the rows (``t0``, ``t1`` ...) that a form holds, at least ``least``, and ``more`` new ones.

    >>> rows_in({"t0.ci": "a", "t2.ci": "b"}, "t", least=1)
    ('t0', 't1', 't2')
    """
    pattern = re.compile(rf"{letter}(\d{{1,3}})\.", re.ASCII)
    numbers = [int(match[1]) for name in values if (match := pattern.match(name))]
    count = max([least, *(number + 1 for number in numbers)]) + more
    return tuple(f"{letter}{number}" for number in range(count))


def seen_version(form: Form) -> int:
    """
    Return the version of the record the sender has seen, which every form that edits carries.

    Raises:
        BadRequest: the form lacks it, so nobody could tell whether it is stale.
    """
    text = form.value("version")
    if not re.fullmatch(r"[0-9]{1,15}", text, re.ASCII):
        raise BadRequest("the form does not say which version it was filled in from; open it again")
    return int(text)
