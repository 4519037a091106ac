"""
Whether a run leaves everything as it is, told without looking at everything.

That is so where the newest reconciliation still holds: nobody wrote since what it rests on, and time alone changes
nothing yet. Then the coverage of the source is all that is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from cmdb import __version__
from cmdb.configuration.clockwork import Clockwork, due_of
from cmdb.context import Context
from cmdb.model.ci import CIS
from cmdb.model.ci_class import CI_CLASSES
from cmdb.model.coverage import Coverage
from cmdb.model.discovery_rules import RULES_VERSIONS, DiscoveryRules
from cmdb.model.finding import FINDINGS, OF_A_READING
from cmdb.model.group import GROUPS
from cmdb.model.identity import IDENTITY_DECISIONS, RELATION_REJECTIONS
from cmdb.model.observation import OBSERVATIONS, Observation
from cmdb.model.reconciliation import NEWEST, RECONCILIATIONS, Reconciliation
from cmdb.model.relation import RELATIONS
from cmdb.model.relation_type import RELATION_TYPES
from cmdb.ports.errors import HistoryGone, WrittenMeanwhile
from cmdb.ports.store import Equals, Op, Put, Stored, Unwritten
from cmdb.records import from_document, to_document

JUDGED_BY = tuple(
    kind.name
    for kind in (
        OBSERVATIONS,
        IDENTITY_DECISIONS,
        RELATION_REJECTIONS,
        RULES_VERSIONS,
        CI_CLASSES,
        RELATION_TYPES,
    )
)
"""What every document that a reconciliation makes is judged by."""
_RESTS_ON = (*JUDGED_BY, CIS.name, RELATIONS.name, GROUPS.name)
"""Not the coverages of others: whoever writes one alone has made sure that it changes nothing."""


def reconciled_at(
    revision: int,
    observations: Iterable[Observation],
    coverages: Mapping[str, Coverage],
    rules: DiscoveryRules,
    now: datetime,
) -> Op:
    """Return what keeps in mind that all that was known at a revision was reconciled, as a part of what it writes."""
    record = Reconciliation(revision, now, __version__, due_of(observations, coverages, rules, now))
    return Put(RECONCILIATIONS, to_document(RECONCILIATIONS, record))


def unmoved(
    context: Context,
    mine: Sequence[Observation],
    before: Coverage,
    after: Coverage,
    rules: DiscoveryRules,
    put: Put,
) -> int | None:
    """
    Write the coverage of a source, as ``put``, if its run changes nothing else; return the revision, None if it may.

    ``mine`` are its observations, all of them as they were; ``before`` and ``after`` how it had been and is read.

    Raises:
        VersionConflict: another run of the source wrote its coverage meanwhile.
    """
    stored = context.store.get(RECONCILIATIONS, NEWEST)
    if stored is None or not _holds(context, stored, mine, before, after, rules):
        return None
    rests_on = Unwritten(_RESTS_ON, stored.revision)
    try:
        return context.records.apply([put], because="discovery:take", unwritten=rests_on).revision
    except WrittenMeanwhile:
        return None


def _holds(
    context: Context,
    stored: Stored,
    mine: Sequence[Observation],
    before: Coverage,
    after: Coverage,
    rules: DiscoveryRules,
) -> bool:
    newest, now, source = from_document(RECONCILIATIONS, stored.document), context.clock.now(), after.source
    last = max([newest.at, *_moments(before)])
    due = [moment for name, moment in newest.due.items() if name != source and moment is not None]
    if newest.by != __version__ or source not in newest.due or now < last or any(moment <= now for moment in due):
        return False
    held = [each for code in OF_A_READING for each in context.records.find(FINDINGS, [Equals("code", code)])]
    if any(each.closed_at is None and each.facts.get("source") == source for each in held):
        return False
    then, here = Clockwork(before, rules, last), Clockwork(after, rules, now)
    return all(then.told(each) == here.told(each) for each in mine) and _nobody_wrote(context, newest, stored)


def _moments(coverage: Coverage) -> Iterable[datetime]:
    yield from (moment for moment in (coverage.read_at, *(b.read_at for b in coverage.behind.values())) if moment)


def _nobody_wrote(context: Context, newest: Reconciliation, stored: Stored) -> bool:
    """Tell whether nobody wrote what it rests on while it was made."""
    between = stored.revision - newest.revision - 1
    try:
        revisions = context.store.changes(newest.revision, limit=between) if between > 0 else ()
        return not any(entry.kind in _RESTS_ON for revision in revisions for entry in revision.entries)
    except HistoryGone:
        return False
