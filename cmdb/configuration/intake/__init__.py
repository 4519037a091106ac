"""
The import desk: the one way in for form, file and connector. Plan, look at the difference, apply.

A plan writes nothing. Applying it is one batch, one revision, all or nothing; every document it would change is
expected at the version the plan has seen, so nobody's work is overwritten: when the store has moved on, the plan is
made once more from the same records, and a second conflict goes to the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, BinaryIO

from cmdb.configuration.faults import problem as catalogue_problem
from cmdb.configuration.intake.gathered import KIND, Gathered, Row
from cmdb.configuration.intake.judging import Judge
from cmdb.configuration.intake.merging import NEW, fresh
from cmdb.configuration.intake.planned import FORM, Options, Plan, Told
from cmdb.configuration.intake.planning import make_plan
from cmdb.configuration.intake.report import Difference, Figures, ImportReport, differences_of, report_of
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.exchange.estate import Faults, is_name, read
from cmdb.exchange.estate.faults import shown
from cmdb.exchange.estate.limits import MAX_NAME
from cmdb.model.ci import CIS
from cmdb.model.ci_class import CI_CLASSES
from cmdb.model.group import GROUPS
from cmdb.model.relation import RELATIONS
from cmdb.model.relation_type import RELATION_TYPES
from cmdb.ports.errors import UniqueViolation, VersionConflict, WrittenMeanwhile
from cmdb.ports.store import Applied, Op, Patch, Put, Unwritten

OVERTAKEN = (VersionConflict, WrittenMeanwhile)
"""What tells that others wrote meanwhile what a plan rests on: plan anew."""
SHOWN = 100
READ_STEP = 10_000

__all__ = [
    "FORM",
    "OVERTAKEN",
    "Difference",
    "Figures",
    "ImportReport",
    "Options",
    "Plan",
    "Row",
    "apply",
    "differences_of",
    "import_estate",
    "judge_source",
    "plan",
    "report_of",
    "take_in",
]


def import_estate(
    context: Context,
    stream: BinaryIO,
    *,
    source: str,
    dry_run: bool = False,
    retire_missing: bool = False,
    create_classes: bool = False,
    allow_broken_groups: bool = False,
    show: int = SHOWN,
    progress: Told | None = None,
) -> ImportReport:
    """
    Read an ``estate/1`` file and apply what is new and changed in it, as one revision; a dry run only tells.

    ``source`` names where the file comes from: what earlier imports of it brought and this one lacks is missing, and
    is only retired with ``retire_missing``. ``create_classes`` defines unknown classes and attributes in the same
    revision. ``progress`` hears (step, records so far), the steps being "read", "compare" and "write". ``show`` is how
    many single differences the report keeps.

    Raises:
        NotAllowed: the actor may not import, or classes are to be created and it may not define them.
        InvalidInput: all that is wrong with the file.
        GroupsWouldBreak: retiring what is missing would break groups (of a dry run, they are in the report).
        VersionConflict, WrittenMeanwhile: others changed the same records, or what they were judged by, twice.
        Whatever :meth:`cmdb.ports.store.Store.apply` refuses.
    """
    context.allow("estate:import")
    judge_source(source)
    faults = Faults()
    gathered = Gathered()
    gathered.take(_counted(read(stream, faults), progress))
    options = Options(
        source,
        retire_missing=retire_missing,
        create_classes=create_classes,
        allow_broken_groups=allow_broken_groups,
    )
    return take_in(context, gathered, faults, options, dry_run=dry_run, show=show, progress=progress)


def judge_source(source: str) -> None:
    """
    Return if files may come from this source.

    Raises:
        InvalidInput: it is no name, or that of what people enter.
    """
    if not is_name(source) or source == FORM:
        sentence = (
            "{source} can not be the source of a file; right would be a name such as that of the file: up to {limit}"
            " characters without control characters and without spaces around it, and not {form}, which is what people"
            " enter"
        )
        facts = {"source": shown(source), "limit": MAX_NAME, "form": FORM}
        raise InvalidInput([Problem("estate.source", sentence, facts, "/source")], what="the import")


def take_in(
    context: Context,
    gathered: Gathered,
    faults: Faults,
    options: Options,
    *,
    dry_run: bool = False,
    show: int = SHOWN,
    progress: Told | None = None,
    because: str = "estate:import",
    besides: Sequence[Op] = (),
) -> ImportReport:
    """Plan and, unless it is a dry run, apply what was gathered, as :func:`apply`; raises as :func:`import_estate`."""
    found = _planned(context, gathered, faults, options, progress)
    if dry_run:
        return report_of(found, dry_run=True, revision=None, show=show)
    try:
        applied = apply(context, found, because=because, progress=progress, besides=besides)
    except OVERTAKEN:
        found = _planned(context, gathered, faults, options, progress)
        applied = apply(context, found, because=because, progress=progress, besides=besides)
    revision = applied.revision if applied is not None and applied.changed else None
    return report_of(found, dry_run=False, revision=revision, show=show)


def plan(
    context: Context, rows: Iterable[Row], options: Options, *, what: str | None = None, faults: Faults | None = None
) -> Plan:
    """
    Return what rows (place, "item" | "relation" | "group", document, sound) would do; nothing is written.

    ``faults`` holds what was found wrong with them before, so that all is told at once.

    Raises:
        NotAllowed: the actor may not write CIs.
        InvalidInput: all that is wrong with them; ``what`` names them there.
    """
    context.allow("ci:write")
    faults = faults or Faults()
    gathered = Gathered()
    gathered.take(rows)
    found = make_plan(context, gathered, faults, options)
    faults.refuse(what or options.source)
    return found


def _planned(context: Context, gathered: Gathered, faults: Faults, options: Options, progress: Told | None) -> Plan:
    found = make_plan(context, gathered, faults, options, told=progress)
    faults.refuse(options.source)
    return found


def apply(
    context: Context, plan: Plan, *, because: str, progress: Told | None = None, besides: Sequence[Op] = ()
) -> Applied | None:
    """
    Apply a plan as one batch and return what it did; None when there is nothing to do.

    ``besides`` is written in the same batch: records of other kinds that belong to what is applied.

    Raises:
        GroupsWouldBreak: what it ends would break groups, and that was not allowed.
        InvalidInput: a value that must be unique is held by a CI that the plan did not look at.
        VersionConflict, WrittenMeanwhile: something it rests on was changed meanwhile.
    """
    plan.ending.demand_decision(allow_broken_groups=plan.options.allow_broken_groups)
    if not _does_anything(plan) and not besides:
        return None
    heard: Callable[[int], None] | None = None if progress is None else lambda count: progress("write", count)
    more: dict[str, Any] = {"progress": heard, "unwritten": _rests_on(plan)}
    try:
        return context.records.apply(chain(_ops(context, plan), besides), because=because, **more)
    except UniqueViolation as taken:
        claim = taken.facts["claim"]
        told = catalogue_problem("attribute.taken", "", claim=claim, holder=taken.facts["holder"])
        faults = Faults()
        Judge(plan.created.catalogue, faults).tell(told, plan.claims[claim][1] if claim in plan.claims else "")
        raise InvalidInput(faults.problems, what=plan.options.source) from taken


def _does_anything(plan: Plan) -> bool:
    retiring = plan.options.retire_missing
    return bool(
        plan.created.puts
        or len(plan.changed)
        or any(NEW in verdicts for verdicts in plan.verdicts.values())
        or (retiring and any(len(spool) for spool in (*plan.sweep.missing.values(), *plan.sweep.released.values())))
    )


def _rests_on(plan: Plan) -> Unwritten:
    """Return what must hold beyond the versions that were seen: the same catalogue, and nothing new at what ends."""
    kinds = [CI_CLASSES.name, RELATION_TYPES.name]
    if plan.options.retire_missing and plan.ending.anything:
        kinds += [GROUPS.name, RELATIONS.name]
    if plan.reclassed:
        kinds += [RELATIONS.name, CIS.name]
    return Unwritten(tuple(dict.fromkeys(kinds)), plan.revision)


def _ops(context: Context, plan: Plan) -> Iterator[Op]:
    """Yield the batch; no key stands in it twice, so what only guards gives way to what writes."""
    judge = Judge(plan.created.catalogue, Faults())
    written: set[tuple[str, str]] = set()
    yield from plan.created.puts
    for name, kind in KIND.items():
        for (_, document, _), found in zip(plan.gathered.rows[name], plan.verdicts[name], strict=True):
            if found == NEW:
                after = fresh(name, document, plan.options.source)
                yield Put(kind, after, 0, judge.claims(after) if kind is CIS else ())
    for name, _, key, _, after, version in plan.changed:
        kind = KIND[name]
        written.add((kind.name, key))
        yield Put(kind, after, version, judge.claims(after) if kind is CIS else ())
    for op in _ending_ops(context, plan):
        written.add((op.kind.name, op.kind.key(op.document) if isinstance(op, Put) else op.key))
        yield op
    kinds = {kind.name: kind for kind in KIND.values()}
    for (kind_name, key), version in plan.guards.items():
        if (kind_name, key) not in written:
            yield Patch(kinds[kind_name], key, {}, version)


def _ending_ops(context: Context, plan: Plan) -> Iterator[Op]:
    if not plan.options.retire_missing:
        return
    alone = context.store.get_many(RELATIONS, plan.ending.falling_together())
    taken: set[tuple[str, str]] = set()
    for op in plan.ending.ops(alone):
        taken.add((op.kind.name, op.kind.key(op.document) if isinstance(op, Put) else op.key))
        yield op
    for name, kind in KIND.items():
        for stored in plan.sweep.released_of(name):
            if (kind.name, stored.key) not in taken:
                rest = [each for each in stored.document["sources"] if each != plan.options.source]
                yield Patch(kind, stored.key, {"sources": rest}, stored.version)


def _counted(rows: Iterable[Row], progress: Told | None) -> Iterable[Row]:
    if progress is None:
        return rows
    return _telling(rows, progress)


def _telling(rows: Iterable[Row], progress: Told) -> Iterator[Row]:
    count = 0
    for row in rows:
        count += 1
        if count % READ_STEP == 0:
            progress("read", count)
        yield row
    progress("read", count)
