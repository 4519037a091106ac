"""What another policy would have said: the facts of past assessments judged again, and where the verdict is another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from cmdb.change.policy.found_facts import facts_found
from cmdb.change.policy.judging import judge, lacking_of
from cmdb.change.policy.policy_text import read_policy
from cmdb.change.text_input import Unreadable, read_moment
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.model.assessment import ASSESSMENTS, Assessment, Verdict
from cmdb.model.change import CHANGES, Change
from cmdb.model.change_outcome import BAD
from cmdb.model.policy import FactsPolicy, Policy
from cmdb.model.policy_trial import Rejudged, Shift, Simulation
from cmdb.ports.store import Between

MOST_LISTED = 1_000
SENTENCES = {"policy.no_period": "the period ends at {end}, which is not after its start {start}"}
_AT_ONCE = 500


def simulate(
    context: Context, content: bytes, *, start: str | None = None, end: str | None = None, limit: int = MOST_LISTED
) -> Simulation:
    """
    Judge the changes that were assessed from ``start`` until before ``end`` (RFC 3339; None: without bound) again.

    Nothing is written, and nothing but the stored assessments is asked: their facts, or of one made before there were
    any, what its findings and its outlook say.

    Raises:
        NotAllowed: the actor may not read changes and the policy.
        InvalidInput: the text is no policy, or a time is none; every problem is named.
    """
    context.allow("policy:read")
    context.allow("change:read")
    first, last = _period(start, end)
    policy = read_policy(content)
    return summed(policy.name, _rejudged(context, policy, first, last), limit)


def summed(name: str, rejudged: Iterable[Rejudged], limit: int = MOST_LISTED) -> Simulation:
    """Return the simulation of changes that were judged again, of which at most ``limit`` are listed."""
    rows = sorted(rejudged, key=lambda each: (each.made_at, each.change))
    count: Counter[tuple[Verdict, Verdict]] = Counter((each.before, each.after) for each in rows)
    failed: Counter[tuple[Verdict, Verdict]] = Counter((each.before, each.after) for each in rows if each.failed)
    pairs = sorted(count, key=lambda pair: (pair[0].rank, pair[1].rank))
    moved = [each for each in rows if each.before is not each.after]
    return Simulation(
        name=name,
        changes=len(rows),
        failures=failed.total(),
        unknown_outcomes=sum(each.failed is None for each in rows),
        lacking=sum(bool(each.lacking) for each in rows),
        shifts=tuple(Shift(*pair, count[pair], failed[pair]) for pair in pairs),
        rows=tuple(moved[:limit]),
        unlisted=max(0, len(moved) - limit),
    )


def _rejudged(
    context: Context, policy: Policy | FactsPolicy, first: datetime | None, last: datetime | None
) -> Iterator[Rejudged]:
    """Yield each change by its newest assessment in the period."""
    newest: dict[str, tuple[int, Rejudged]] = {}
    for made in context.records.find(ASSESSMENTS, _within(first, last)):
        if (first is not None and made.made_at < first) or (last is not None and made.made_at >= last):
            continue
        if made.number > newest.get(made.change, (0, None))[0]:
            newest[made.change] = made.number, _judged_again(policy, made)
    ids = sorted(newest)
    for begin in range(0, len(ids), _AT_ONCE):
        held = context.records.get_many(CHANGES, ids[begin : begin + _AT_ONCE])
        for key, each in held.items():
            yield _completed(newest[key][1], each.record)


def _judged_again(policy: Policy | FactsPolicy, made: Assessment) -> Rejudged:
    facts = made.facts or facts_found(made.inputs, made, made.outlook, change=made.change)
    after, reasons = judge(policy, facts)
    return Rejudged(
        change=made.change,
        title="",
        assessment=made.id,
        made_at=made.made_at,
        before=made.verdict,
        after=after,
        reasons=reasons,
        lacking=lacking_of(policy, facts),
        failed=None,
    )


def _completed(each: Rejudged, change: Change) -> Rejudged:
    return replace(each, title=change.title, failed=None if change.outcome is None else change.outcome in BAD)


def _period(start: str | None, end: str | None) -> tuple[datetime | None, datetime | None]:
    found: list[datetime | None] = []
    problems = []
    for name, text in (("from", start), ("to", end)):
        try:
            found.append(None if text is None else read_moment(text)[0])
        except Unreadable as unreadable:
            found.append(None)
            problems.append(unreadable.at(f"/{name}"))
    first, last = found
    if first is not None and last is not None and last <= first:
        facts = {"start": first.isoformat(), "end": last.isoformat()}
        problems.append(Problem("policy.no_period", SENTENCES["policy.no_period"], facts, "/to"))
    if problems:
        raise InvalidInput(problems, what="the period", setting=True)
    return first, last


def _within(first: datetime | None, last: datetime | None) -> list[Between]:
    """Return the filter for what is kept as text, in which "05.5Z" comes before "05Z": it reaches over the second."""
    if first is None and last is None:
        return []
    return [Between("made_at", _second(first), f"{_second(last)}Z" if last else None)]


def _second(moment: datetime | None) -> str | None:
    return None if moment is None else moment.replace(tzinfo=None).isoformat(timespec="seconds")
