"""What holds when two people write at the same moment: each plan is made before the other's is applied."""

from __future__ import annotations

import pytest

from cmdb.configuration import intake, register
from cmdb.configuration.classes import define_class
from cmdb.configuration.intake import FORM, Options
from cmdb.context import Context
from cmdb.model.ci_class import Attribute, AttributeType, CIClass
from cmdb.ports.errors import VersionConflict
from tests.builders import a_server, a_service, needs, the_context


def a_rig_context() -> Context:
    """A server, and a class ``rig`` whose CIs may be mounted on servers."""
    context = the_context(a_server("web1"), role="administrator")
    define_class(
        context,
        CIClass("rig", parent="ci", attributes=(Attribute("on", AttributeType.REFERENCE, refers_to="server"),)),
    )
    return context


def planned(context: Context, kind: str, record: dict) -> intake.Plan:
    return intake.plan(context, [("", kind, record, True)], Options(FORM, partial=True))


def test_a_relation_does_not_join_a_group_that_ended_meanwhile():
    """Else it would name a group that is not there, and an export could not be taken in again."""
    context = the_context(a_service("shop"), a_server("a"), a_server("b"), *needs("shop", 1, "a", group="web"))
    joining = {"source": "shop", "type": "depends_on", "target": "b", "group": "web"}
    plan = planned(context, "relation", joining)

    register.end_group(context, "shop", "web", allow_broken_groups=True)

    with pytest.raises(VersionConflict):
        intake.apply(context, plan, because="relation:put")


def test_a_ci_does_not_refer_to_one_that_was_retired_meanwhile():
    """The reference was right when it was judged, and would not be any more."""
    context = a_rig_context()
    plan = planned(context, "item", {"id": "r", "class": "rig", "attributes": {"on": "web1"}})

    register.retire_ci(context, ["web1"])

    with pytest.raises(VersionConflict):
        intake.apply(context, plan, because="ci:added")
