"""The parts of one target by name, what of them can be relied on, and the notes that shape makes of the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cmdb.model.run import Said
from discovery.ports import Part

MOST_ENTRIES = 20_000
_DECODER = json.JSONDecoder()


class Reading:
    """What was read of a target."""

    def __init__(self, target: str, parts: Sequence[Part]) -> None:
        self.target = target
        self._pages: dict[str, list[str]] = {}
        self._broken: set[str] = set()
        self.session: Mapping[str, Any] = {}
        self._notes: dict[str, Said] = {}
        for part in parts:
            self._take(part)

    def _take(self, part: Part) -> None:
        body = part.body
        if part.name == "session" and isinstance(body, Mapping):
            self.session, body = body, ""
        if isinstance(body, Mapping):
            self.note("ssh.command_failed", command=part.name, error=body.get("error"), status=body.get("status"))
            body = body.get("out")
        elif not part.whole:
            self.note("ssh.command_failed", command=part.name, error="cut", status=None)
        if not part.whole:
            self._broken.add(part.name)
        self._pages.setdefault(part.name, []).append(body if isinstance(body, str) else "")

    def text(self, name: str) -> str:
        """Return what a command said, "" where it said nothing."""
        return next(iter(self._pages.get(name, ())), "")

    def pages(self, name: str) -> list[str]:
        """Return what a command said each time it was run."""
        return self._pages.get(name, [])

    def lines(self, name: str) -> list[str]:
        """Return the lines of what a command said."""
        return self.text(name).splitlines()

    def is_whole(self, *names: str) -> bool:
        """Tell whether all these commands were run and read to their end."""
        return all(name in self._pages and name not in self._broken for name in names)

    def doubt(self, name: str) -> None:
        """Take what a command said as not read to its end."""
        self._broken.add(name)

    def objects(self, name: str) -> list[Mapping[str, Any]]:
        """Return the objects of a JSON list; of one that is cut or garbled those before the place."""
        text = self.text(name).strip()
        found: list[Mapping[str, Any]] = []
        for entry in self._entries(name, text):
            if isinstance(entry, dict) and entry:
                if len(found) == MOST_ENTRIES:
                    self.doubt(name)
                    self.note("ssh.limit_reached", what=name, limit=MOST_ENTRIES)
                    break
                found.append(entry)
        return found

    def _entries(self, name: str, text: str) -> Iterator[Any]:
        at = 1
        if not text.startswith("["):
            if text:
                self._garbled(name)
            return
        while at < len(text):
            while at < len(text) and text[at] in " ,\r\n\t":
                at += 1
            if text[at : at + 1] == "]":
                return
            try:
                entry, at = _DECODER.raw_decode(text, at)
            except (ValueError, RecursionError):
                break
            yield entry
        self._garbled(name)

    def _garbled(self, name: str) -> None:
        if name not in self._broken:
            self.note("ssh.not_understood", command=name)
        self.doubt(name)

    def note(self, code: str, **facts: Any) -> None:
        """Tell people something, once."""
        self._notes.setdefault(json.dumps([code, facts], sort_keys=True, default=str), Said(code, facts))

    @property
    def notes(self) -> tuple[Said, ...]:
        """What there is to tell, sorted."""
        return tuple(self._notes[key] for key in sorted(self._notes))
