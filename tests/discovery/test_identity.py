"""What people decide about identity holds at once, holds against every source, and can be taken back."""

from __future__ import annotations

import pytest

from cmdb.configuration import identity, register
from cmdb.configuration.observing import settle
from cmdb.errors import NotAllowed, NotFound
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.observation import Thing
from cmdb.model.relation import RELATIONS
from cmdb.ports.store import Put
from tests.builders import as_actor

A = {"name": "web1", "machine_id": "a1b2c3d4e5f60718293a4b5c6d7e8f90", "os": "debian"}
B = {"name": "srv-17", "fqdn": "web1.example"}


def cis(source):
    return {ci.id: ci for ci in source.context.records.find(CIS)}


def all_of(source):
    records = source.context.records
    return {each.id: each for each in records.find(CIS)}, {
        tuple(each.sources): each for each in records.find(RELATIONS)
    }


@pytest.fixture
def both(paper):
    """Two sources that see one host and can not know it."""
    dc1, dc2 = paper("dc1"), paper("dc2")
    dc1.write("row1", A)
    dc2.write("row1", B)
    dc1.run()
    dc1.context.clock.forward(minutes=5)
    dc2.run()
    assert set(cis(dc1)) == {"dc1:web1", "dc2:srv-17"}
    return dc1


def test_a_merge_holds_at_once_and_keeps_the_older_id(both):
    """The other id stays, retired, and says what it turned out to be."""
    identity.merge(both.context, "dc2:srv-17", "dc1:web1", reason="the label on the box")
    found = cis(both)
    assert found["dc1:web1"].seen_as == (("dc1", "web1"), ("dc2", "srv-17"))
    assert (found["dc2:srv-17"].status, found["dc2:srv-17"].merged_into) == (CIStatus.RETIRED, "dc1:web1")


def test_a_merge_takes_what_a_source_calls_a_thing(paper):
    """As findings name it, also where no CI ever had that for an id; two names of one CI leave nothing to merge."""
    dc1, dc2 = paper("dc1"), paper("dc2")
    dc1.write("row1", A)
    dc1.run()
    dc1.context.clock.forward(minutes=5)
    dc2.write("row1", {**A, "name": "A-1"})
    dc2.run()
    register.add_ci(dc1.context, id="box", ci_class="server")
    assert set(cis(dc1)) == {"dc1:web1", "box"}
    with pytest.raises(identity.AlreadyOne) as refused:
        identity.merge(dc1.context, "dc2:A-1", "dc1:web1")
    assert refused.value.facts["ci"] == "dc1:web1"
    identity.merge(dc1.context, "dc2:A-1", "box")
    assert cis(dc1)["box"].seen_as == (("dc1", "web1"), ("dc2", "A-1"))
    with pytest.raises(NotFound):
        identity.merge(dc1.context, "dc2:A-2", "box")


def test_what_discovery_made_of_others_is_not_merged(both):
    """It goes by itself when what it stands for is known; a CI that only people entered is not of that kind."""
    register.add_ci(both.context, id="srv:17", ci_class="server", name="srv-17")
    register.add_ci(both.context, id="srv:18", ci_class="server", name="srv-18")
    identity.merge(both.context, "srv:17", "dc1:web1")
    identity.merge(both.context, "srv:18", "dc2:srv-17")
    stand_in = {"id": "endpoint:10.9.9.9:80/tcp", "class": "endpoint", "seen_as": [["", "endpoint:10.9.9.9:80/tcp"]]}
    both.context.records.apply([Put(CIS, {**stand_in, "sources": ["discovery/dc1"]})], because="discovery:take")
    with pytest.raises(identity.StandIn, match="a source see"):
        identity.merge(both.context, stand_in["id"], "srv:17")


def test_merge_then_taking_it_back_is_the_identity(both):
    """CIs and relations are as they were before, those that people stated of the other one too."""
    register.add_ci(both.context, id="svc:shop", ci_class="service", name="Shop")
    register.relate(both.context, "svc:shop", "depends_on", "dc2:srv-17")
    before = all_of(both)
    decision, _ = identity.merge(both.context, "dc1:web1", "dc2:srv-17")
    (moved,) = both.context.records.find(RELATIONS)
    assert (moved.source, moved.target, moved.stated_as) == ("svc:shop", "dc1:web1", ("svc:shop", "dc2:srv-17"))
    identity.revoke(both.context, decision.id)
    assert all_of(both) == before


def test_a_split_holds_against_what_the_sources_say(paper):
    """Two cloned machines that two sources took for one: each becomes a CI of its own and stays one."""
    dc1, dc2 = paper("dc1"), paper("dc2")
    dc1.write("row1", A)
    dc2.write("row1", {**A, "name": "clone"})
    dc1.run()
    dc2.run()
    assert set(cis(dc1)) == {"dc1:web1"}
    identity.split(dc1.context, "dc1:web1", Thing("dc2", "clone"))
    assert set(cis(dc1)) == {"dc1:web1", "dc2:clone"}
    dc2.run()
    assert set(cis(dc1)) == {"dc1:web1", "dc2:clone"}


def test_two_things_of_one_source_are_never_one(paper):
    """The source says they are two; whoever knows better puts it right there."""
    dc1 = paper()
    dc1.write("row1", A, {"name": "web2"})
    dc1.run()
    with pytest.raises(identity.NotTheSame, match="dc1 has both"):
        identity.merge(dc1.context, "dc1:web1", "dc1:web2")


def test_what_a_person_stated_stays_with_what_stays(both):
    """Also where the CI has its id from the thing that goes; and it is as before when the split is taken back."""
    identity.merge(both.context, "dc2:srv-17", "dc1:web1")
    register.set_ci(both.context, "dc1:web1", {"attributes": {"os": "hardened"}})
    before = cis(both)["dc1:web1"]
    decisions, _ = identity.split(both.context, "dc1:web1", Thing("dc1", "web1"))
    found = cis(both)
    assert (found["dc1:web1"].seen_as, found["dc1:web1"].attributes["os"]) == ((("dc2", "srv-17"),), "hardened")
    assert found["dc1:web1#discovered"].seen_as == (("dc1", "web1"),)
    assert found["dc1:web1#discovered"].attributes["os"] == "debian"
    for each in decisions:
        identity.revoke(both.context, each.id)
    assert cis(both)["dc1:web1"] == before


def test_what_is_seen_as_nothing_else_can_not_be_split(both):
    """And neither can one be split from what it is not seen as."""
    with pytest.raises(identity.NotSplit, match="seen as nothing else"):
        identity.split(both.context, "dc1:web1", Thing("dc1", "web1"))
    with pytest.raises(identity.NotSplit, match="not seen as dc9:web1, but as dc1:web1"):
        identity.split(both.context, "dc1:web1", Thing("dc9", "web1"))


def test_a_rejected_relation_stays_rejected_until_that_is_taken_back(paper):
    """However often it is seen."""
    dc1 = paper()
    db = {"name": "db1", "ip": "10.0.0.2", "listens": ["postgres:5432"]}
    dc1.write("row1", {"name": "web1", "listens": ["nginx:80"], "needs": ["10.0.0.2:5432"]}, db)
    dc1.run()
    ends = ("dc1:web1/nginx", "depends_on", "dc1:db1/postgres")

    def there() -> bool:
        return ends in {(each.source, each.type, each.target) for each in dc1.context.records.find(RELATIONS)}

    assert there()
    identity.reject(dc1.context, *ends, reason="a scanner")
    assert not there()
    dc1.run()
    assert not there()
    identity.accept(dc1.context, *ends)
    assert there()


def test_settling_twice_writes_nothing(both):
    """What is known already makes what is there."""
    revision = both.context.store.revision()
    assert settle(both.context).revision is None
    assert both.context.store.revision() == revision


def test_who_may_not_decide_is_told(both):
    """Viewers do not decide who is who."""
    with pytest.raises(NotAllowed):
        identity.merge(as_actor(both.context, "viewer"), "dc1:web1", "dc2:srv-17")
    with pytest.raises(NotFound):
        identity.merge(both.context, "dc1:web1", "nobody")
