"""The health of the records as pages: the figures with a small trend, and what is wrong with which CI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for

from cmdb.configuration import measuring
from cmdb.configuration.classes import catalogue_of
from cmdb.errors import InvalidInput, Problem
from cmdb.model.health import HealthMeasurement, Measure, Tally
from web.languages import Language
from web.pages.blueprint import pages
from web.pages.naming import page_names
from web.pages.stories import reader_language
from web.request import context
from web.wording_health import cis_in, page_words, percent, remedy, words_in

PAGE = 50
PARTS_SHOWN = 50
DAYS = 90
WIDE, HIGH = 640.0, 96.0


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure as a row: its words, its share, and the address of the CIs that have a fault by it."""

    title: str
    means: str
    share: str
    faulty: int
    asked: int
    url: str


@dataclass(frozen=True, slots=True)
class Part:
    """One class or owner group as a row."""

    name: str
    cis: int
    score: str
    shares: tuple[str, ...]
    url: str


@dataclass(frozen=True, slots=True)
class Trend:
    """The scores of some days as an SVG path within :data:`WIDE` by :data:`HIGH`, and as rows, the newest first."""

    line: str
    dots: tuple[tuple[float, float], ...]
    first: str
    last: str
    rows: tuple[tuple[str, int, str], ...]


@pages.get("/health", endpoint="health")
def show() -> str:
    """Show how healthy the records are, all together and by class or owner group."""
    by = request.args.get("by") or "class"
    found, language = measuring.summary(context(), by=by), reader_language()
    parts = sorted(found.parts.items(), key=lambda each: (each[1].score or 0.0, each[0]))
    return render_template(
        "configuration/health.html",
        found=found,
        score=percent(found.all.score),
        audited=_audited(found.audited, language),
        figures=[_figure(name, found.all, language) for name in found.all.measures],
        by=by,
        titles=[words_in(language).MEASURES[measure.value][0] for measure in Measure],
        parts=[_part(by, name, each) for name, each in parts[:PARTS_SHOWN]],
        parts_more=max(0, len(parts) - PARTS_SHOWN),
        trend=trend_of(measuring.trend(context())[-DAYS:]),
        wide=WIDE,
        high=HIGH,
        **_words(language, "health", {"by": by}),
    )


@pages.get("/health/faults", endpoint="health_faults")
def faults() -> str:
    """Show what is wrong with which CI, by measure, class and owner group, and what there is to do."""
    asked = {name: request.args[name] for name in ("measure", "class", "owner") if name in request.args}
    if not asked.get("class"):
        asked.pop("class", None)
    language = reader_language()
    page = measuring.faults(
        context(),
        measure=_measure(asked.get("measure", "")),
        ci_class=asked.get("class"),
        owner=asked.get("owner"),
        after=request.args.get("after"),
        limit=PAGE,
    )
    names = page_names((ci for fault in page.rows for ci in (fault.ci, *cis_in(fault))), language=language)
    return render_template(
        "configuration/health_faults.html",
        names=names,
        rows=[(fault, remedy(fault, language, names)) for fault in page.rows],
        total=page.total,
        asked=asked,
        measures=[(each.value, words_in(language).MEASURES[each.value][0]) for each in Measure],
        classes=sorted(catalogue_of(context()).classes),
        next_url=url_for("pages.health_faults", **_asked(asked), after=page.after) if page.after else None,
        first_url=url_for("pages.health_faults", **_asked(asked)) if request.args.get("after") else None,
        **_words(language, "health_faults", asked),
    )


def trend_of(measured: Sequence[HealthMeasurement]) -> Trend | None:
    """Return the scores of days as a line, the oldest on the left, 100 % on top; None where none was measured."""
    known = [(each, each.all.score) for each in measured if each.all.score is not None]
    if not known:
        return None
    step = WIDE / max(1, len(known) - 1)
    dots = tuple((round(n * step, 1), round(HIGH * (1 - score), 1)) for n, (_, score) in enumerate(known))
    rows = tuple((each.id, each.all.cis, percent(score)) for each, score in reversed(known))
    return Trend("M" + "L".join(f"{x} {y}" for x, y in dots), dots, known[0][0].id, known[-1][0].id, rows)


def _figure(name: str, found: Tally, language: Language) -> Figure:
    title, means = words_in(language).MEASURES[name]
    share = found.measures[name]
    url = url_for("pages.health_faults", measure=name)
    return Figure(title, means, percent(share.sound), share.faulty, share.asked, url)


def _part(by: str, name: str, found: Tally) -> Part:
    shares = tuple(percent(found.measures[measure.value].sound) for measure in Measure)
    here: dict[str, Any] = {by: name}
    return Part(name, found.cis, percent(found.score), shares, url_for("pages.health_faults", **here))


def _audited(found: Any, language: Language) -> str:
    if found is None:
        return ""
    line = page_words(language)["audited_line"]
    told = line.format(right=found.right, judged=found.judged, low=percent(found.low), high=percent(found.high))
    return f"{found.sample}: {told}"


def _measure(text: str) -> Measure | None:
    if not text:
        return None
    if text in set(Measure):
        return Measure(text)
    fault = Problem("health.measure", "{text} is no measure of health", {"text": text[:100]}, "/measure")
    raise InvalidInput([fault], what="the question")


def _asked(asked: Mapping[str, str]) -> dict[str, Any]:
    return {**asked, **({"lang": request.args["lang"]} if "lang" in request.args else {})}


def _words(language: Language, endpoint: str, asked: Mapping[str, str]) -> dict[str, Any]:
    here: dict[str, Any] = dict(asked)
    others = [(each, url_for(f"pages.{endpoint}", **here, lang=each.value)) for each in Language if each != language]
    return {"language": language, "say": page_words(language), "others": others}
