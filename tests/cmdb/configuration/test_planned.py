"""What a plan would touch: addresses matched to CIs by what sources saw."""

from __future__ import annotations

import io
import json

from cmdb.change.record.planned import targets_of
from cmdb.configuration.planned import touched_by
from cmdb.model.change import Effect
from cmdb.model.ci import CIS
from cmdb.model.observation import OBSERVATIONS, Identifier, Observation
from cmdb.ports.store import Put
from cmdb.records import to_document
from tests.builders import a_ci, the_context


def seen(ci, *identifiers, **more):
    """A CI that a source sees by these identifiers."""
    observation = Observation("tf", "s/resources", ci, "cloud_resource", identifiers=identifiers)
    record = a_ci(ci, "cloud_resource", seen_as=(("tf", ci),), sources=("discovery:tf",), **more)
    return Put(OBSERVATIONS, to_document(OBSERVATIONS, observation)), Put(CIS, to_document(CIS, record))


def touching(context, *changes, lineage="L"):
    listed = [
        {
            "address": address,
            "mode": "managed",
            "type": address.partition(".")[0],
            "change": {"actions": actions.split(), "before": None},
        }
        for address, actions in changes
    ]
    document = {"format_version": "1.2", "planned_values": {}, "resource_changes": listed}
    return touched_by(context, io.BytesIO(json.dumps(document).encode()), lineage=lineage)


def a_house(*several):
    context = the_context()
    context.records.put_all([put for puts in several for put in puts], because="test:built")
    return context


def test_addresses_of_one_ci_make_one_target_with_the_worst_effect():
    """Two resources may be two sides of one thing; it is a target once."""
    context = a_house(seen("box", Identifier("terraform", "L/acme.a"), Identifier("terraform", "L/acme.b")))
    found = touching(context, ("acme.a", "update"), ("acme.b", "delete create"))

    (both,) = found.touched
    assert (both.ci, both.effect) == ("box", Effect.DOWN)
    assert [each.address for each in both.addresses] == ["acme.a", "acme.b"]
    (target,) = targets_of(found, down_minutes=3)
    assert (target.ci, target.effect, target.minutes) == ("box", Effect.DOWN, 3)


def test_what_is_destroyed_does_not_come_back_within_the_window():
    """Minutes are for what is replaced; that of two a load balancer loses one for good is not over after ten."""
    context = a_house(
        seen("gone", Identifier("terraform", "L/acme.a")), seen("new", Identifier("terraform", "L/acme.b"))
    )
    found = targets_of(touching(context, ("acme.a", "delete"), ("acme.b", "delete create")), down_minutes=10)
    assert [(each.ci, each.effect, each.minutes) for each in found] == [("gone", "down", None), ("new", "down", 10)]


def test_the_same_address_of_another_state_is_another_thing():
    """Lineage and address together are the name."""
    found = touching(a_house(seen("box", Identifier("terraform", "OTHER/acme.a"))), ("acme.a", "delete"))

    assert not found.touched
    assert [(each.address, each.why) for each in found.unfound] == [("acme.a", "unknown")]


def test_what_several_cis_have_is_nobodys():
    """Both are named, sorted; a retired one does not count as long as another is there."""
    shared = Identifier("terraform", "L/acme.a")
    (unfound,) = touching(a_house(seen("b", shared), seen("a", shared)), ("acme.a", "delete")).unfound
    alive = touching(a_house(seen("b", shared), seen("a", shared, status="retired")), ("acme.a", "delete"))

    assert (unfound.why, unfound.cis) == ("several", ("a", "b"))
    assert [each.ci for each in alive.touched] == ["b"]
