"""
What discovery promises of a store that lives: runs, people's edits and decisions, and a clock that goes on.

Each of :data:`PROPERTIES` takes a random story: what happened, one step after another.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from cmdb.configuration import identity, register
from cmdb.configuration.catalogue import built_in
from cmdb.configuration.discovered import World
from cmdb.configuration.discovery_defaults import RULES
from cmdb.configuration.identify import Decided
from cmdb.configuration.observing import is_declared, settle, take
from cmdb.configuration.reconcile import reconcile
from cmdb.context import Context
from cmdb.errors import ForeshockError
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.coverage import COVERAGES
from cmdb.model.finding import FINDINGS
from cmdb.model.group import GROUPS
from cmdb.model.identity import IDENTITY_DECISIONS, RELATION_REJECTIONS
from cmdb.model.observation import OBSERVATIONS, Thing
from cmdb.model.relation import RELATIONS
from cmdb.records import from_document
from tests.builders import the_context
from tests.discovery.histories import SOURCES, chances, host, listings
from tests.discovery.properties import Property

Step = tuple[Any, ...]
Documents = dict[tuple[str, str], Any]
_some = st.integers(0, 30)
_listing = st.dictionaries(st.sampled_from("1234"), chances, min_size=1, max_size=4)
_scopes = st.sampled_from(["east", "west"])
_run = st.tuples(st.just("run"), st.sampled_from(SOURCES), _scopes, _listing, st.booleans())
_again = st.tuples(st.just("again"), st.sampled_from(SOURCES))
_clock = st.tuples(st.just("clock"), st.sampled_from([0.2, 1, 6, 23, 25, 49, 73, 24 * 8, 24 * 31, -5, -24 * 9]))
_steps = st.one_of(
    _run,
    _again,
    _clock,
    st.tuples(st.just("edit"), _some, st.sampled_from(["hardened", "frozen"])),
    st.tuples(st.just("enter"), st.sampled_from("1234"), st.sampled_from(["S1", "S2"])),
    st.tuples(st.just("merge"), _some, _some),
    st.tuples(st.just("retire"), _some),
)
_begun = st.tuples(*(st.tuples(st.just("run"), st.just(each), _scopes, _listing, st.just(True)) for each in SOURCES))
stories = st.builds(lambda first, then: [*first, *then], _begun, st.lists(_steps, max_size=6))
later = st.lists(st.one_of(_run, _again, _clock), min_size=1, max_size=5)


class Life:
    """A store, and what happens to it."""

    def __init__(self) -> None:
        self.context: Context = the_context(role="engineer")
        self.last: dict[str, tuple[list[Any], frozenset[str]]] = {}
        self.number = 0
        self.alone = 0

    def live(self, story: list[Step]) -> None:
        """Let all of it happen."""
        for step in story:
            self.happen(*step)

    def happen(self, what: str, *told: Any) -> None:
        """Let one thing happen; what can not be, as there is no such CI, does not."""
        with suppress(ForeshockError):
            getattr(self, f"_{what}")(*told)

    def run(self, source: str, came: list[Any], complete: frozenset[str]) -> None:
        """Take in what a run saw."""
        self.number += 1
        self.last[source] = came, complete
        before = self.context.store.revision()
        take(self.context, source, source, came, complete, run=f"r{self.number}", may_lose={"east", "west"})
        if self.number > 1:
            (revision,) = self.context.store.changes(before)
            self.alone += [entry.kind for entry in revision.entries] == [COVERAGES.name]

    def _run(self, source: str, scope: str, listing: dict[str, Any], complete: bool) -> None:
        came = [each for native in sorted(listing) for each in host(source, scope, native, listing[native])]
        self.run(source, came, frozenset({scope} if complete else ()))

    def _again(self, source: str) -> None:
        if source in self.last:
            self.run(source, *self.last[source])

    def _clock(self, hours: float) -> None:
        self.context.clock.forward(hours=hours)  # type: ignore[attr-defined]

    def some(self, number: int) -> str:
        """Return the id of one of the CIs."""
        ids = sorted(each.id for each in self.context.records.find(CIS))
        return ids[number % len(ids)]

    def _edit(self, number: int, value: str) -> None:
        register.set_ci(self.context, self.some(number), {"attributes": {"os": value}})

    def _enter(self, native: str, serial: str) -> None:
        attributes = {"vendor": "acme", "serial_number": serial}
        register.add_ci(self.context, id=f"srv:{native}", ci_class="server", attributes=attributes)

    def _merge(self, one: int, other: int) -> None:
        identity.merge(self.context, self.some(one), self.some(other))

    def _retire(self, number: int) -> None:
        register.retire_ci(self.context, [self.some(number)], allow_broken_groups=True)

    def documents(self) -> dict[tuple[str, str], Any]:
        """Return every CI, relation and group as it stands."""
        with self.context.store.snapshot() as snapshot:
            return {
                (kind.name, held.key): held.document
                for kind in (CIS, RELATIONS, GROUPS)
                for held in snapshot.documents(kind)
            }

    def findings(self) -> set[str]:
        """Return the findings that are open."""
        return {each.id for each in self.context.records.find(FINDINGS) if each.closed_at is None}


def nothing_is_left_to_do(story: list[Step]) -> None:
    """However little a run looked at: to reconcile all that is known anew finds nothing to change."""
    life = Life()
    for step in story:
        life.happen(*step)
        if step[0] in ("run", "again") and life.last:
            left = settle(life.context, dry_run=True)
            assert (left.differences, left.opened, left.closed) == ((), (), ())


def _without_meanwhile(now: Documents, before: Documents) -> Documents:
    """Leave out the CIs that were there meanwhile alone: an id, once given, stays as one that is retired."""
    return {
        place: each
        for place, each in now.items()
        if place in before or place[0] != CIS.name or each.get("status") != CIStatus.RETIRED
    }


def _standing(documents: Documents) -> Documents:
    """
    Return of a CI that is another one only which, and of one that discovery made and let go only that.

    What it was itself, it was when it was last there.
    """

    def standing(each: dict[str, Any]) -> Any:
        gone = each.get("status") == CIStatus.RETIRED and "seen_as" not in each and not is_declared(each)
        return each.get("merged_into") or ("gone" if gone else each)

    return {place: standing(each) for place, each in documents.items()}


def merge_then_taking_it_back(story: list[Step], one: int, other: int) -> None:
    """CIs, relations and groups are as they were, people's own too."""
    life = Life()
    life.live(story)
    settle(life.context)
    before, findings = life.documents(), life.findings()
    try:
        decision, _ = identity.merge(life.context, life.some(one), life.some(other))
    except ForeshockError:
        return
    identity.revoke(life.context, decision.id)
    assert _standing(_without_meanwhile(life.documents(), before)) == _standing(before)
    assert life.findings() == findings


def split_then_taking_it_back(story: list[Step], number: int) -> None:
    """The same the other way round."""
    life = Life()
    life.live(story)
    settle(life.context)
    before, findings = life.documents(), life.findings()
    several = [each for each in life.context.records.find(CIS) if len(each.seen_as) > 1]
    if several:
        ci = several[number % len(several)]
        decisions, _ = identity.split(life.context, ci.id, Thing(*ci.seen_as[-1]))
        for decision in decisions:
            identity.revoke(life.context, decision.id)
        assert _standing(_without_meanwhile(life.documents(), before)) == _standing(before)
        assert life.findings() == findings


def replay_from_the_log(story: list[Step]) -> None:
    """What the log says was observed, decided and stated makes exactly what stands."""
    life = Life()
    life.live(story)
    settle(life.context)
    kept: dict[str, dict[str, Any]] = {}
    for revision in life.context.store.changes(0):
        for entry in revision.entries:
            kept.setdefault(entry.kind, {}).pop(entry.key, None)
            if entry.after is not None:
                kept[entry.kind][entry.key] = entry.after

    def logged(kind: Any) -> list[Any]:
        return [from_document(kind, each) for each in kept.get(kind.name, {}).values()]

    found = reconcile(
        World(
            observations=logged(OBSERVATIONS),
            coverages={each.source: each for each in logged(COVERAGES)},
            declared={key: each for key, each in kept.get(CIS.name, {}).items() if is_declared(each)},
            decided=[
                Decided(each.same, Thing(*each.one), Thing(*each.other))
                for each in logged(IDENTITY_DECISIONS)
                if each.revoked_at is None
            ],
            rejected=frozenset(kept.get(RELATION_REJECTIONS.name, {})),
            catalogue=built_in(),
            rules=RULES,
            now=life.context.clock.now(),
        )
    )
    live = life.documents()
    for kind, wanted in ((CIS, found.cis), (RELATIONS, found.relations), (GROUPS, found.groups)):
        seen = {key: each for (name, key), each in live.items() if name == kind.name and _is_seen(each)}
        assert seen.keys() == wanted.keys()
        for key, document in wanted.items():
            own = {name: value for name, value in seen[key].items() if name not in ("declared", "locked", "sources")}
            assert own == {name: value for name, value in document.items() if name != "sources"}
            assert set(document["sources"]) <= set(seen[key]["sources"])


def a_persons_edit(story: list[Step], number: int, then: list[Step]) -> None:
    """It stands after whatever runs, again and again, until a person changes it."""
    life = Life()
    life.live(story)
    ci = life.some(number)
    try:
        register.set_ci(life.context, ci, {"attributes": {"os": "by hand"}, "name": "by hand"})
    except ForeshockError:
        return
    for step in then:
        life.happen(*step)
        after = life.context.records.get(CIS, ci)
        if after.merged_into is None:
            assert (after.attributes["os"], after.name) == ("by hand", "by hand")


def a_source_of_other_things(story: list[Step], listing: Any) -> None:
    """A run of a source that shares nothing with others writes nothing of theirs."""
    life = Life()
    life.live(story)
    settle(life.context)
    before = life.documents()
    told = [
        replace(each, identifiers=(), relations=(), groups=())
        for native in listing
        for each in host("vcenter", "all", native, listing[native])
    ]
    life.run("vcenter", told, frozenset({"all"}))
    after = life.documents()
    assert {place: each for place, each in after.items() if not place[1].startswith("vcenter:")} == before


def _is_seen(document: dict[str, Any]) -> bool:
    if "class" in document:
        return bool(document.get("seen_as")) and document.get("merged_into") is None
    return any(each.startswith("discovery/") for each in document.get("sources", ()))


PROPERTIES = {
    "a run that looked at little left nothing to do": Property(nothing_is_left_to_do, (stories,)),
    "a merge taken back leaves all as it was": Property(merge_then_taking_it_back, (stories, _some, _some)),
    "a split taken back leaves all as it was": Property(split_then_taking_it_back, (stories, _some)),
    "replay from the log equals the live state": Property(replay_from_the_log, (stories,)),
    "a person's edit stays through every run": Property(a_persons_edit, (stories, _some, later)),
    "a source of other things writes nothing of the rest": Property(a_source_of_other_things, (stories, listings)),
}
