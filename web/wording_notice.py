"""
The draft of an outage notice, in any language: what is done, when, and what those who use the services will notice.

The sentences are in :mod:`web.wording_notice_en` and :mod:`web.wording_notice_zh`, with the same functions.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

from cmdb.model.assessment import ServiceOutcome
from cmdb.model.telling import Telling
from web.languages import Language


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice: its subject, and its text with a line for each paragraph and service."""

    subject: str
    text: str


def notice_of(telling: Telling, language: Language = Language.EN) -> Notice:
    """Return the draft for those who are to be told."""
    words = _words(language)
    lines = [words.opening(telling.window), ""]
    lines += [words.service(service, minutes_of(service)) for service in telling.services] or [words.nothing()]
    lines += ["", words.reference(telling.change, telling.title), words.closing()]
    return Notice(words.subject(telling), "\n".join(lines) + "\n")


def minutes_of(service: ServiceOutcome) -> float:
    """Return how many planned minutes the service spends in its worst outcome."""
    return float(service.minutes.get(service.outcome.value, 0.0))


def part_words(part: str, language: Language = Language.EN) -> str:
    """Return what somebody is to the CIs they are told of."""
    return str(_words(language).PARTS[part])


def _words(language: Language) -> ModuleType:
    if language is Language.ZH:
        from web import wording_notice_zh

        return wording_notice_zh
    from web import wording_notice_en

    return wording_notice_en
