"""The page of a change: what stands at its head, and the ten points in their order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC

from cmdb.chain import digest
from cmdb.model.change import Target
from cmdb.model.summary import ChangeSummary
from web.languages import Language
from web.summary import failure, history, outcomes, risks, services
from web.summary.blocks import Block, Listing, Page, Style
from web.summary.writing import Writer

POINTS: tuple[Callable[[Writer], Block], ...] = (
    outcomes.verdict,
    failure.failure,
    services.services,
    risks.weak_points,
    risks.conflicts,
    outcomes.back_out,
    risks.unknown,
    risks.helps,
    history.similar,
    history.record,
)
"""What makes each of the ten points, in their order; a part that knows more of a point changes its function."""

LONGEST_REASON = 240


def page_of(summary: ChangeSummary, language: Language, scale: float = 1.0) -> Page:
    """Return the page of a summary in a language; what of it fits is judged by :mod:`web.summary.fitting`."""
    writer = Writer(summary, language, scale)
    change, assessment = summary.change, summary.assessment
    made = assessment.made_at if assessment else change.raised_at
    return Page(
        change=change.id,
        title=change.title,
        language=language,
        meta=_meta(writer),
        targets=_targets(writer),
        blocks=tuple(point(writer) for point in POINTS),
        foot=writer.say("where", change=change.id),
        more=writer.page["more"],
        kind=writer.page["title"],
        created=made.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        identity=digest([change.id, change.revision, assessment.hash if assessment else "", language.value]),
    )


def _meta(writer: Writer) -> tuple[str, ...]:
    change = writer.summary.change
    first = [
        writer.say("change", type=writer.words.TYPES[change.type.value]),
        writer.words.state_words(change.state.value),
        writer.say("revision", revision=change.revision),
        writer.say("requester", who=writer.cut(change.requester, 60)),
    ]
    if change.implementer:
        first.append(writer.say("implementer", who=writer.cut(change.implementer, 60)))
    window = writer.words.window(change.window) if change.window else writer.page["no_window"]
    reason = writer.cut(" ".join(change.reason.split()), LONGEST_REASON)
    return (" · ".join(first), writer.fact("window", window), writer.fact("reason", reason))


def _targets(writer: Writer) -> Listing:
    targets = writer.summary.change.targets
    if not targets:
        heading = writer.page["no_targets"]
    else:
        heading = writer.page["one_target"] if len(targets) == 1 else writer.say("targets", count=f"{len(targets):,}")
    entries = tuple((_target(writer, target),) for target in targets)
    return Listing("targets", Style.FLOW, entries, rank=3, heading=heading, least=min(1, len(entries)), step=4)


def _target(writer: Writer, target: Target) -> str:
    window = writer.summary.change.window
    outage = target.outage(window) if window else None
    minutes = (outage[1] - outage[0]).total_seconds() / 60 if outage else target.minutes
    effect = writer.words.effect_words(target.effect, minutes)
    return writer.brackets(writer.called(target.ci), effect)
