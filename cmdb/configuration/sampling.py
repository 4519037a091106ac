"""
The desk of audit samples: CIs drawn at random, and what a person finds when comparing them with what is really there.

Accuracy can not be computed from the records: somebody has to look. A sample of a few dozen says how much is right, and
with which certainty; what was found wrong is a fault of that CI until it is changed.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from cmdb.configuration.audit_sample import draw as drawn
from cmdb.configuration.classes import catalogue_of
from cmdb.configuration.measuring import look
from cmdb.context import Context
from cmdb.errors import Family, ForeshockError, InvalidInput, NotFound, Problem
from cmdb.model.audit_sample import AUDIT_SAMPLES, AuditSample, Judgement
from cmdb.model.ci import CIS
from cmdb.records import Held, Listing

LARGEST = 1_000
"""Most CIs of one sample: nobody looks at more, and 400 leave 5 % either way."""
LONGEST_NOTE = 1_000
_SEEDS = 2**31


class NothingToDraw(ForeshockError):
    """No living CI is of this class and owner."""

    code = "sample.nothing_to_draw"
    sentence = "there is no CI to draw a sample from"
    family = Family.REFUSED


class Result(NamedTuple):
    """What a person found of one CI of a sample; ``note`` says what is wrong."""

    ci: str
    right: bool
    note: str = ""


def draw(
    context: Context, size: int, *, seed: int | None = None, ci_class: str | None = None, owner: str | None = None
) -> Held[AuditSample]:
    """
    Draw a sample of the living CIs, of a class with all below it and of an owner group where these are given.

    Raises:
        NotAllowed: the actor may not.
        InvalidInput: the size or the seed is out of bounds.
        NotFound: there is no such class.
        NothingToDraw: there is no such CI.
    """
    context.allow("sample:draw")
    _refuse(size, seed)
    classes = catalogue_of(context).descendants(ci_class) if ci_class is not None else ()
    if ci_class is not None and not classes:
        raise NotFound(kind="ci_class", ids=(ci_class,))
    subjects = look(context).health.subjects
    ids = [
        ci
        for ci, each in subjects.items()
        if (ci_class is None or each.ci_class in classes) and (owner is None or each.owner == owner)
    ]
    if not ids:
        raise NothingToDraw()
    chosen = secrets.randbelow(_SEEDS) if seed is None else seed
    sample = AuditSample(
        id=context.new_id(AUDIT_SAMPLES),
        seed=chosen,
        drawn_at=context.clock.now(),
        drawn_by=context.actor.id,
        population=len(ids),
        judgements=tuple(Judgement(ci) for ci in drawn(ids, size, chosen)),
        ci_class=ci_class,
        owner=owner,
    )
    return context.records.put(AUDIT_SAMPLES, sample, because="sample:draw", expected_version=0)


def judge(
    context: Context, sample: str, results: Iterable[Result], *, expected_version: int | None = None
) -> Held[AuditSample]:
    """
    Enter what was found of some CIs of a sample; what was entered of them before is replaced.

    Raises:
        NotAllowed: the actor may not.
        NotFound: there is no such sample.
        InvalidInput: a CI is not in the sample, or is named twice, or a note is too long; all of these.
        VersionConflict: somebody else entered something meanwhile.
    """
    context.allow("sample:judge")
    held, results = context.records.held(AUDIT_SAMPLES, sample), list(results)
    places = {each.ci for each in held.record.judgements}
    _refuse_results(results, places, sample)
    stored = context.store.get_many(CIS, [each.ci for each in results])
    told = {each.ci: each for each in results}
    after = []
    for judgement in held.record.judgements:
        found = told.get(judgement.ci)
        if found is None:
            after.append(judgement)
            continue
        version = stored[found.ci].version if found.ci in stored else None
        after.append(
            Judgement(found.ci, found.right, found.note, version, context.actor.id, context.clock.now()),
        )
    judged = replace(held.record, judgements=tuple(after))
    version = held.version if expected_version is None else expected_version
    return context.records.put(AUDIT_SAMPLES, judged, because="sample:judge", expected_version=version)


def get(context: Context, sample: str) -> Held[AuditSample]:
    """Return a sample; raises NotAllowed and NotFound."""
    context.allow("health:read")
    return context.records.held(AUDIT_SAMPLES, sample)


def listing(context: Context, *, after: str | None = None, limit: int = 100) -> Listing[AuditSample]:
    """Return a page of the samples, the newest first; raises NotAllowed."""
    context.allow("health:read")
    return context.records.listing(AUDIT_SAMPLES, order="drawn_at", descending=True, after=after, limit=limit)


def _refuse(size: int, seed: int | None) -> None:
    problems = []
    if not 1 <= size <= LARGEST:
        facts = {"size": size, "most": LARGEST}
        problems.append(Problem("sample.size", "{size} is no size of a sample; 1 to {most} is", facts, "/size"))
    if seed is not None and not 0 <= seed < _SEEDS:
        problems.append(Problem("sample.seed", "{seed} is no seed; 0 to 2147483647 is", {"seed": seed}, "/seed"))
    if problems:
        raise InvalidInput(problems, what="the sample")


def _refuse_results(results: list[Result], places: set[str], sample: str) -> None:
    problems, seen = [], set[str]()
    for n, each in enumerate(results):
        at = f"/results/{n}"
        if each.ci not in places:
            said = "{ci} is not among the CIs of {sample}"
            problems.append(Problem("sample.not_drawn", said, {"ci": each.ci, "sample": sample}, f"{at}/ci"))
        if each.ci in seen:
            problems.append(Problem("sample.twice", "{ci} is judged twice", {"ci": each.ci}, f"{at}/ci"))
        seen.add(each.ci)
        if len(each.note) > LONGEST_NOTE:
            facts = {"most": LONGEST_NOTE}
            problems.append(Problem("sample.long_note", "it has more than {most} characters", facts, f"{at}/note"))
    if not results:
        problems.append(Problem("sample.no_result", "nothing is said of any CI", {}, "/results"))
    if problems:
        raise InvalidInput(problems, what="the results")
