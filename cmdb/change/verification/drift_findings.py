"""The findings of a verification: each CI that changed without a change, each change that did not take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from cmdb.chain import digest
from cmdb.context import Context
from cmdb.model.finding import FINDINGS, VERIFIED, Finding
from cmdb.model.verification import DriftRow, Expectation, Judgement, Outcome
from cmdb.ports.store import Between, Put
from cmdb.records import to_document

UNAUTHORISED, REVERTING = f"{VERIFIED}unauthorised", f"{VERIFIED}reverting"
NOT_SEEN, TOO_MANY = f"{VERIFIED}not_seen", f"{VERIFIED}too_many"
MOST = 1_000
"""Most findings that a verification opens; that there are more is one finding by itself."""
_CODES: Mapping[Judgement, str] = {Judgement.UNAUTHORISED: UNAUTHORISED, Judgement.REVERTING: REVERTING}


def findings_of(
    context: Context,
    baseline: str,
    verification: str,
    rows: Iterable[DriftRow],
    expectations: Iterable[Expectation] | None,
    *,
    because: str | None = None,
) -> list[Put]:
    """
    Return what is to be written of findings, so that those of a baseline are these and no others.

    ``expectations`` None leaves the findings about them as they are. ``because`` says why somebody closes what goes.
    """
    now = context.clock.now()
    wanted = _wanted(baseline, verification, rows, expectations or ())
    standing = {
        each.id: each
        for each in context.records.find(FINDINGS, [Between("code", VERIFIED, f"{VERIFIED}~")])
        if each.facts.get("baseline") == baseline and (expectations is not None or each.code in _CODES.values())
    }
    puts = []
    for key, (code, cis, facts) in sorted(wanted.items()):
        was = standing.get(key)
        opened = was.opened_at if was is not None and was.closed_at is None else now
        found = Finding(key, code, cis, opened, facts)
        if found != was:
            puts.append(Put(FINDINGS, to_document(FINDINGS, found)))
    by: dict[str, Any] = {} if because is None else {"closed_by": context.actor.id, "because": because}
    for key, was in sorted(standing.items()):
        if key not in wanted and was.closed_at is None:
            puts.append(Put(FINDINGS, to_document(FINDINGS, replace(was, closed_at=now, **by))))
    return puts


_Wanted = dict[str, tuple[str, tuple[str, ...], dict[str, Any]]]


def _wanted(baseline: str, verification: str, rows: Iterable[DriftRow], expectations: Iterable[Expectation]) -> _Wanted:
    by: dict[tuple[str, str], list[DriftRow]] = defaultdict(list)
    for row in rows:
        if row.judgement in _CODES:
            by[_CODES[row.judgement], row.difference.cis[0]].append(row)
    about = {"baseline": baseline, "verification": verification}
    wanted: _Wanted = {}
    for (code, ci), several in by.items():
        wanted[_id(code, baseline, ci)] = (code, (ci,), {**about, **_facts(several)})
    for each in expectations:
        if each.outcome is Outcome.NOT_SEEN:
            facts = {"change": each.change, "field": each.field, "expected": each.expected, "present": each.present}
            wanted[_id(NOT_SEEN, baseline, each.change, each.ci, each.field)] = (
                NOT_SEEN,
                (each.ci,),
                {**about, **facts},
            )
    if len(wanted) > MOST:
        left = len(wanted) - MOST
        wanted = dict(sorted(wanted.items())[:MOST])
        wanted[_id(TOO_MANY, baseline)] = (TOO_MANY, (), {**about, "more": left})
    return wanted


def _facts(rows: list[DriftRow]) -> dict[str, Any]:
    first = rows[0].difference
    facts = {"count": len(rows), "way": first.way.value, "kind": first.kind, "key": first.key, "field": first.field}
    values = {"before": first.before, "after": first.after} if first.field else {}
    unapproved = {"unapproved": rows[0].unapproved} if rows[0].unapproved else {}
    return {**facts, **values, **unapproved}


def _id(code: str, *about: str) -> str:
    return f"{code}:{digest(list(about))[:16]}"
