"""
The small estates that golden answers are given for, each with one change, CHG-1.

They are built once and committed as documents (``cases.jsonl``), so that no builder changes them afterwards; another
estate is another function here, in :data:`ESTATES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cmdb.change.calendar import calendar
from cmdb.change.calendar.recurrence import ScheduleGiven
from cmdb.context import Context
from cmdb.model.calendar_entry import Covered
from cmdb.model.change import BackOut, Change, ChangeState, ChangeType, Effect, Target
from cmdb.model.change_model import CHANGE_MODELS, ChangeModel, ModelState
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.ci import CIStatus
from cmdb.model.finding import FINDINGS, Finding
from cmdb.model.relation import Relation
from cmdb.model.service_level import Period
from cmdb.ports.store import Put
from cmdb.records import to_document
from cmdb.service import hours, loss_scales, service_levels
from tests.builders import (
    NOON,
    a_change,
    a_ci,
    a_server,
    a_service,
    a_window,
    add,
    an_incident,
    depends,
    moment,
    needs,
    observed,
    the_context,
)

NIGHT = "2026-03-02T22:00Z"


def pair() -> Context:
    """One of a redundant pair, while a peer's change takes the other: a joint conflict; one relation is doubtful."""
    return the_context(
        a_service("shop", tier=2, unavailability=0.0),
        a_service("wiki", tier=3, unavailability=0.0),
        a_server("web1", unavailability=0.01, mtbf_hours=1000.0),
        a_server("web2", unavailability=0.02, mtbf_hours=500.0),
        a_server("db1", unavailability=0.03, mtbf_hours=200.0),
        *needs("shop", 1, "web1", "web2"),
        *depends("wiki", "db1"),
        Relation("wiki", "depends_on", "web2", confidence=0.4),
        a_change("web1", "db1", id="CHG-1"),
        a_change("web2", id="CHG-2"),
        an_incident("db1", id="INC-1"),
        role="administrator",
    )


def phases() -> Context:
    """A window of several phases over nested groups: restarts one after the other, a push of configuration."""
    nodes = [f"node{n}" for n in range(4)]
    return the_context(
        a_service("shop"),
        a_ci("app", "application"),
        a_service("reports", tier=4),
        *(a_server(ci, mtbf_hours=800.0 + 100 * at) for at, ci in enumerate(nodes)),
        a_server("db1", unavailability=0.002),
        a_server("db2", unavailability=0.004),
        a_ci("rack", "rack", unavailability=0.0001),
        *needs("app", 2, *nodes, group="nodes"),
        *needs("app", 1, "db1", "db2", group="stores"),
        *depends("shop", "app"),
        *depends("reports", "db2", strength="soft"),
        *depends("node0", "rack"),
        *depends("node1", "rack"),
        a_change(
            Target("node0", Effect.RESTART, 0, 10),
            Target("node2", Effect.RESTART, 15, 10),
            Target("db1", Effect.RESTART, 15, 20),
            Target("db2", Effect.CONFIG),
            window=a_window(NIGHT, minutes=90),
        ),
        role="administrator",
    )


def ring() -> Context:
    """CIs that need each other, what stands idle with or without the change, and a target that was retired."""
    return the_context(
        a_service("shop", tier=1),
        a_service("archive", tier=None),
        *(a_server(ci) for ci in ("a", "b", "c", "gone", "left")),
        *depends("a", "b"),
        *depends("b", "c"),
        *depends("c", "a"),
        *needs("shop", 1, "a", "left"),
        *needs("archive", 2, "left", "c"),
        a_server("old", status=CIStatus.RETIRED),
        a_change("b", "old", back_out=None),
        role="administrator",
    )


def emergency() -> Context:
    """An emergency linked to an open incident, in a freeze, at a peak, outside and inside agreed maintenance."""
    context = the_context(
        a_service("shop"),
        a_service("blog", tier=3),
        a_server("web1"),
        a_server("web2"),
        a_server("db"),
        *needs("shop", 1, "web1", "web2"),
        *depends("blog", "db"),
        an_incident("db", id="INC-1"),
        a_change(
            Target("db", Effect.RESTART, 10, 30), "web1", type=ChangeType.EMERGENCY, incidents=("INC-1",), team="unix"
        ),
        a_change("web2", id="CHG-2", team="unix"),
        role="administrator",
    )
    night = ("2026-03-02T22:15Z", "2026-03-02T23:30Z")
    told = {"name": "Year end", "reason": "Accounts", "covers": Covered(everything=True)}
    for what, more in (("freeze", {}), ("maintenance", {"agreed": True, "covers": Covered(services=("blog",))})):
        calendar.add(context, what, {**told, **more, "schedule": ScheduleGiven(*night, None)})
    peak = {**told, "name": "Double 11", "demand": 12.0, "counts_as_freeze": False}
    calendar.add(context, "peak", {**peak, "schedule": ScheduleGiven(*night, "FREQ=DAILY;COUNT=3")})
    calendar.add(context, "capacity", {"team": "unix", "reason": "", "at_once": 1, "hours": None})
    return context


MODEL = ChangeModel(
    "reboot",
    "Reboot",
    ChangeType.STANDARD,
    ModelState.APPROVED,
    ("engineer",),
    1,
    effect=Effect.RESTART,
    minutes=10,
    approved_by="board",
)


def proven(*cis: str, count: int = 24, bad: int = 9) -> list[Change]:
    """Return a history of the model: reboots of these CIs in turn, one in so many of them backed out."""
    return [
        a_change(
            cis[number % len(cis)],
            id=f"CHG-{number}",
            state=ChangeState.CLOSED,
            model="reboot",
            window=a_window(f"2026-01-{number % 28 + 1:02}T22:00Z"),
            raised_at=moment("2025-12-01T12:00Z"),
            started_at=moment(f"2026-01-{number % 28 + 1:02}T22:00Z"),
            ended_at=moment(f"2026-01-{number % 28 + 1:02}T22:30Z"),
            outcome=ChangeOutcome.SUCCESS if number % bad else ChangeOutcome.BACKED_OUT,
            outcome_at=moment(f"2026-01-{number % 28 + 1:02}T22:30Z"),
        )
        for number in range(10, 10 + count)
    ]


def standard() -> Context:
    """A standard change of an approved model with a history, service levels and hours; its target was seen lately."""
    done = proven("dc1:web1", "dc1:db")
    context = the_context(
        a_service("shop"),
        a_service("blog", tier=3),
        a_server("web2"),
        role="administrator",
    )
    observed(context, web1="Debian 12", db="Debian 11")
    context.records.apply([Put(CHANGE_MODELS, to_document(CHANGE_MODELS, MODEL))], because="test:added")
    add(context, *needs("shop", 1, "dc1:web1", "web2"), *depends("blog", "dc1:db"), *done)
    hours.define(context, "office", zone="Europe/Berlin", weekly=["mon-fri 08:00-18:00"])
    service_levels.set_level(context, "shop", availability=0.999, zone="Europe/Berlin", rate=None)
    service_levels.set_level(context, "blog", availability=0.99, period=Period.QUARTER, hours="office")
    loss_scales.set_scale(context, weights={"4": 0.01}, half_at=200.0)
    change = a_change(
        Target("dc1:web1", Effect.RESTART, 5, 10),
        Target("dc1:db", Effect.RESTART, 20, 10),
        type=ChangeType.STANDARD,
        model="reboot",
        window=a_window("2026-03-03T07:30Z"),
    )
    tested = replace(change, back_out=BackOut("Start the old kernel", minutes=10, tested_on=moment(NOON).date()))
    add(context, tested)
    return context


def routine() -> Context:
    """A reboot of the kind that approves itself: one of three spares of a service of the lowest tier, often done."""
    context = the_context(a_service("wiki", tier=4), a_server("web2"), a_server("web3"), role="administrator")
    observed(context, web1="Debian 12")
    context.records.apply([Put(CHANGE_MODELS, to_document(CHANGE_MODELS, MODEL))], because="test:added")
    add(context, *needs("wiki", 1, "dc1:web1", "web2", "web3"), *proven("dc1:web1", count=160, bad=1000))
    add(context, a_change(Target("dc1:web1", Effect.RESTART, 5, 5), type=ChangeType.STANDARD, model="reboot"))
    return context


def shared() -> Context:
    """A wide estate with shared causes: racks, power, a doubtful twin, open doubts about a target; many services."""
    racks, hosts = ("r1", "r2", "r3"), [f"h{n:02}" for n in range(12)]
    services = [a_service(f"s{n:02}", tier=n % 4 + 1) for n in range(14)]
    things = [
        *(a_ci(rack, "rack", unavailability=0.001) for rack in racks),
        a_ci("feed", "power_feed", unavailability=0.0005),
        *(a_server(host, mtbf_hours=2000.0, unavailability=0.001 * (1 + at % 3)) for at, host in enumerate(hosts)),
        *services,
    ]
    for rack in racks[:2]:
        things += depends(rack, "feed")
    for at, host in enumerate(hosts):
        things += depends(host, racks[at % 3])
    for at, service in enumerate(services):
        members = sorted({hosts[at % 12], hosts[(at * 5 + 3) % 12], hosts[(at + 6) % 12]})
        things += needs(service.id, 1 + at % 2, *members)
    things.append(Relation("s03", "depends_on", "h11", confidence=0.5))
    context = the_context(*things, a_change(*hosts[:4], "r3"), a_change("h05", "h08", id="CHG-2"), role="administrator")
    doubt = Finding("F-1", "identity.vetoed", ("h01",), moment(NOON))
    context.records.apply([Put(FINDINGS, to_document(FINDINGS, doubt))], because="test:added")
    return context


ESTATES: dict[str, Callable[[], Context]] = {
    each.__name__: each for each in (pair, phases, ring, emergency, standard, routine, shared)
}
