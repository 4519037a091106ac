"""What CIs are called: parts by what they run on, as of any revision, and which CIs have a name that was given."""

from __future__ import annotations

import doctest

import pytest

from cmdb.configuration.classes import define_class
from cmdb.configuration.naming import MOST_NAMESAKES, called, called_then, given_for_ids, namesakes
from cmdb.configuration.register import retire_ci, set_ci
from cmdb.context import Context
from cmdb.errors import InvalidInput, NotAllowed, NotFound, Problem
from cmdb.model import called as model
from cmdb.model.called import Called
from cmdb.model.ci import CI
from cmdb.model.ci_class import CIClass
from cmdb.model.relation import Relation
from cmdb.roles import Actor
from tests.builders import a_ci, a_server, a_service, add, as_actor, the_context

HOST = "dc1:9f3c"
PROCESS = f"{HOST}/process:sshd"
PORT = f"{HOST}/interface:eth0"


def an_estate(*more):
    return the_context(
        a_server(HOST, name="db1"),
        a_ci(PROCESS, "application_component", name="sshd@db1"),
        Relation(PROCESS, "runs_on", HOST),
        a_ci(PORT, "interface", name="db1 eth0"),
        Relation(PORT, "part_of", HOST),
        a_service("shop", name="Shop"),
        *more,
    )


def test_a_part_is_known_by_what_it_runs_on_and_that_is_told_as_well():
    """Who names a process gets its host in the same answer; a server stands for itself."""
    found = called(an_estate(), [PROCESS, PORT, "shop", "nobody"])
    assert found == {
        HOST: Called(HOST, "server", "db1"),
        PROCESS: Called(PROCESS, "application_component", "sshd@db1", "runs_on", HOST),
        PORT: Called(PORT, "interface", "db1 eth0", "part_of", HOST),
        "shop": Called("shop", "service", "Shop"),
    }


def test_what_runs_on_several_or_is_a_machine_itself_is_a_part_of_none():
    """A pool is no part of one of its hosts, and a virtual machine has a name of its own."""
    context = an_estate(
        a_server("h2"),
        a_ci("pool", "data_service", name="pg"),
        Relation("pool", "runs_on", HOST),
        Relation("pool", "runs_on", "h2"),
        a_ci("vm", "virtual_machine", name="web1"),
        Relation("vm", "runs_on", HOST),
    )
    found = called(context, ["pool", "vm"])
    assert [found[ci].whole for ci in ("pool", "vm")] == [None, None]
    assert set(found) == {"pool", "vm"}


def test_a_database_that_people_entered_has_a_name_of_its_own():
    """What a source found needs its host; a process does whoever entered it."""
    context = an_estate(
        a_ci("d", "database_instance", name="Orders database"),
        Relation("d", "runs_on", HOST),
        a_ci("s", "database_instance", name="postgresql", seen_as=(("dc1", "s"),)),
        Relation("s", "runs_on", HOST),
    )
    found = called(context, ["d", "s", PROCESS, HOST])
    assert {ci: one.own for ci, one in found.items()} == {"d": True, "s": False, PROCESS: False, HOST: False}


def test_a_class_of_ones_own_below_that_of_a_part_is_one_of_parts():
    """The organisation's word for a process counts as what it descends from."""
    context = an_estate()
    define_class(as_actor(context, "administrator"), CIClass("daemon", label="Daemon", parent="application_component"))
    add(context, a_ci("d", "daemon", name="cron"), Relation("d", "runs_on", HOST))
    assert called(context, ["d"])["d"].whole == HOST


def test_names_are_those_of_the_revision_that_is_asked_for():
    """An answer about yesterday says what things were called yesterday."""
    context = an_estate()
    then = context.store.revision()
    set_ci(context, HOST, {"name": "database-1"})
    assert called(context, [PROCESS], at=then)[HOST].name == "db1"
    assert called(context, [PROCESS])[HOST].name == "database-1"


def test_of_a_revision_that_is_gone_nothing_is_told():
    """Where history was let go of there are ids alone, and no failure."""
    context = an_estate()
    then = context.store.revision()
    set_ci(context, HOST, {"name": "database-1"})
    context.store.compact(context.store.revision(), txn_id="let go", actor="keeper")
    assert called_then(context, [HOST], at=then) == {}
    assert called_then(context, [HOST])[HOST].name == "database-1"


def test_a_name_that_was_given_for_an_id_leads_to_the_cis_of_that_name():
    """Each with its class, or what it is a part of: that tells them apart."""
    context = an_estate(a_ci("k8s:web", "kubernetes_workload", name="db1"), a_server("db1x", name="db1"))
    retire_ci(context, ["db1x"])
    found = namesakes(context, ["db1", "sshd@db1", "nobody"])
    assert {text: [(one.id, one.of) for one in each.cis] for text, each in found.items()} == {
        "db1": [(HOST, None), ("k8s:web", None)],
        "sshd@db1": [(PROCESS, "db1")],
    }


@pytest.mark.parametrize(
    ("said", "meant"),
    [("sshd on db1", PROCESS), ("eth0 of db1", PORT), ("db1 上的 sshd", PROCESS), ("db1 的 eth0", PORT)],
)
def test_who_types_what_an_answer_called_it_is_understood(said, meant):
    """What was read as "sshd on db1" may be typed so; the id is told."""
    assert [one.id for one in namesakes(an_estate(), [said])[said].cis] == [meant]


def test_a_part_of_another_host_is_not_meant():
    """The name fits, the host does not."""
    things = a_server("h2", name="db2"), a_ci("p2", "endpoint", name="80/tcp"), Relation("p2", "runs_on", HOST)
    context = an_estate(*things)
    assert namesakes(context, ["port 80 of db2"]) == {}
    assert [one.id for one in namesakes(context, ["port 80 of db1"])["port 80 of db1"].cis] == ["p2"]


def test_of_many_of_a_name_the_first_are_told_and_all_are_counted():
    """A name that hundreds have says how many."""
    context = the_context(*(CI(f"c{n:03}", "server", "twin") for n in range(40)))
    found = namesakes(context, ["twin"])["twin"]
    assert (found.count, [one.id for one in found.cis]) == (40, [f"c{n:03}" for n in range(MOST_NAMESAKES)])


def test_what_was_given_for_ids_is_read_from_an_error():
    """What is not there, and the faults of a document that name a CI; nothing else."""
    wrong = [
        Problem("change.unknown_ci", "{ci}", {"ci": "a"}, "/targets/0/ci"),
        Problem("change.other", "{ci}", {"ci": "b"}, "/targets/0"),
    ]
    assert given_for_ids(InvalidInput(wrong, what="it")) == ["a"]
    assert given_for_ids(NotFound(kind="ci", ids=["x", "y"])) == ["x", "y"]
    assert given_for_ids(NotFound(kind="change", ids=["x"])) == []


def test_who_may_not_read_cis_is_told_no_name():
    """Rights are asked in the desk."""
    context = an_estate()
    nobody = Context(context.store, context.coordination, context.clock, Actor("nobody", frozenset()))
    for ask in (called, namesakes):
        with pytest.raises(NotAllowed):
            ask(nobody, [HOST])


def test_the_examples_in_the_docstrings_hold():
    """They are the documentation."""
    assert doctest.testmod(model).failed == 0
