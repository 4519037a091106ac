"""Persons: who acts, through which accounts, and for whom; the guards of changes see through all of it."""

from __future__ import annotations

import pytest

from cmdb.change import decisions, lifecycle
from cmdb.change.errors import OwnChange
from cmdb.errors import InvalidInput, NotAllowed
from cmdb.people import persons
from cmdb.ports.errors import UniqueViolation, VersionConflict
from cmdb.roles import Actor, Role
from impact.questions.assess import assess
from tests.builders import a_change, a_server, a_service, an_actor, as_actor, depends, the_context

WIKI = (a_service("wiki", tier=3), a_server("db1"), *depends("wiki", "db1"))


@pytest.fixture
def office():
    """A store in the hands of an administrator, with a submitted change of the engineer."""
    return the_context(*WIKI, a_change("db1", id="CHG-1"), role="administrator")


def record(context, person, *roles, **more):
    return persons.add(context, person, name=more.pop("name", person), roles=roles or ("engineer",), **more).record


def test_a_person_is_recorded_sorted_and_without_doubles(office):
    """The same person is the same bytes, whichever way the lists were typed."""
    person = record(office, "cab-chair", "service_owner", "cab_member", "cab_member", accounts=("z", "a", "cab-chair"))
    assert (person.roles, person.accounts) == (("cab_member", "service_owner"), ("a", "z"))
    assert persons.get(office, "cab-chair").version == 1


def test_every_fault_of_a_person_is_told_at_once(office):
    """Where it is, and what would be right."""
    record(office, "dba", accounts=("oracle",))
    with pytest.raises(InvalidInput) as refused:
        persons.add(office, "new", name=" ", roles=["boss"], accounts=["oracle", "x\n"], delegate_of=["new", "ghost"])
    assert {(p.code, p.pointer) for p in refused.value.problems} == {
        ("person.missing", "/name"),
        ("person.unknown_role", "/roles/0"),
        ("person.account_taken", "/accounts/0"),
        ("person.unprintable", "/accounts/1"),
        ("person.own_delegate", "/delegate_of/1"),
        ("person.unknown", "/delegate_of/0"),
    }


def test_an_account_is_never_two_persons_even_if_written_at_the_same_time(office):
    """The store holds each name as a claim, so the second writer is refused whatever they had read."""
    record(office, "one", accounts=("shared",))
    with pytest.raises(InvalidInput):
        record(office, "two", accounts=("shared",))
    with pytest.raises(InvalidInput):
        record(office, "shared")
    put = persons._write(persons.Person("two", "two", ("engineer",), accounts=("shared",)), 0)
    with pytest.raises(UniqueViolation):
        office.records.put_all([put], because="test:raced")


def test_only_an_administrator_writes_persons(office):
    """Whoever could, would give themselves roles."""
    with pytest.raises(NotAllowed):
        record(as_actor(office, "change_manager"), "me", "administrator")


def test_a_change_of_a_person_is_bound_to_what_was_seen(office):
    """Of two who edit at once the slower is told; what changes nothing writes nothing."""
    record(office, "dba")
    assert persons.edit(office, "dba", name="Database team lead", expected_version=1).version == 2
    with pytest.raises(VersionConflict):
        persons.edit(office, "dba", active=False, expected_version=1)
    assert persons.edit(office, "dba", name="Database team lead").version == 2


def test_whoever_is_recorded_acts_with_the_recorded_roles(office):
    """By the id or any account; the inactive with none; whoever is unknown keeps what the settings say."""
    record(office, "dba", "cab_member", accounts=("oracle",))
    viewer = frozenset({Role.VIEWER})
    board = frozenset({Role.CAB_MEMBER})
    assert persons.recorded(office.store, Actor("dba", viewer)) == Actor("dba", board, "dba")
    assert persons.recorded(office.store, Actor("oracle", viewer)) == Actor("oracle", board, "dba")
    assert persons.recorded(office.store, Actor("stranger", viewer)) == Actor("stranger", viewer)
    persons.edit(office, "dba", active=False)
    assert persons.recorded(office.store, Actor("oracle", board)).roles == frozenset()


def test_an_administrator_does_not_shut_themselves_out(office):
    """Neither by recording themselves as less, nor by an edit, nor from a file; another administrator may."""
    with pytest.raises(InvalidInput) as refused:
        record(office, "keeper", "engineer", accounts=("administrator",))
    assert [p.code for p in refused.value.problems] == ["person.own_rights"]
    record(office, "keeper", "administrator", accounts=("administrator",))
    with pytest.raises(InvalidInput):
        persons.edit(office, "keeper", active=False)
    with pytest.raises(InvalidInput):
        persons.take_in(office, {"keeper": ["viewer"]})
    persons.edit(as_actor(office, "administrator", "root"), "keeper", roles=["viewer"])


def test_a_people_file_is_taken_in_once(office):
    """New ones are recorded, known ones get its roles and keep their accounts; the second time changes nothing."""
    record(office, "dba", accounts=("oracle",))
    people = {"dba": ["cab_member"], "auditor": ["auditor"]}
    assert persons.take_in(office, people) == (("auditor",), ("dba",), ())
    assert persons.get(office, "dba").record.accounts == ("oracle",)
    assert persons.take_in(office, people) == ((), (), ("auditor", "dba"))


@pytest.mark.parametrize(
    ("account", "people", "part"),
    [
        ("engineer-night", [("engineer", {"accounts": ("engineer-night",)})], "requester"),
        ("deputy", [("engineer", {}), ("deputy", {"delegate_of": ("engineer",)})], "delegate of the requester"),
        (
            "deputy-phone",
            [("engineer", {}), ("deputy", {"delegate_of": ("engineer",), "accounts": ("deputy-phone",)})],
            "delegate of the requester",
        ),
        (
            "second-deputy",
            [
                ("engineer", {}),
                ("deputy", {"delegate_of": ("engineer",)}),
                ("second-deputy", {"delegate_of": ("deputy",)}),
            ],
            "delegate of the requester",
        ),
        (
            "deputy",
            [("boss", {"accounts": ("engineer",)}), ("deputy", {"delegate_of": ("boss",)})],
            "delegate of the requester",
        ),
    ],
)
@pytest.mark.parametrize("choice", ["approve", "reject", "defer"])
def test_nobody_decides_about_their_own_change_through_another_account_or_a_delegate(
    office, account, people, part, choice
):
    """The same person's other account, their delegate, the delegate's second account, and the delegate's delegate."""
    for person, more in people:
        record(office, person, "cab_member", **more)
    assess(as_actor(office, "engineer", "colleague"), "CHG-1")
    everything = "+".join(role.value for role in Role)
    with pytest.raises(OwnChange) as refused:
        getattr(decisions, choice)(as_actor(office, everything, account), "CHG-1", comment="Mine")
    assert refused.value.facts["part"] == part


def test_whom_somebody_stands_in_for_may_decide_about_the_change_of_their_delegate(office):
    """Standing in leads one way: the chair is not bound by what the deputy asks for; nor is a stranger."""
    record(office, "cab-chair", "cab_member")
    record(office, "engineer", "engineer", delegate_of=("cab-chair",))
    assess(as_actor(office, "engineer", "colleague"), "CHG-1")
    assert decisions.approve(as_actor(office, "cab_member", "cab-chair"), "CHG-1").record.by == "cab-chair"
    lifecycle.schedule(as_actor(office, "engineer"), "CHG-1")


def test_delegates_in_a_circle_end(office):
    """Two who stand in for each other are no trap."""
    record(office, "a")
    record(office, "b", delegate_of=("a",))
    persons.edit(office, "a", delegate_of=["b"])
    assert persons.hands(office.store, "a") == {"a": "self", "b": "delegate"}
    assert an_actor("a", "viewer").person is None
