"""A native id that means two things is told, and taken of neither."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cmdb.configuration import findings
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.observation import Identifier, Observation
from cmdb.model.run import RunState
from discovery import registry
from discovery.keeping import Read
from discovery.together import Clash, lines, told_apart
from tests.discovery.paper import CONNECTOR
from web.wording_finding import finding_words
from web.wording_run import said_words

NOW = datetime(2026, 3, 1, tzinfo=UTC)
WEB = {"name": "s1", "serial": "Acme|1", "listens": ["nginx:80"]}
OTHER = {"name": "s1", "serial": "Acme|2", "listens": ["postgres:5432"]}
DB = {"name": "s2", "serial": "Acme|3"}


def cis(source):
    return {ci.id: ci.status for ci in source.context.records.find(CIS)}


def open_findings(source):
    return [each for each in findings.listing(source.context)[0] if each.code == "source.native_id_twice"]


def test_two_targets_that_both_list_s1_give_no_ci_of_it(paper):
    """One line says which id and which targets, the run is partial, and a finding says what to do."""
    dc1 = paper()
    dc1.write("row1", WEB, DB)
    dc1.write("row2", OTHER)
    run = dc1.run()
    assert run.state is RunState.PARTIAL
    assert cis(dc1) == {"dc1:s2": CIStatus.ACTIVE}
    assert [said_words(said) for said in run.details] == [
        "the native id s1 stands for several things, at row1 and row2; "
        "none of them was taken, and nothing counts as gone there"
    ]
    (found,) = open_findings(dc1)
    assert "1 native id for several things: s1; at row1, row2" in finding_words(found.code, found.facts)


def test_what_was_known_before_stays_and_nothing_is_gone(paper):
    """A second target that uses the same ids takes nothing away, and adds nothing to the first."""
    dc1 = paper()
    dc1.write("row1", WEB, DB)
    dc1.run()
    before = list(dc1.context.records.find(CIS))
    dc1.write("row1", WEB)
    dc1.write("row2", OTHER)
    for _ in range(20):
        dc1.context.clock.forward(days=2)
        dc1.run()
    assert list(dc1.context.records.find(CIS)) == before
    assert len(open_findings(dc1)) == 1


def test_a_target_that_can_not_be_read_now_still_has_its_ids(paper):
    """What it listed when it last was read is not another's because it is silent today."""
    dc1 = paper()
    dc1.write("row1", WEB)
    dc1.run()
    before = list(dc1.context.records.find(CIS))
    dc1.write("row1", fail="Unreadable")
    dc1.write("row2", OTHER)
    run = dc1.run()
    assert [said.code for said in run.details] == ["target.unreadable", "discover.native_id_twice"]
    assert list(dc1.context.records.find(CIS)) == before
    dc1.write("row1")
    dc1.run(may_lose=["row1"])
    run = dc1.run()
    assert run.state is RunState.OK, "what row1 lists no more is row2's"


def test_when_it_is_put_right_the_finding_closes(paper):
    """Though all else is as it was before."""
    dc1 = paper()
    dc1.write("row1", WEB)
    dc1.run()
    dc1.write("row2", OTHER)
    dc1.run()
    assert open_findings(dc1)
    (dc1.folder / "row2.json").unlink()
    assert dc1.run().state is RunState.OK
    assert not open_findings(dc1)


def test_a_dry_run_tells_it_and_applying_it_too(paper):
    """What a dry run showed is what comes in: none of the two."""
    dc1 = paper()
    dc1.write("row1", WEB, DB)
    dc1.write("row2", OTHER)
    dry = dc1.run(dry_run=True)
    assert [said.code for said in dry.details] == ["discover.native_id_twice"]
    assert not open_findings(dc1)
    applied = dc1.run(apply=dry.id)
    assert applied.state is RunState.PARTIAL, applied
    assert cis(dc1) == {"dc1:s2": CIStatus.ACTIVE}
    assert open_findings(dc1)


def test_ids_of_the_source_may_be_listed_by_several_targets(paper, monkeypatch):
    """A host behind two addresses is one thing, where the connector says that its ids mean that."""
    mine = {**registry.connectors(), "paper": replace(CONNECTOR, ids_of_source=True)}
    monkeypatch.setattr(registry, "connectors", lambda: mine)
    dc1 = paper()
    dc1.write("row1", WEB)
    dc1.write("row2", WEB)
    assert dc1.run().state is RunState.OK
    assert set(cis(dc1)) == {"dc1:s1", "dc1:s1/nginx"}


def thing(scope, serial, name="s1", **more):
    return Observation("dc1", scope, name, "server", name, identifiers=(Identifier("serial", serial),), **more)


def read(target, *observations):
    return Read(target, NOW, observations, frozenset({each.scope for each in observations}))


@pytest.mark.parametrize("ids_of_source", [False, True])
def test_serial_numbers_that_differ_are_two_things_wherever_they_are_listed(ids_of_source):
    """Also in two scopes of one target; the scopes are not complete, and another is."""
    one = read("row1", thing("row1/a", "Acme|1"), thing("row1/b", "Acme|2"), thing("row1/c", "Acme|3", "s2"))
    (after,), clashes = told_apart([one], ids_of_source=ids_of_source)
    assert clashes == (Clash("s1", ("row1",)),)
    assert [each.native_id for each in after.observations] == ["s2"]
    assert after.complete == {"row1/c"}


def test_a_scope_that_lists_one_id_twice_with_other_contents_is_told():
    """Listed twice the same is no harm."""
    same = read("row1", thing("row1/a", "Acme|1"), thing("row1/a", "Acme|1"))
    assert told_apart([same], ids_of_source=True) == ([same], ())
    other = read("row1", thing("row1/a", "Acme|1"), thing("row1/a", "Acme|1", attributes={"os": "debian"}))
    assert told_apart([other], ids_of_source=True)[1] == (Clash("s1", ("row1",)),)


def test_one_thing_in_two_scopes_of_a_target_is_one_thing():
    """Each says something of it."""
    one = read("row1", thing("row1/a", "Acme|1"), thing("row1/b", "acme|1", attributes={"os": "debian"}))
    assert told_apart([one], ids_of_source=False) == ([one], ())


def test_parts_go_with_their_owner_and_thousands_of_clashes_are_a_few_lines():
    """However deep they lie; and the lines say how many more there are."""
    deep = [Observation("dc1", "a/p", f"p{n}", "process", owner=f"p{n - 1}" if n else "s1") for n in range(50)]
    (first, _), _ = told_apart([read("a", thing("a/s", "x"), *deep), read("b", thing("b/s", "y"))], ids_of_source=False)
    assert first.observations == ()
    assert first.complete == frozenset()
    many = [read(t, *(thing(f"{t}/s", "x", f"s{n}") for n in range(3_000))) for t in ("a", "b")]
    said = [said_words(each) for each in lines(told_apart(many, ids_of_source=False)[1])]
    assert len(said) == 21
    assert said[-1].startswith("2980 more native ids stand for several things")
