"""What every point of the page is written with: the words of its language, and texts that are cut only when counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from types import ModuleType
from typing import Any

from cmdb.model.assessment import Assessment
from cmdb.model.named import in_summary
from cmdb.model.summary import ChangeSummary
from web.languages import Language
from web.naming import called_in, names_of
from web.wording_outlook import service_names
from web.wording_summary import few, words_in

LONGEST_NAME = 80
SHORTEST_NAME = 24
LONGEST_LINE = 300


class Writer:
    """Writes the points of one summary in one language; by ``scale`` texts are cut shorter where room is scarce."""

    def __init__(self, summary: ChangeSummary, language: Language, scale: float = 1.0) -> None:
        self.summary = summary
        self.language = language
        self.scale = scale
        self.words: ModuleType = words_in(language)
        self.page: dict[str, str] = self.words.PAGE

    @property
    def assessment(self) -> Assessment | None:
        """The newest assessment, None where there is none."""
        return self.summary.assessment

    @property
    def zone(self) -> str:
        """The zone times are told in: that of the change's window."""
        return self.summary.change.window.zone if self.summary.change.window else "UTC"

    @cached_property
    def names(self) -> dict[str, str]:
        """The names of CIs and services by id; services have that of the record."""
        summary, why = self.summary, self.summary.why
        # Where nothing is known of a CI any more, the name that it had for itself is better than its id.
        names = {**why.names, **why.explained.names} if why is not None else {}
        names |= names_of(summary.called, in_summary(summary), self.language)
        return names | (service_names(self.assessment) if self.assessment else {})

    def say(self, which: str, **facts: Any) -> str:
        """Return a sentence of the page with its facts."""
        return self.page[which].format(**facts)

    def fact(self, which: str, value: str) -> str:
        """Return a label and its value in one line."""
        return f"{self.page[which]}：{value}" if self.language is Language.ZH else f"{self.page[which]}: {value}"

    def brackets(self, what: str, beside: str) -> str:
        """Return a text with another in brackets."""
        return f"{what}（{beside}）" if self.language is Language.ZH else f"{what} ({beside})"

    def sentences(self, *said: str) -> str:
        """Return sentences as one text."""
        return ("" if self.language is Language.ZH else " ").join(filter(None, said))

    def called(self, ci: str) -> str:
        """Return what a CI is called in a sentence, short."""
        return called_in(self.short_names, ci) if ci in self.names else self.short(ci)

    def listed(self, names: Sequence[str], most: int = 3) -> str:
        """Return names as a list in a sentence, each short, those beyond ``most`` counted."""
        return few([self.short(name) for name in names], most, self.words)

    def listed_cis(self, cis: Sequence[str], most: int = 3) -> str:
        """Return what CIs are called as a list in a sentence, those beyond ``most`` counted."""
        return few([self.called(ci) for ci in cis], most, self.words)

    def cut(self, text: str, longest: int = LONGEST_LINE) -> str:
        """
        Return a text of at most ``longest`` characters by the scale, and how many more it has.

        Control characters are made spaces. Where what is left out is shorter than saying so, it stays.
        """
        plain = "".join(character if character.isprintable() else " " for character in text)
        most = round(longest * self.scale)
        left = len(plain) - most
        if left <= 0:
            return plain
        said = f"{plain[:most]}… {self.say('characters', count=f'{left:,}')}"
        return said if len(said) < len(plain) else plain

    def line(self, said: str, longest: int = LONGEST_LINE) -> str:
        """Return a sentence of ours with names in it; it is cut late, because names are cut first."""
        return self.cut(said, round(longest * max(self.scale, min(0.5, 2 * self.scale)) / self.scale))

    @cached_property
    def brief(self) -> Assessment | None:
        """The newest assessment with the names of services short, for what only reads their names."""
        found = self.assessment
        if found is None:
            return None
        services = tuple(replace(each, name=self.short(each.name)) for each in found.services)
        outlook = found.outlook
        if outlook is not None:
            doubtful = tuple(replace(each, name=self.short(each.name)) for each in outlook.doubtful)
            outlook = replace(outlook, doubtful=doubtful)
        return replace(found, services=services, outlook=outlook)

    @cached_property
    def short_names(self) -> dict[str, str]:
        """The names of CIs and services by id, short."""
        return {ci: self.short(name) for ci, name in self.names.items()}

    def short(self, name: str) -> str:
        """Return a name or an id, of a very long one the beginning and how much is left out."""
        return self.cut(name, max(LONGEST_NAME, round(SHORTEST_NAME / self.scale)))
