"""Random histories of discovery: what several sources saw, run after run, and what is left behind by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from cmdb.configuration.catalogue import built_in
from cmdb.configuration.discovered import Reconciled, World
from cmdb.configuration.discovery_defaults import RULES
from cmdb.configuration.reconcile import reconcile
from cmdb.configuration.sightings import seen
from cmdb.model.coverage import Coverage
from cmdb.model.observation import (
    End,
    EvidenceKind,
    Identifier,
    Observation,
    ObservedGroup,
    ObservedRelation,
)

T0 = datetime(2026, 3, 2, tzinfo=UTC)
SOURCES = ("aws", "ssh_linux", "nmap_sweep")


def observation(source: str, scope: str, native: str, **more: Any) -> Observation:
    """A server, or what else is asked for, as a source saw it."""
    return Observation(source, scope, native, more.pop("ci_class", "server"), **more)


def host(source: str, scope: str, native: str, chance: dict[str, Any]) -> list[Observation]:
    """A host with what chance says of it, and perhaps a process on it that needs another's."""
    kinds = {"serial": chance["serial"], "fqdn": chance["fqdn"], "ip": f"10.0.0.{native}"}
    whole = observation(
        source,
        scope,
        native,
        name=f"{source}-{native}",
        attributes={"os": chance["os"]} if chance["os"] else {},
        identifiers=tuple(Identifier(kind, value) for kind, value in kinds.items() if value),
        labels={"team": chance["team"]} if chance["team"] else {},
    )
    if not chance["process"]:
        return [whole]
    ends = tuple(End(identifiers=(Identifier("endpoint", f"10.0.0.{n}:80/tcp"),)) for n in chance["needs"])
    relations = tuple(ObservedRelation("depends_on", EvidenceKind.CONFIGURATION, target=e, group="pool") for e in ends)
    traffic = tuple(ObservedRelation("depends_on", EvidenceKind.TRAFFIC_OUT, target=end) for end in ends[:1])
    return [
        whole,
        observation(
            source,
            scope,
            f"{native}/app",
            ci_class="application_component",
            owner=native,
            identifiers=(Identifier("part", "process:app"), Identifier("endpoint", f"10.0.0.{native}:80/tcp")),
            relations=(ObservedRelation("runs_on", EvidenceKind.INVENTORY, target=End(native)), *relations, *traffic),
            groups=(ObservedGroup("pool", 1, EvidenceKind.CONFIGURATION),) if ends else (),
        ),
    ]


chances = st.fixed_dictionaries(
    {
        "serial": st.sampled_from(["acme|S1", "acme|S2", "acme|S3", ""]),
        "fqdn": st.sampled_from(["a.example", "b.example", ""]),
        "os": st.sampled_from(["debian", "ubuntu", ""]),
        "team": st.sampled_from(["shop", "pay", ""]),
        "process": st.booleans(),
        "needs": st.lists(st.sampled_from("123"), max_size=3, unique=True),
    }
)
listings = st.dictionaries(st.sampled_from("1234"), chances, max_size=4)
runs = st.lists(
    st.tuples(st.sampled_from(SOURCES), st.sampled_from(["east", "west"]), listings, st.booleans(), st.integers(0, 6)),
    max_size=6,
)


class Estate:
    """What several runs left behind: the observations and coverage of each source."""

    def __init__(self) -> None:
        self.known = dict.fromkeys(SOURCES, ())
        self.coverages = {source: Coverage(source, source) for source in SOURCES}
        self.now = T0
        self.number = 0

    def run(self, source: str, scope: str, listing: dict[str, Any], complete: bool, days: int) -> None:
        self.now += timedelta(days=days)
        self.number += 1
        came = [each for native in sorted(listing) for each in host(source, scope, native, listing[native])]
        after = seen(
            self.known[source],
            came,
            {scope} if complete else (),
            self.coverages[source],
            RULES,
            at=self.now,
            run=f"r{self.number}",
            whole=True,
            may_lose={scope},
        )
        self.known[source], self.coverages[source] = after.observations, after.coverage

    def world(self, **more: Any) -> World:
        told = [each for source in SOURCES for each in self.known[source]]
        base = World(told, self.coverages, {}, (), frozenset(), built_in(), RULES, self.now)
        return replace(base, **more)

    def reconciled(self, **more: Any) -> Reconciled:
        return reconcile(self.world(**more))


def after(history: list[Any]) -> Estate:
    """What is left behind by the runs of a history."""
    estate = Estate()
    for run in history:
        estate.run(*run)
    return estate


def shown(found: Reconciled) -> tuple[Any, ...]:
    """All that comes of it, to be compared."""
    return dict(found.cis), dict(found.relations), dict(found.groups), found.findings
