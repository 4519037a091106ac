"""What holds when two people write at the same moment: each plan is made before the other's is applied."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cmdb.configuration import intake, register
from cmdb.configuration.classes import add_attribute, define_class, retire_class
from cmdb.configuration.errors import GroupsWouldBreak
from cmdb.configuration.intake import FORM, Options
from cmdb.context import Context
from cmdb.model.ci import CIS
from cmdb.model.ci_class import Attribute, AttributeType, CIClass
from cmdb.model.relation import RELATIONS
from cmdb.ports.errors import VersionConflict, WrittenMeanwhile
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


@pytest.mark.parametrize("change", ["retire", "require"])
def test_a_ci_is_not_judged_by_a_catalogue_that_is_gone(change):
    """Its class was retired, or came to require an attribute, between the judging and the writing."""
    context = a_rig_context()
    plan = planned(context, "item", {"id": "r", "class": "rig"})

    if change == "retire":
        retire_class(context, "rig")
    else:
        add_attribute(context, "rig", Attribute("must", AttributeType.TEXT, required=True))

    with pytest.raises(WrittenMeanwhile):
        intake.apply(context, plan, because="ci:added")


def in_between(context: Context, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let ``act`` happen once, after the next batch was planned and before it is written."""
    apply = context.store.apply

    def late(*args: object, **more: object) -> object:
        monkeypatch.undo()
        act()
        return apply(*args, **more)

    monkeypatch.setattr(context.store, "apply", late)


def test_a_class_is_not_narrowed_beside_a_ci_that_comes_in_meanwhile(monkeypatch):
    """Both would be right by themselves; together they would leave a CI that its class does not allow."""
    context = a_rig_context()
    in_between(context, monkeypatch, lambda: register.add_ci(context, id="r", ci_class="rig"))

    with pytest.raises(WrittenMeanwhile):
        add_attribute(context, "rig", Attribute("must", AttributeType.TEXT, required=True))


def test_a_ci_does_not_retire_past_a_relation_that_comes_in_meanwhile(monkeypatch):
    """Its end is planned once more, so the newcomer ends with it and no relation names a retired CI."""
    context = the_context(a_server("web1"), a_server("web2"))
    in_between(context, monkeypatch, lambda: register.relate(context, "web2", "depends_on", "web1"))

    ending = register.retire_ci(context, ["web1"])

    assert (len(ending.relations), context.store.count(RELATIONS)) == (1, 0)


def test_a_group_does_not_end_past_a_member_that_comes_in_meanwhile(monkeypatch):
    """The new member has to hold alone like the others."""
    context = the_context(a_service("shop"), a_server("a"), a_server("b"), *needs("shop", 1, "a", group="web"))
    in_between(context, monkeypatch, lambda: register.relate(context, "shop", "depends_on", "b", group="web"))

    register.end_group(context, "shop", "web", allow_broken_groups=True)

    left = list(context.records.find(RELATIONS))
    assert [(each.target, each.group) for each in left] == [("a", None), ("b", None)]


def test_a_member_does_not_leave_a_group_whose_needs_were_raised_meanwhile(monkeypatch):
    """Two of two were needed when it was written, so a person has to decide."""
    context = the_context(a_service("shop"), a_server("a"), a_server("b"), *needs("shop", 1, "a", "b", group="web"))
    in_between(context, monkeypatch, lambda: register.put_group(context, "shop", "web", 2))

    with pytest.raises(GroupsWouldBreak):
        register.unrelate(context, "shop", "depends_on", "a", group="web")


def test_who_writes_gets_back_what_was_written_whatever_comes_after(monkeypatch):
    """With its own version, so that a later edit on the strength of it can not overwrite another's unseen."""
    context = the_context(a_server("web1"))
    apply = context.store.apply

    def overtaken(*args, **more):
        monkeypatch.undo()
        applied = apply(*args, **more)
        register.set_ci(context, "web1", {"name": "theirs"})
        return applied

    monkeypatch.setattr(context.store, "apply", overtaken)
    held = register.set_ci(context, "web1", {"name": "mine"})

    assert (held.record.name, held.version) == ("mine", 2)
    assert context.records.held(CIS, "web1").version == 3


def test_the_second_who_registers_an_id_is_refused(monkeypatch):
    """Also when both were told that it is free."""
    context = the_context()
    in_between(context, monkeypatch, lambda: register.add_ci(context, id="web1", ci_class="server", name="first"))

    with pytest.raises(VersionConflict):
        register.add_ci(context, id="web1", ci_class="server", name="second")

    assert context.records.get(CIS, "web1").name == "first"
