"""
The desk of verifications: hold the estate against an approved baseline, record what was found, check the record.

A verification is written once, in one revision with the findings it opens and closes. Its hash chains it to the one of
this baseline before it, the store's own chain answers for all of them, and a signature says whose they are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from cmdb.chain import START
from cmdb.change.verification.drift_findings import findings_of
from cmdb.change.verification.sealing import Signer, hash_of, seal_of
from cmdb.change.verification.sighting import Evidence, Sighter, field_of
from cmdb.change.verification.verification import STATUS, Seen, edited_places, judged, outcome
from cmdb.configuration import baselines, drift_rules
from cmdb.configuration.audit_sample import draw
from cmdb.configuration.classes import catalogue_of
from cmdb.configuration.differences import same
from cmdb.configuration.discovered import is_derived
from cmdb.configuration.drift import Estate, Views, difference, difference_id, views
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.model.change import CHANGES, GRANTED, Change, ChangeState, Effect, Window
from cmdb.model.change_outcome import BAD
from cmdb.model.ci import CIS
from cmdb.model.configuration_baseline import CONFIGURATION_BASELINES, BaselineState, ConfigurationBaseline
from cmdb.model.drift import DISPOSITIONS, Disposition, DriftDifference, DriftRules, Settled
from cmdb.model.graph_edit import GraphEdit
from cmdb.model.group import GROUPS
from cmdb.model.relation import RELATIONS
from cmdb.model.verification import (
    ACCURACIES,
    VERIFICATIONS,
    Accuracy,
    DriftRow,
    Expectation,
    Judgement,
    Outcome,
    Sample,
    SourceShare,
    Verification,
)
from cmdb.ports.errors import HistoryGone, WrittenMeanwhile
from cmdb.ports.store import Between, Equals, Put, Snapshot, Unwritten
from cmdb.records import Held, Listing, to_document

LISTED = 2_000
"""Most rows, and most expectations, that a verification lists; all are counted."""
SAMPLE, MOST_SAMPLED = 30, 1_000
_TRIES = 3
_RESTS_ON = (CONFIGURATION_BASELINES.name, DISPOSITIONS.name, VERIFICATIONS.name)
Told = Callable[[str, int], None]


class Check(NamedTuple):
    """
    What a check of a verification found.

    ``hash_right`` and ``signature`` are its seal's, ``once`` tells that it was never written again, ``cited`` that the
    revision its baseline cites can still be read, and ``chained`` that one before it of this baseline has the hash it
    names, or that it is the first.
    """

    hash_right: bool
    signature: str
    once: bool
    cited: bool
    chained: bool

    @property
    def sound(self) -> bool:
        """Whether nothing speaks against it; a signature that nobody can check here does not."""
        return self.hash_right and self.once and self.chained and self.signature in ("none", "no_key", "valid")


def verify(
    context: Context,
    baseline: str,
    *,
    sample: int = SAMPLE,
    by: str | None = None,
    signer: Signer | None = None,
    progress: Told | None = None,
) -> Held[Verification]:
    """
    Hold the estate against a baseline, as it is now, and record what was found; ``by`` is who asked, not the actor.

    Raises:
        NotAllowed: the actor may not verify.
        NotFound: there is no such baseline.
        WrongState: it is not approved.
        InvalidInput: the sample is too small or too large.
        HistoryGone: what it cites was let go.
        WrittenMeanwhile: people decided about the drift each time it was being looked at.
    """
    context.allow("verification:run")
    refuse_sample(sample)
    for tries_left in reversed(range(_TRIES)):
        try:
            return _verified(context, baseline, sample, by or context.actor.id, signer, progress or (lambda *_: None))
        except WrittenMeanwhile:
            if not tries_left:
                raise
    raise AssertionError


def _verified(
    context: Context, baseline: str, sample: int, by: str, signer: Signer | None, told: Told
) -> Held[Verification]:
    # What is decided from here on is not seen below, so nothing may be written over it.
    unwritten = Unwritten(_RESTS_ON, context.store.revision())
    held = baselines.get(context, baseline)
    baselines.refuse_state(held.record, "verify", BaselineState.APPROVED)
    return _Verifying(context, held, told, unwritten).run(sample, by, signer)


def refuse_sample(size: int) -> None:
    """Return if a sample may have this size; raises InvalidInput."""
    if not 1 <= size <= MOST_SAMPLED:
        fault = Problem(
            "verification.sample", "{size} CIs; 1 to {most}", {"size": size, "most": MOST_SAMPLED}, "/sample"
        )
        raise InvalidInput([fault], what="the sample", setting=True)


def get(context: Context, verification: str) -> Held[Verification]:
    """Return a verification; raises NotAllowed and NotFound."""
    context.allow("verification:read")
    return context.records.held(VERIFICATIONS, verification)


def listing(
    context: Context, *, baseline: str | None = None, after: str | None = None, limit: int = 100
) -> Listing[Verification]:
    """Return a page of the verifications, of one baseline or all, the newest first; raises NotAllowed."""
    context.allow("verification:read")
    where = [] if baseline is None else [Equals("baseline", baseline)]
    return context.records.listing(VERIFICATIONS, where, order="made_at", descending=True, after=after, limit=limit)


def summaries(
    context: Context, *, baseline: str | None = None, after: str | None = None, limit: int = 100
) -> tuple[list[dict[str, Any]], str | None]:
    """Return a page of the verifications as JSON without what they list, and where the next begins."""
    page = listing(context, baseline=baseline, after=after, limit=limit)
    return [summary_of(held.record) for held in page.rows], page.after


def summary_of(made: Verification) -> dict[str, Any]:
    """Return a verification as JSON without what it lists."""
    document = to_document(VERIFICATIONS, made)
    names = ("id", "baseline", "made_at", "made_by", "revision", "cis", "unseen", "counts", "hash")
    return {**{name: document[name] for name in names}, "signed": made.signature is not None}


def newest(context: Context, baseline: str) -> Held[Verification] | None:
    """Return the last verification of a baseline, None where there was none; raises NotAllowed."""
    page = listing(context, baseline=baseline, limit=1)
    return page.rows[0] if page.rows else None


def check(context: Context, verification: str, *, signer: Signer | None = None) -> Check:
    """Return whether a verification is as it was written; raises NotAllowed and NotFound."""
    held = get(context, verification)
    record = held.record
    seal = seal_of(VERIFICATIONS, record, signer)
    formers = [each for each in _of_baseline(context, record.baseline) if each.id != record.id]
    earlier = [each for each in formers if each.revision < record.revision]
    chained = any(each.hash == record.previous for each in earlier) if earlier else record.previous == START
    return Check(seal.hash_right, seal.signature, held.version == 1, _readable(context, record), chained)


def accuracy_of(context: Context, verification: str) -> Accuracy | None:
    """Return what the sample of a verification came to, None where nobody concluded it yet; raises NotAllowed."""
    context.allow("verification:read")
    found = context.store.get_many(ACCURACIES, [verification])
    return context.records.get(ACCURACIES, verification) if found else None


def dispositions_of(context: Context, baseline: str) -> list[Disposition]:
    """Return what was decided about differences from a baseline, oldest first; raises NotAllowed."""
    context.allow("verification:read")
    found = context.records.find(DISPOSITIONS, [Equals("baseline", baseline)])
    return sorted(found, key=lambda each: (each.decided_at, each.id))


def _of_baseline(context: Context, baseline: str) -> Iterator[Verification]:
    return context.records.find(VERIFICATIONS, [Equals("baseline", baseline)])


def _readable(context: Context, record: Verification) -> bool:
    try:
        context.store.get(VERIFICATIONS, record.id, at=record.baseline_revision)
    except HistoryGone:
        return False
    return True


def _estate(state: Snapshot) -> Estate:
    kinds = (CIS, RELATIONS, GROUPS)
    return Estate(*({stored.key: stored.document for stored in state.documents(kind)} for kind in kinds))


class _Verifying:
    """One verification: what is read once, and what is made of it."""

    def __init__(self, context: Context, held: Held[ConfigurationBaseline], told: Told, unwritten: Unwritten) -> None:
        self._context = context
        self._held = held
        self._told = told
        self._unwritten = unwritten
        self._baseline = held.record
        self._now = context.clock.now()
        self._rules = drift_rules.in_force(context)
        catalogue = catalogue_of(context)
        self._lineage = {name: catalogue.lineage(name) for name in catalogue.classes}
        with context.store.snapshot(at=self._baseline.revision) as state:
            told("baseline", 0)
            self._before = _estate(state)
        with context.store.snapshot() as state:
            told("estate", 0)
            self._after = _estate(state)
            self._revision = state.revision
            self._views = self._viewed(self._rules.rules)
            self._evidence = Evidence(state, (self._before, self._after), self._views.cis)
        self._sighter = Sighter(
            context,
            self._evidence,
            self._after,
            since=self._baseline.taken_at,
            revision=self._baseline.revision,
            now=self._now,
        )

    def run(self, sample: int, by: str, signer: Signer | None) -> Held[Verification]:
        self._contradicted()
        found = difference(self._views.before, self._views.after)
        seen = []
        for count, each in enumerate(found):
            self._told("compare", count)
            seen.append(self._seen(each))
        changes = self._changes()
        decided = dispositions_of(self._context, self._baseline.id)
        reverts = [each for each in decided if each.settled is Settled.REVERT and each.closed_at is None]
        rows = judged(
            self._baseline.id,
            seen,
            changes,
            self._rules.rules,
            self._lineage,
            reverting={_key(each) for each in reverts},
            today=self._now.date(),
        )
        expectations = tuple(self._expectations(changes))
        record = self._record(rows, expectations, sample, by)
        record = replace(record, hash=hash_of(VERIFICATIONS, record))
        record = replace(record, signature=None if signer is None else signer.sign(record.hash))
        return self._written(record, rows, expectations, reverts)

    # what is compared ------------------------------------------------------------------------------------------------
    def _viewed(self, rules: DriftRules) -> Views:
        return views(
            self._before,
            self._after,
            self._baseline.scope,
            self._lineage,
            amendments=effective(self._context, self._baseline),
            ignored=rules.ignored,
        )

    def _contradicted(self) -> None:
        """Put what sources see in the place of what people hold against them: a value by hand must not hide drift."""
        after: dict[Any, dict[str, Any]] = {}
        for ci in self._views.cis:
            fields = self._views.after.get(("ci", ci))
            document = self._after.cis.get(ci)
            if fields is None or document is None or not document.get("seen_as"):
                continue
            for name in document.get("locked", ()):
                sights = [each for each in self._evidence.of(ci) if each.there and name in each.attributes]
                said = [each.attributes[name] for each in sights]
                referred = any((each.source, str(each.attributes[name])) in self._evidence.ci_of for each in sights)
                if name in fields and said and not referred and not any(same(fields[name], each) for each in said):
                    last = max(sights, key=lambda each: (each.at or self._baseline.taken_at, each.source))
                    after.setdefault(("ci", ci), dict(fields))[name] = last.attributes[name]
        if after:
            self._views = self._views._replace(after={**self._views.after, **after})

    def _seen(self, each: DriftDifference) -> Seen:
        parts_of = frozenset(owner for ci in each.cis for owner in self._evidence.owners(ci))
        documents = [self._after.cis.get(ci) or self._before.cis.get(ci) for ci in each.cis[:1]]
        classes = frozenset(document["class"] for document in documents if document is not None)
        return Seen(each, self._sighter.sighted(each), parts_of, classes)

    # changes ---------------------------------------------------------------------------------------------------------
    def _changes(self) -> list[Change]:
        since = self._baseline.taken_at.replace(microsecond=0).isoformat().replace("+00:00", "Z")
        return list(self._context.records.find(CHANGES, [Between("window.end", since.removesuffix("Z"))]))

    def _expectations(self, changes: Iterable[Change]) -> Iterator[Expectation]:
        for change in sorted(changes, key=lambda each: each.id):
            window = change.window
            if change.state not in GRANTED or change.outcome in BAD or change.retrospective or window is None:
                continue
            if window.end > self._now or window.end <= self._baseline.taken_at:
                continue
            for target in change.targets:
                looked = self._evidence.looked_at(target.ci)
                if target.edit is not None:
                    yield from self._edited(change.id, target.edit, window)
                in_scope = target.ci in self._views.cis
                if not in_scope and target.effect is Effect.ADD and target.edit is not None:
                    # Who is not there yet belongs to the scope by what it is to be joined to.
                    in_scope = target.ci not in self._after.cis and bool(self._views.cis & {*target.edit.named})
                for field, expected in sorted(target.to_be_seen.items()) if in_scope else ():
                    yield Expectation(
                        change.id,
                        target.ci,
                        field,
                        expected,
                        present := self._present(target.ci, field),
                        outcome(
                            expected,
                            present,
                            self._sighter.values_since(target.ci, field, window.start),
                            within=looked is not None and looked >= window.start,
                            after=looked is not None and looked >= window.end,
                        ),
                    )

    def _edited(self, change: str, edit: GraphEdit, window: Window) -> Iterator[Expectation]:
        """Yield what became of the relations that were to come or end, and of the needs of groups."""
        for ci, field, expected, present in edited_places(edit, self._views.after):
            if ci in self._views.cis:
                looked = self._evidence.looked_at(ci)
                within = looked is not None and looked >= window.start
                after = looked is not None and looked >= window.end
                found = outcome(expected, present, (), within=within, after=after)
                yield Expectation(change, ci, field, expected, present, found)

    def _present(self, ci: str, field: str) -> Any:
        if field == STATUS:
            return field_of(self._after.cis.get(ci), field)
        return self._views.after.get(("ci", ci), {}).get(field)

    # the record ------------------------------------------------------------------------------------------------------
    def _record(
        self, rows: tuple[DriftRow, ...], expectations: tuple[Expectation, ...], sample: int, by: str
    ) -> Verification:
        # What only stands in for a thing that nobody has can be seen by no source, and visited by no person.
        there = {ci for ci in self._views.cis if ("ci", ci) in self._views.after and not self._is_derived(ci)}
        coverage, unseen = self._coverage(there)
        kinds = Counter(kind for kind, _ in self._views.before)
        counts = {each.value: 0 for each in (*Judgement, *Outcome)}
        counts.update(Counter(row.judgement.value for row in rows))
        counts.update(Counter(each.outcome.value for each in expectations))
        last = newest(self._context, self._baseline.id)
        seed = f"{self._baseline.id}@{self._revision}:{self._head()}"
        # What asks for somebody comes first, so that what is not listed is what matters least.
        weight = {judgement: n for n, judgement in enumerate(reversed(Judgement))}
        urgent = sorted(range(len(rows)), key=lambda n: (weight[rows[n].judgement], n))[:LISTED]
        rank = {Outcome.NOT_SEEN: 0, Outcome.NOT_LOOKED: 1, Outcome.SEEN: 2}
        listed = sorted(expectations, key=lambda each: (rank[each.outcome], each.change, each.ci, each.field))[:LISTED]
        return Verification(
            id=self._context.new_id(VERIFICATIONS),
            baseline=self._baseline.id,
            baseline_version=self._held.version,
            baseline_revision=self._baseline.revision,
            revision=self._revision,
            rules=self._rules.version,
            scope=self._baseline.scope,
            made_at=self._now,
            made_by=by,
            cis=kinds["ci"],
            relations=kinds["relation"],
            groups=kinds["group"],
            unseen=unseen,
            coverage=coverage,
            counts=counts,
            tolerated=dict(sorted(Counter(row.rule for row in rows if row.rule is not None).items())),
            rows=tuple(rows[n] for n in sorted(urgent)),
            expectations=tuple(listed),
            sample=Sample(seed, len(there), draw(there, sample, seed)),
            previous=START if last is None else last.record.hash,
            more=len(rows) + len(expectations) - len(urgent) - len(listed),
        )

    def _is_derived(self, ci: str) -> bool:
        document = self._after.cis.get(ci)
        return document is not None and is_derived(document)

    def _coverage(self, there: Iterable[str]) -> tuple[tuple[SourceShare, ...], int]:
        """Return what each source saw of these CIs, and how many of them none sees."""
        seen: dict[str, list[tuple[bool, datetime | None]]] = defaultdict(list)
        unseen = 0
        for ci in there:
            by: dict[str, tuple[bool, datetime | None]] = {}
            for sight in self._evidence.of(ci):
                if sight.there:
                    whole, at = by.get(sight.source, (False, None))
                    by[sight.source] = (whole or sight.whole, max((m for m in (at, sight.at) if m), default=None))
            unseen += not by
            for source, each in by.items():
                seen[source].append(each)
        shares = []
        for source, sights in sorted(seen.items()):
            moments = [at for _, at in sights if at is not None]
            complete = sum(whole for whole, _ in sights)
            shares.append(
                SourceShare(source, len(sights), complete, min(moments, default=None), max(moments, default=None))
            )
        return tuple(shares), unseen

    def _head(self) -> str:
        """Return the hash of the store's chain at the verified revision, empty where the log no longer tells."""
        if self._revision <= self._context.store.floor():
            return ""
        return next((made.hash for made in self._context.store.changes(self._revision - 1, limit=1)), "")

    def _written(
        self,
        record: Verification,
        rows: tuple[DriftRow, ...],
        expectations: tuple[Expectation, ...],
        reverts: Iterable[Disposition],
    ) -> Held[Verification]:
        still = {row.id for row in rows}
        puts = [Put(VERIFICATIONS, to_document(VERIFICATIONS, record), 0)]
        for each in reverts:
            if _key(each) not in still:
                closed = replace(each, closed_at=self._now, closed_in=record.id)
                puts.append(Put(DISPOSITIONS, to_document(DISPOSITIONS, closed)))
        puts += findings_of(self._context, self._baseline.id, record.id, rows, expectations)
        self._told("write", len(puts))
        self._context.records.apply(puts, because="verification:made", unwritten=self._unwritten)
        return self._context.records.held(VERIFICATIONS, record.id)


def effective(context: Context, baseline: ConfigurationBaseline) -> list[DriftDifference]:
    """Return the differences by which a baseline moved on, but for those whose change was refused since."""
    found = context.store.get_many(CHANGES, tuple({each.change for each in baseline.amendments}))
    states: Mapping[str, Any] = {key: stored.document["state"] for key, stored in found.items()}
    refused = {ChangeState.REJECTED.value, ChangeState.CANCELLED.value}
    return [each.difference for each in baseline.amendments if states.get(each.change) not in refused]


def _key(each: Disposition) -> str:
    return difference_id(each.baseline, each.difference)
