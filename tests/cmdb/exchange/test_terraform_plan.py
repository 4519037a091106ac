"""What a Terraform plan would do: the effect on what is there, who it is, and what could not be told."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.exchange.estate.faults import Faults
from cmdb.exchange.terraform_plan import lineage_of, plan_targets, read
from cmdb.exchange.terraform_restarts import RESTARTS
from cmdb.model.change import Effect
from cmdb.model.observation import Identifier

ARN = "arn:aws:ec2:eu-central-1:1:instance/i-0a00000000000000"


def changed(*actions, address="aws_instance.web", before=None, after=None, **more):
    """One entry of resource_changes."""
    change = {"actions": list(actions), "before": before, "after": after} | more.pop("change", {})
    kind = address.rpartition("module.")[2].split(".")[-2]
    return {"address": address, "mode": "managed", "type": kind, "change": change, **more}


def planned(*changes, lineage="L", **more):
    """What the plan of these changes would do; it must be without fault."""
    faults = Faults()
    plan = plan_targets({"format_version": "1.2", "resource_changes": list(changes), **more}, faults, lineage=lineage)
    assert not faults.problems
    return plan


def codes(plan):
    return [note.code for note in plan.notes]


@pytest.mark.parametrize(
    ("actions", "effect", "because"),
    [
        (("delete",), Effect.DOWN, "plan.deleted"),
        (("delete", "create"), Effect.DOWN, "plan.replaced"),
        (("create", "delete"), Effect.DOWN, "plan.replaced_create_first"),
        (("update",), Effect.CONFIG, "plan.updated"),
    ],
)
def test_an_effect_follows_from_the_actions(actions, effect, because):
    """And says how it was judged."""
    (target,) = planned(changed(*actions)).targets

    assert (target.effect, target.because.code) == (effect, because)


@pytest.mark.parametrize("actions", [("no-op",), ("read",), ("create",), ("forget",), ("create", "forget")])
def test_what_leaves_everything_that_is_there_alone_is_no_target(actions):
    """Also where Terraform only forgets a thing."""
    assert not planned(changed(*actions)).targets


def test_what_is_created_is_named_and_no_target():
    """It is not there, so nothing can happen to it."""
    plan = planned(changed("create"))

    assert plan.created == ("aws_instance.web",)
    assert codes(plan) == ["plan.created"]


def test_a_change_in_place_that_stops_the_thing_is_a_restart():
    """Another instance type stops and starts a machine; another tag does not."""
    small, large = {"instance_type": "m5.large", "tags": {}}, {"instance_type": "m5.xlarge", "tags": {}}
    (resized,) = planned(changed("update", before=small, after=large)).targets
    (tagged,) = planned(changed("update", before=small, after=small | {"tags": {"a": "b"}})).targets

    assert resized.effect is Effect.RESTART
    assert resized.because.facts == {"values": ["instance_type"]}
    assert tagged.effect is Effect.CONFIG


def test_a_value_that_is_known_only_afterwards_counts_as_changed():
    """What is not known can not be taken for the same."""
    (target,) = planned(
        changed("update", before={"user_data": "a"}, after={}, change={"after_unknown": {"user_data": True}})
    ).targets

    assert target.effect is Effect.RESTART


def test_that_an_unknown_type_is_not_stopped_is_assumed_and_said():
    """Once for each type, with the count."""
    plan = planned(changed("update", address="acme_box.a"), changed("update", address="acme_box.b"))

    assert {each.effect for each in plan.targets} == {Effect.CONFIG}
    assert [(note.code, note.facts) for note in plan.notes] == [
        ("plan.effect_assumed", {"type": "acme_box", "count": 2})
    ]


def test_a_thing_is_known_by_its_providers_ids_and_by_its_address():
    """The provider's come first: they hold also where no Terraform source is read."""
    before = {"id": "i-0a00000000000000", "arn": ARN}
    (target,) = planned(changed("delete", before=before)).targets

    assert target.identifiers == (
        Identifier("cloud_id", "i-0a00000000000000"),
        Identifier("cloud_id", ARN),
        Identifier("terraform", "L/aws_instance.web"),
    )


def test_an_id_that_is_marked_sensitive_is_not_taken():
    """Marked means marked."""
    change = {"before_sensitive": {"id": True, "arn": True}}
    (target,) = planned(changed("delete", before={"id": "i-0a00000000000000", "arn": ARN}, change=change)).targets

    assert [each.kind for each in target.identifiers] == ["terraform"]


def test_without_lineage_and_ids_a_target_is_only_an_address_and_a_note_says_so():
    """Nobody guesses who it is."""
    plan = planned(changed("delete"), lineage="")

    assert plan.targets[0].identifiers == ()
    assert codes(plan) == ["plan.unidentified", "plan.no_lineage"]


def test_a_thing_that_moves_is_known_by_where_it_was_first():
    """Its old address is what the last reading of the state has."""
    (target,) = planned(changed("update", previous_address="aws_instance.old")).targets

    assert [each.value for each in target.identifiers] == ["L/aws_instance.old", "L/aws_instance.web"]


def test_a_move_alone_is_no_target():
    """Only its name changes."""
    assert not planned(changed("no-op", previous_address="aws_instance.old")).targets


def test_what_a_replacement_left_over_is_not_taken_for_what_has_its_address():
    """A deposed object has its own id and no address."""
    left = changed("delete", before={"id": "i-0b00000000000000"}, deposed="6a2c4f1b")
    plan = planned(left, changed("no-op", before={"id": "i-0a00000000000000"}))

    assert [each.value for each in plan.targets[0].identifiers] == ["i-0b00000000000000"]
    assert "plan.deposed" in codes(plan)


def test_data_sources_are_passed_over():
    """They are looked up, not touched."""
    assert not planned(changed("read", address="aws_ami.x") | {"mode": "data"}).targets


def test_what_the_plan_leaves_open_is_said():
    """Drift, deferred changes, and a plan of only some targets."""
    plan = planned(resource_drift=[{}], deferred_changes=[{}, {}], action_invocations=[{}], complete=False)

    assert codes(plan) == ["plan.incomplete", "plan.deferred", "plan.drift", "plan.actions_invoked"]


def test_a_plan_that_ended_with_an_error_is_refused():
    """Its list is not whole."""
    faults = Faults()

    assert plan_targets({"resource_changes": [], "errored": True}, faults) is None
    assert [fault.code for fault in faults.problems] == ["plan.errored"]


def test_all_faults_are_told_at_once_with_their_places():
    """And nothing is returned."""
    faults = Faults()
    changes = [
        changed("explode"),
        "no object",
        changed("delete", address="aws_instance.twice"),
        changed("delete", address="aws_instance.twice"),
        changed("delete") | {"address": "with\nbreak"},
        changed("delete") | {"change": None},
    ]

    assert plan_targets({"resource_changes": changes}, faults, lineage="a/b") is None
    assert [(fault.pointer, fault.code) for fault in faults.problems] == [
        ("/lineage", "terraform.lineage"),
        ("/resource_changes/0/change/actions", "plan.actions"),
        ("/resource_changes/1", "terraform.wrong_type"),
        ("/resource_changes/3/address", "terraform.repeated_address"),
        ("/resource_changes/4/address", "terraform.address"),
        ("/resource_changes/5/change", "terraform.wrong_type"),
    ]


def test_a_state_is_no_plan():
    """It says what is there, not what would happen."""
    faults = Faults()
    raw = json.dumps({"version": 4, "terraform_version": "1.11.4", "resources": []}).encode()

    assert read(io.BytesIO(raw), faults) is None
    assert [fault.code for fault in faults.problems] == ["terraform.wanted"]


def test_the_order_of_a_plan_does_not_matter():
    """Same inputs, same bytes."""
    changes = [changed("delete", address=f"aws_instance.web{n}") for n in range(5)]

    assert planned(*changes) == planned(*reversed(changes))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["actions", "before", "after", "type", "address", "change", "mode"]), inner)
    ),
    max_leaves=8,
)


@given(st.lists(JSON | st.fixed_dictionaries({"address": JSON, "type": JSON, "change": JSON})), JSON, JSON)
def test_nothing_in_a_document_makes_it_fail(changes, drift, errored):
    """Whatever stands there is a plan or a fault, never an exception."""
    faults = Faults()
    plan = plan_targets({"resource_changes": changes, "resource_drift": drift, "errored": errored}, faults)

    assert (plan is None) == bool(faults.count)


def test_the_table_names_no_type_twice_by_its_versions():
    """A type and its newer name say the same."""
    for name, values in RESTARTS.items():
        assert RESTARTS.get(f"{name}_v1", values) == values


def test_the_guide_says_what_restarts():
    """Each type with each of its values, as the table of the code has them, and no other."""
    guide = Path(__file__).parents[3] / "docs" / "guides" / "terraform.md"
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", guide.read_text(encoding="utf-8"), re.MULTILINE)
    told = {kind: tuple(re.findall("`([^`]+)`", values)) for kind, values in rows if "_" in kind}

    assert told == dict(RESTARTS)


def test_the_lineage_of_a_state_file_is_told():
    """Of nothing else, for nothing else has one."""
    assert lineage_of(io.BytesIO(b'{"version": 4, "lineage": "L-1", "resources": []}'), Faults()) == "L-1"
    for other in (
        b'{"format_version": "1.0", "values": {}}',
        b"PK\x03\x04",
        b'{"version": 3, "terraform_version": "0"}',
    ):
        faults = Faults()
        assert lineage_of(io.BytesIO(other), faults) == ""
        assert faults.count
