"""
The desk of drift: what becomes of a difference that no change explains: accepted, put back, or let be by a rule.

Decisions are about the rows of the newest verification of a baseline. An accepted difference becomes a retrospective
change, a draft that somebody else decides about, and the baseline moves on; if that change is rejected, the difference
is unauthorised again. One to be put back stays open until a verification no longer finds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from cmdb.change import checks
from cmdb.change.verification import verifying
from cmdb.change.verification.drift_findings import findings_of
from cmdb.change.verification.verification import ACTIVE, RETIRED, STATUS
from cmdb.configuration import baselines, drift_rules
from cmdb.configuration.drift import difference_id
from cmdb.configuration.drift_rules_text import toleration_text
from cmdb.context import Context
from cmdb.errors import InvalidInput, NotFound, Problem
from cmdb.model.change import CHANGES, Change, ChangeState, ChangeType, Effect, Target, Window
from cmdb.model.ci import CIS
from cmdb.model.configuration_baseline import (
    CONFIGURATION_BASELINES,
    Amendment,
    BaselineState,
    ConfigurationBaseline,
)
from cmdb.model.drift import DISPOSITIONS, Disposition, DriftDifference, DriftRulesVersion, Settled, Toleration, Way
from cmdb.model.verification import VERIFICATIONS, DriftRow, Judgement, Verification
from cmdb.plural import counted
from cmdb.ports.store import Put, Unwritten
from cmdb.records import Held, to_document

MOST_AT_ONCE = 1_000
_LEAST = timedelta(minutes=1)
_TO_DECIDE = (Judgement.UNAUTHORISED, Judgement.REVERTING)


class Settlement(NamedTuple):
    """What was decided: a disposition for each difference, and the retrospective change of those that were accepted."""

    dispositions: tuple[Disposition, ...]
    change: str | None


def drift(context: Context, baseline: str) -> tuple[DriftRow, ...]:
    """
    Return the rows of the newest verification of a baseline, with what was decided since; none before the first.

    Raises:
        NotAllowed: the actor may not read verifications.
        NotFound: there is no such baseline.
    """
    baselines.get(context, baseline)
    held = verifying.newest(context, baseline)
    return () if held is None else _standing(context, held.record)


def accept(
    context: Context, baseline: str, differences: Sequence[str], *, reason: str, cis: Sequence[str] = ()
) -> Settlement:
    """
    Accept differences (by id, and all unauthorised ones of ``cis``) with a retrospective change; the baseline moves on.

    Raises:
        NotAllowed: the actor may not accept drift.
        NotFound: there is no such baseline, or no such difference to decide about in its newest verification.
        WrongState: it is not approved.
        InvalidInput: the reason is missing or too long, or there are too many.
        VersionConflict, WrittenMeanwhile: somebody else decided, or a verification was made, meanwhile.
    """
    context.allow("drift:accept")
    unwritten = _unwritten(context)
    held, last, rows = _wanted(context, baseline, differences, cis, reason)
    now = context.clock.now()
    change = _retrospective(context, held.record, rows, reason)
    more = tuple(Amendment(row.difference, change.id, context.actor.id, now) for row in rows)
    moved = replace(held.record, amendments=(*held.record.amendments, *more))
    made = _dispositions(context, last, rows, Settled.ACCEPT, reason, change.id)
    puts = [
        Put(CHANGES, to_document(CHANGES, change), 0),
        Put(CONFIGURATION_BASELINES, to_document(CONFIGURATION_BASELINES, moved), held.version),
        *_open_reverts_closed(context, last, rows),
    ]
    _write(context, last, made, puts, because=f"accepted by {change.id}", tag="drift:accepted", unwritten=unwritten)
    return Settlement(made, change.id)


def revert(
    context: Context, baseline: str, differences: Sequence[str], *, reason: str, cis: Sequence[str] = ()
) -> Settlement:
    """Decide that differences are to be put back; raises as :func:`accept`."""
    context.allow("drift:revert")
    unwritten = _unwritten(context)
    _, last, rows = _wanted(context, baseline, differences, cis, reason)
    fresh = [row for row in rows if row.judgement is Judgement.UNAUTHORISED]
    made = _dispositions(context, last, fresh, Settled.REVERT, reason, None)
    _write(context, last, made, [], because="to be put back", tag="drift:revert", unwritten=unwritten)
    return Settlement(made, None)


def tolerate(
    context: Context,
    baseline: str,
    difference: str,
    *,
    name: str,
    because: str,
    until: date | None = None,
    expected_version: int | None = None,
) -> Held[DriftRulesVersion]:
    """
    Add a rule that lets differences like this one be: the same way, kind, field and class; it counts from the next
    verification on.

    Raises:
        NotAllowed: the actor may not set rules.
        NotFound: as :func:`accept`.
        InvalidInput: something is wrong with the name or the reason.
        VersionConflict: somebody else set rules meanwhile.
    """
    context.allow("drift:rule")
    row = _named(drift(context, baseline), [difference], ())[0]
    each = row.difference
    stored = context.store.get(CIS, each.cis[0])
    classes = () if stored is None else (stored.document["class"],)
    fields = (each.field,) if each.field else ()
    rule = Toleration(name, because, (each.way,), (each.kind,), classes, fields, until)
    now = drift_rules.in_force(context)
    text = now.text.rstrip("\n") + "\n" + toleration_text(rule)
    version = now.version if expected_version is None else expected_version
    return drift_rules.set_rules(context, text.encode("utf-8"), expected_version=version)


# what is decided about ----------------------------------------------------------------------------------------------
def _wanted(
    context: Context, baseline: str, differences: Sequence[str], cis: Sequence[str], reason: str
) -> tuple[Held[ConfigurationBaseline], Verification, list[DriftRow]]:
    held = baselines.get(context, baseline)
    problems = list(checks.text_problems("/reason", "reason", reason))
    if not differences and not cis:
        problems.append(Problem("drift.nothing", "name differences, or CIs", {}, "/differences"))
    if len(differences) + len(cis) > MOST_AT_ONCE:
        problems.append(checks.too_many("/differences", len(differences) + len(cis), MOST_AT_ONCE))
    if problems:
        raise InvalidInput(problems, what=f"the decision on the drift from {baseline}")
    baselines.refuse_state(held.record, "decide", BaselineState.APPROVED)
    last = verifying.newest(context, baseline)
    if last is None:
        raise NotFound(kind="difference", ids=tuple(differences) or tuple(cis))
    return held, last.record, _named(_standing(context, last.record), differences, cis)


def _named(rows: Iterable[DriftRow], differences: Sequence[str], cis: Sequence[str]) -> list[DriftRow]:
    """Return the rows that are named, each once and in their order; raises NotFound with all that are not there."""
    open_rows = [row for row in rows if row.judgement in _TO_DECIDE]
    ids = {row.id for row in open_rows}
    firsts = {row.difference.cis[0] for row in open_rows}
    missing = [each for each in differences if each not in ids] + [ci for ci in cis if ci not in firsts]
    if missing:
        raise NotFound(kind="difference", ids=tuple(dict.fromkeys(missing)))
    return [row for row in open_rows if row.id in set(differences) or row.difference.cis[0] in set(cis)]


def _standing(context: Context, last: Verification) -> tuple[DriftRow, ...]:
    """Return the rows of a verification with what was decided since it was made."""
    decided = {
        difference_id(each.baseline, each.difference): each.settled
        for each in verifying.dispositions_of(context, last.baseline)
        if each.verification == last.id
    }
    rows = (row for row in last.rows if decided.get(row.id) is not Settled.ACCEPT)
    return tuple(
        replace(row, judgement=Judgement.REVERTING) if decided.get(row.id) is Settled.REVERT else row for row in rows
    )


def _dispositions(
    context: Context, last: Verification, rows: Iterable[DriftRow], settled: Settled, reason: str, change: str | None
) -> tuple[Disposition, ...]:
    now = context.clock.now()
    closed: dict[str, Any] = {"closed_at": now, "closed_in": last.id} if settled is Settled.ACCEPT else {}
    return tuple(
        Disposition(
            context.new_id(DISPOSITIONS),
            last.baseline,
            last.id,
            row.difference,
            settled,
            reason,
            context.actor.id,
            now,
            change,
            **closed,
        )
        for row in rows
    )


def _open_reverts_closed(context: Context, last: Verification, rows: Iterable[DriftRow]) -> list[Put]:
    """Return what closes the decisions to put back what is accepted now after all."""
    ids, now = {row.id for row in rows}, context.clock.now()
    return [
        Put(DISPOSITIONS, to_document(DISPOSITIONS, replace(each, closed_at=now, closed_in=last.id)))
        for each in verifying.dispositions_of(context, last.baseline)
        if each.closed_at is None and difference_id(each.baseline, each.difference) in ids
    ]


def _unwritten(context: Context) -> Unwritten:
    """Return that nobody else decides, and nothing is verified, between looking and writing."""
    return Unwritten((VERIFICATIONS.name, DISPOSITIONS.name), context.store.revision())


def _write(
    context: Context,
    last: Verification,
    made: Sequence[Disposition],
    more: list[Put],
    *,
    because: str,
    tag: str,
    unwritten: Unwritten,
) -> None:
    """Write decisions, and the findings as they are with them, as one revision."""
    settled = {difference_id(each.baseline, each.difference): each.settled for each in made}
    rows = [
        replace(row, judgement=Judgement.REVERTING) if settled.get(row.id) is Settled.REVERT else row
        for row in _standing(context, last)
        if settled.get(row.id) is not Settled.ACCEPT
    ]
    puts = [Put(DISPOSITIONS, to_document(DISPOSITIONS, each), 0) for each in made]
    puts += more
    puts += findings_of(context, last.baseline, last.id, rows, None, because=because)
    if puts:
        context.records.put_all(puts, because=tag, unwritten=unwritten)


# the retrospective change --------------------------------------------------------------------------------------------
def _retrospective(context: Context, baseline: ConfigurationBaseline, rows: Sequence[DriftRow], reason: str) -> Change:
    start = min(row.sighted.later_than for row in rows)
    end = max(max(row.sighted.found_at for row in rows), start + _LEAST)
    there = context.store.get_many(CIS, tuple({ci for row in rows for ci in row.difference.cis}))
    touched: dict[str, dict[str, Any]] = {}
    for row in rows:
        ci = row.difference.cis[0]
        if ci in there:
            touched.setdefault(ci, {}).update(_expected(row.difference))
    targets = tuple(Target(ci, Effect.CONFIG, expected=values) for ci, values in sorted(touched.items()))
    change = Change(
        id=context.new_id(CHANGES),
        title=f"Accept {counted(len(rows), 'difference')} from the baseline {baseline.id}",
        reason=reason,
        requester=context.actor.id,
        raised_at=context.clock.now(),
        type=ChangeType.NORMAL,
        state=ChangeState.DRAFT,
        revision=1,
        window=Window(start, end),
        targets=targets,
        retrospective=True,
    )
    problems = [*checks.words_problems(change), *checks.content_problems(change)]
    if problems:
        raise InvalidInput(problems, what="the retrospective change")
    return change


def _expected(each: DriftDifference) -> dict[str, Any]:
    """Return what a target of the retrospective change declares of a difference."""
    if each.kind != "ci":
        return {}
    if each.way is not Way.CHANGED:
        return {STATUS: RETIRED if each.way is Way.GONE else ACTIVE}
    if each.after is None or each.field == "/class":
        return {}
    return {each.field: each.after}
