"""What a relation rests on: the pieces that are shown make up how sure it is."""

from __future__ import annotations

from math import prod

import pytest

from cmdb.configuration import evidenced
from cmdb.configuration.observing import take
from cmdb.errors import NotFound
from cmdb.model.observation import End, EvidenceKind, Identifier, ObservedGroup, ObservedRelation
from cmdb.model.relation import Strength
from tests.builders import the_context
from tests.discovery.histories import observation

IN, OUT, BOOKS = EvidenceKind.TRAFFIC_IN, EvidenceKind.TRAFFIC_OUT, EvidenceKind.INVENTORY
DB = End(identifiers=(Identifier("endpoint", "10.0.0.2:5432/tcp"),))


def part(host: str, name: str, *relations: ObservedRelation, **more):
    """A programme on a host; it runs there."""
    on = ObservedRelation("runs_on", BOOKS, target=End(host))
    identifiers = (Identifier("part", f"process:{name}"), *more.pop("identifiers", ()))
    return observation(
        "dc1",
        "all",
        f"{host}/{name}",
        ci_class="application_component",
        owner=host,
        identifiers=identifiers,
        relations=(on, *relations),
        **more,
    )


def taken(*clients: str):
    """A host whose programmes talk to a database that saw the host's address, and nothing more, at its other end."""
    seen = ObservedRelation(
        "connects_to", IN, source=End(identifiers=(Identifier("ip", "10.0.0.1"),)), strength=Strength.NONE
    )
    context = the_context(role="engineer")
    came = [
        observation("dc1", "all", "web", identifiers=(Identifier("ip", "10.0.0.1"),)),
        observation("dc1", "all", "db", identifiers=(Identifier("ip", "10.0.0.2"),)),
        part("db", "postgres", seen, identifiers=DB.identifiers),
        *(part("web", name, ObservedRelation("depends_on", OUT, target=DB)) for name in clients),
    ]
    take(context, "dc1", "ssh_linux", came, {"all"}, run="r1")
    return context


def test_what_the_server_saw_of_the_client_is_shown_with_what_it_counts_for():
    """One minus the product of what each piece leaves open is the confidence."""
    found = evidenced.evidenced(taken("shop"), "dc1:web/shop", "depends_on", "dc1:db/postgres")
    assert [(each.kind, each.thing) for each in found.pieces] == [(IN, "db/postgres"), (OUT, "web/shop")]
    assert found.relation.record.confidence == round(1 - prod(1 - each.worth for each in found.pieces), 2) == 0.96


def test_of_two_clients_on_one_host_nobody_knows_whose_connection_the_server_saw():
    """So it counts for neither, and is shown for neither."""
    context = taken("shop", "report")
    for name in ("shop", "report"):
        found = evidenced.evidenced(context, f"dc1:web/{name}", "depends_on", "dc1:db/postgres")
        assert [each.kind for each in found.pieces] == [OUT]
        assert found.relation.record.confidence == 0.8


def test_a_member_of_a_group_is_found_under_its_group_and_the_error_says_so():
    """Whoever leaves the group out is told which it is, in the words of the command and not by a key of the store."""
    pool = part(
        "web",
        "proxy",
        ObservedRelation("depends_on", EvidenceKind.CONFIGURATION, target=End("db/postgres"), group="pool"),
        groups=(ObservedGroup("pool", 1, EvidenceKind.CONFIGURATION),),
    )
    context = the_context(role="engineer")
    hosts = [observation("dc1", "all", name) for name in ("web", "db")]
    take(context, "dc1", "ssh_linux", [*hosts, part("db", "postgres"), pool], {"all"}, run="r1")
    with pytest.raises(NotFound) as refused:
        evidenced.evidenced(context, "dc1:web/proxy", "depends_on", "dc1:db/postgres")
    asked = "dc1:web/proxy depends_on dc1:db/postgres"
    assert str(refused.value) == f"no relation with id {asked}"
    assert refused.value.facts["nearest"] == {asked: ["that in the group pool"]}
    with pytest.raises(NotFound, match=r"no relation with id dc1:web/proxy uses dc1:db/postgres$"):
        evidenced.evidenced(context, "dc1:web/proxy", "uses", "dc1:db/postgres")
