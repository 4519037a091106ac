"""
Planning an intake: every record judged, and compared with what the store holds.

Groups are judged by what will be: the members the input brings, with those the store has besides. Everything that is
wrong is found before anything is written, and a plan may be made anew from the same records when the store has moved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Any

from cmdb.configuration.classes import catalogue_of
from cmdb.configuration.ending import every, find_any, plan_ending
from cmdb.configuration.faults import problem as catalogue_problem
from cmdb.configuration.faults import shown
from cmdb.configuration.intake.creating import Created, create_classes
from cmdb.configuration.intake.gathered import KIND, Gathered, Place
from cmdb.configuration.intake.judging import Judge, judgeable
from cmdb.configuration.intake.merging import CHANGED, NEW, UNCHANGED, merged, verdict
from cmdb.configuration.intake.planned import Options, Plan, Told
from cmdb.configuration.intake.reclassing import Reclassed, misfits
from cmdb.configuration.intake.standing import Standing
from cmdb.configuration.intake.sweeping import Sweep, sweep
from cmdb.context import Context
from cmdb.exchange.estate import Faults, problem
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.group import GROUPS, members_needed
from cmdb.model.kind import Document
from cmdb.model.relation import RELATIONS
from cmdb.ports.store import OneOf, Stored

NOTES_KEPT = 100
_HARD = "hard"


def make_plan(
    context: Context, gathered: Gathered, faults: Faults, options: Options, *, told: Told | None = None
) -> Plan:
    """Judge and compare all records; ``told`` hears ("compare", records so far). Faults are kept, not raised."""
    revision = context.store.revision()
    catalogue = catalogue_of(context)
    standing = Standing(context)
    created = create_classes(context, catalogue, gathered, faults) if options.create_classes else Created(catalogue)
    # What is to be retired counts in every judgement, so it is looked for first; else last, for the report alone.
    lacking = sweep(context, gathered, standing, options.source) if options.retire_missing else Sweep()
    plan = Plan(options, revision, gathered, created, lacking)
    planning = _Planning(context, plan, standing, faults, told)
    planning.run()
    if not options.partial and not options.retire_missing:
        plan.sweep = sweep(context, gathered, standing, options.source, met=planning.met)
    return plan


class _Planning:
    """The one pass over the records that fills a plan: items, then groups, then relations."""

    def __init__(self, context: Context, plan: Plan, standing: Standing, faults: Faults, told: Told | None) -> None:
        self.context = context
        self.plan = plan
        self.gathered = plan.gathered
        self.standing = standing
        self.faults = faults
        self.judge = Judge(plan.created.catalogue, faults, refused=plan.created.refused)
        self._told = told
        self._done = 0
        # How many documents of the store, by kind, the records have met.
        self.met: Counter[str] = Counter()
        self._rewritten: set[str] = set()
        # Of the ends outside the input: their class, whether they are retired, and their version.
        self._outside: dict[str, tuple[str, bool, int]] = {}
        self._outside_groups: dict[tuple[str, str], Stored] = {}
        # Groups whose strength is not hard, and those of which it is not known.
        self._strengths: dict[tuple[str, str], str | None] = {}
        self._doubtful: list[tuple[Place, Document, bool]] = []
        self._undefined: set[tuple[str, str]] = set()
        self._places: dict[str, Place] = {}

    def run(self) -> None:
        self._look_outside()
        self._items()
        self._claims()
        self._groups()
        if self.plan.options.retire_missing:
            self._end_missing()
        self._doubtful_groups()
        self._relations()
        self._reclassed()
        self._repetitions()

    def _look_outside(self) -> None:
        for key, stored in self.standing.all_of(CIS, self.gathered.outside_ends()).items():
            retired = stored.document.get("status") == CIStatus.RETIRED.value
            self._outside[key] = (stored.document["class"], retired, stored.version)
        pairs = self.gathered.outside_groups()
        keys = {GROUPS.key({"item": item, "name": name}): (item, name) for item, name in pairs}
        for key, stored in self.standing.all_of(GROUPS, keys).items():
            self._outside_groups[keys[key]] = stored
            self._strengths[keys[key]] = stored.document.get("strength", _HARD)

    def _batches(self, name: str) -> Iterator[tuple[list[tuple[Place, Document, bool]], list[Stored | None]]]:
        kind = KIND[name]
        for batch in self.gathered.rows[name].batches():
            if self.standing.has_any(kind):
                keys = [kind.key(document) for _, document, _ in batch]
                found = self.standing.of(kind, keys)
                self.met[kind.name] += len(found)
                yield batch, [found.get(key) for key in keys]
            else:
                yield batch, [None] * len(batch)
            self._done += len(batch)
            if self._told is not None:
                self._told("compare", self._done)

    def _decide(self, name: str, place: Place, document: Document, stored: Stored | None, *, sound: bool) -> Document:
        """Note what becomes of a record and return the document it becomes."""
        verdicts = self.plan.verdicts[name]
        if stored is None or not sound:
            verdicts.append(UNCHANGED if stored else NEW)
            return document
        options = self.plan.options
        after = merged(name, document, stored.document, options.source, whole=options.partial)
        found = verdict(stored.document, after)
        verdicts.append(found)
        if found != UNCHANGED:
            self.plan.changed.append((name, place, stored.key, stored.document, after, stored.version))
        return after

    # items -----------------------------------------------------------------------------------------------------------
    def _items(self) -> None:
        for batch, standing in self._batches("item"):
            references: list[tuple[Place, str, str, str]] = []
            for (place, document, sound), stored in zip(batch, standing, strict=True):
                after = self._decide("item", place, document, stored, sound=sound)
                self.judge.item(place, after, sound=sound, standing=stored.document if stored else None)
                if stored is not None and "class" in document and document["class"] != stored.document["class"]:
                    self.plan.reclassed[stored.key] = Reclassed(stored.document["class"], document["class"])
                    self._places[stored.key] = place
                rest = after if sound else judgeable(after)
                if rest is None:
                    continue
                references += [(place, *reference) for reference in self.judge.references(rest)]
                if self.plan.verdicts["item"][-1] in (NEW, CHANGED):
                    self._note_claims(place, rest)
            self._references(references)

    def _references(self, references: list[tuple[Place, str, str, str]]) -> None:
        outside = {ci_id for _, _, ci_id, _ in references if self.gathered.class_of(ci_id) is None}
        found = self.standing.all_of(CIS, sorted(outside))
        for place, pointer, ci_id, wanted in references:
            held = self.gathered.class_of(ci_id)
            if held is None and ci_id in found and not self._is_ending(found[ci_id]):
                held = found[ci_id].document["class"]
                self._watch(CIS.name, [found[ci_id]])
            if held is None or not self.judge.catalogue.is_below(held, wanted):
                facts = {"name": pointer.split("/")[1], "value": shown(ci_id), "refers_to": wanted}
                told = catalogue_problem("attribute.not_reference", f"/attributes{pointer}", **facts)
                self.judge.tell(told, place)

    def _note_claims(self, place: Place, document: Document) -> None:
        if self.plan.verdicts["item"][-1] == CHANGED:
            self._rewritten.add(document["id"])
        for claim in self.judge.claims(document):
            holder, _ = self.plan.claims.setdefault(claim, (document["id"], place))
            if holder != document["id"]:
                self._taken(place, claim, holder)

    def _claims(self) -> None:
        """Find claims that CIs of the store hold and keep; a small input leaves that to the store itself."""
        if not self.plan.claims or self.plan.options.partial or not self.standing.has_any(CIS):
            return
        catalogue = self.judge.catalogue
        classes = tuple(sorted(name for name in catalogue.classes if catalogue.unique_attributes(name)))
        for stored in every(self.context, CIS, OneOf("class", classes)):
            if stored.key in self._rewritten or self._will_retire(stored.key):
                continue
            for claim in self.judge.claims(stored.document):
                if claim in self.plan.claims:
                    self._taken(self.plan.claims[claim][1], claim, stored.key)

    def _taken(self, place: Place, claim: str, holder: str) -> None:
        self.judge.tell(catalogue_problem("attribute.taken", "", claim=claim, holder=holder), place)

    def _is_ending(self, stored: Stored) -> bool:
        """Tell whether a CI of the store is retired, or will be by this input."""
        return stored.document.get("status") == CIStatus.RETIRED.value or self._will_retire(stored.key)

    def _will_retire(self, ci_id: str) -> bool:
        return self.plan.options.retire_missing and ci_id in self.plan.sweep.missing_ids

    # groups ----------------------------------------------------------------------------------------------------------
    def _groups(self) -> None:
        for batch, standing in self._batches("group"):
            for (place, document, sound), stored in zip(batch, standing, strict=True):
                self._end(place, document, "item")
                self._decide("group", place, document, stored, sound=sound)
                if not sound:
                    self._strengths[document["item"], document["name"]] = None
                    continue
                strength = document.get("strength", _HARD)
                if strength != _HARD:
                    self._strengths[document["item"], document["name"]] = strength
                members = self.gathered.members_of(document["item"], document["name"])
                turned = stored is not None and stored.document.get("strength", _HARD) != strength
                if not members or members_needed(document["needs"], members) > members or turned:
                    self._doubtful.append((place, document, turned))

    def _doubtful_groups(self) -> None:
        """Judge the groups for which the members that the input brings do not suffice."""
        besides = self._members_besides({document["item"] for _, document, _ in self._doubtful})
        for place, document, turned in self._doubtful:
            item, name = document["item"], document["name"]
            others = besides.get((item, name), [])
            members = self._count_members(item, name, others)
            if not members:
                self.faults.add("estate.empty_group", place, name=name, item=item)
            elif members_needed(document["needs"], members) > members:
                self.faults.add("estate.needs_too_many", place, "needs", needs=document["needs"], members=members)
            self._watch(RELATIONS.name, others)
            strength = document.get("strength", _HARD)
            for other in others if turned else ():
                if other.document.get("strength", strength) != strength:
                    facts = {"found": shown(other.document["strength"]), "name": name, "item": item}
                    self.faults.add("estate.group_strength", place, "strength", wanted=shown(strength), **facts)

    def _members_besides(self, items: set[str]) -> dict[tuple[str, str], list[Stored]]:
        """Return the relations of the store, by group, that the input does not name and that do not end."""
        found: dict[tuple[str, str], list[Stored]] = {}
        if not items or not self.standing.has_any(RELATIONS):
            return found
        for stored in find_any(self.context, RELATIONS, "source", sorted(items)):
            if "group" in stored.document and stored.key not in self.plan.ending.relations:
                pair = stored.document["source"], stored.document["group"]
                if not self.gathered.has_relation(stored.document):
                    found.setdefault(pair, []).append(stored)
        return found

    def _count_members(self, item: str, name: str, others: Any) -> int:
        """Return how many distinct members a group has: those of the input and, besides, those of ``others``."""
        targets = {stored.document["target"] for stored in others}
        return self.gathered.members_of(item, name) + sum(
            not self.gathered.has_member(item, target, name) for target in targets
        )

    def _watch(self, kind: str, held: list[Stored]) -> None:
        """Let the batch hold only while these documents are as they were found."""
        self.plan.guards.update(((kind, stored.key), stored.version) for stored in held)

    def _end_missing(self) -> None:
        lacking = self.plan.sweep
        self.plan.ending = plan_ending(
            self.context,
            lacking.missing_ids,
            relations=lacking.missing_of("relation"),
            groups=lacking.missing_of("group"),
            members=self._count_members,
            judged_elsewhere=self.gathered.defines_group,
        )

    # relations -------------------------------------------------------------------------------------------------------
    def _relations(self) -> None:
        for batch, standing in self._batches("relation"):
            for (place, document, sound), stored in zip(batch, standing, strict=True):
                source, target = document["source"], document["target"]
                classes = self._end(place, document, "source"), self._end(place, document, "target")
                self.judge.relation(place, document["type"], *classes, is_new=stored is None)
                if "group" in document:
                    self._grouped(place, document)
                if source == target:
                    self._note(place, source)
                self._decide("relation", place, document, stored, sound=sound)

    def _end(self, place: Place, document: Document, end: str) -> str:
        """Return the class of an end, "" where it is not known; judge whether it is there."""
        ci_id = document[end]
        held = self.gathered.class_of(ci_id)
        if held is not None:
            return held
        outside = self._outside.get(ci_id)
        if outside is None:
            self.faults.add("estate.missing_end", place, end, end=end, id=ci_id)
            return ""
        ci_class, retired, version = outside
        if retired:
            self.faults.add("estate.retired_end", place, end, end=end, id=ci_id)
        elif self._will_retire(ci_id):
            self.faults.add("estate.retiring_end", place, end, end=end, id=ci_id)
        else:
            self.plan.guards[CIS.name, ci_id] = version
        return ci_class

    def _grouped(self, place: Place, document: Document) -> None:
        pair = document["source"], document["group"]
        if not self.gathered.defines_group(*pair) and pair not in self._outside_groups:
            if pair not in self._undefined:
                self._undefined.add(pair)
                self.faults.add("estate.undefined_group", place, "group", item=pair[0], name=pair[1])
            return
        strength = document.get("strength")
        if pair in self._outside_groups:
            self._watch(GROUPS.name, [self._outside_groups[pair]])
        strength, wanted = document.get("strength"), self._strengths.get(pair, _HARD)
        if strength is not None and wanted is not None and strength != wanted:
            facts = {"found": shown(strength), "item": pair[0], "name": pair[1], "wanted": shown(wanted)}
            self.faults.add("estate.group_strength", place, "strength", **facts)

    def _note(self, place: Place, ci_id: str) -> None:
        self.plan.noted += 1
        if len(self.plan.notes) < NOTES_KEPT:
            sentence = "{id} depends on itself; the relation counts like any other"
            self.plan.notes.append(problem("estate.self_relation", sentence, place, id=ci_id))

    def _reclassed(self) -> None:
        """Judge what the store holds of CIs that get another class, but for what the input brings or ends itself."""
        if not self.plan.reclassed:
            return
        catalogue, gathered, ending = self.judge.catalogue, self.gathered, self.plan.ending
        known = {name: moved for name, moved in self.plan.reclassed.items() if moved.after in catalogue.classes}

        def judged_elsewhere(stored: Stored) -> bool:
            if "target" in stored.document:
                return stored.key in ending.relations or gathered.has_relation(stored.document)
            return gathered.class_of(stored.key) is not None or self._will_retire(stored.key)

        class_of, context = gathered.class_of, self.context
        for ci_id, told in misfits(context, catalogue, known, class_of=class_of, judged_elsewhere=judged_elsewhere):
            self.judge.tell(told, self._places[ci_id])

    # what stands twice -----------------------------------------------------------------------------------------------
    def _repetitions(self) -> None:
        for name, repeated in self.gathered.repeated.items():
            kind = KIND[name]
            rows = chain.from_iterable(self.gathered.rows[name].batches()) if repeated else ()
            for first, document, _ in rows:
                where = f"group {document['group']}" if "group" in document else "in no group"
                facts = {**document, "where": where, "first": f"line {first}" if isinstance(first, int) else first}
                for place in repeated.get(kind.key(document), ()):
                    self.faults.add(f"estate.repeated_{name}", place, **facts)
