"""A run of a source: what is seen comes in, once, and nothing is lost by what fails."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cmdb.configuration import findings, provenance, register
from cmdb.errors import InvalidInput
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.finding import FINDINGS
from cmdb.model.relation import RELATIONS
from cmdb.model.run import RunState
from discovery import asking, registry, sources
from discovery.ports import Target
from tests.builders import as_actor
from tests.discovery.paper import CONNECTOR
from web.wording_run import said_words

WEB = {
    "name": "web1",
    "serial": "Acme|S1",
    "ip": "10.0.0.1",
    "os": "debian",
    "listens": ["nginx:80"],
    "needs": ["10.0.0.2:5432"],
}
DB = {"name": "db1", "serial": "Acme|S2", "ip": "10.0.0.2", "listens": ["postgres:5432"]}


def cis(source):
    return {ci.id: ci for ci in source.context.records.find(CIS)}


def swapped(monkeypatch, **more):
    """Let the connector do something else than it should."""
    monkeypatch.setattr(registry, "connectors", lambda: {CONNECTOR.name: replace(CONNECTOR, **more)})


def revisions_of(source, *kinds):
    return [
        entry.key for revision in source.context.store.changes(0) for entry in revision.entries if entry.kind in kinds
    ]


def test_what_is_seen_comes_in(paper):
    """Hosts, what runs on them, and who talks to whom, in one revision."""
    dc1 = paper()
    dc1.write("row1", WEB, DB)
    run = dc1.run()
    assert run.state is RunState.OK, run
    assert set(cis(dc1)) == {"dc1:web1", "dc1:web1/nginx", "dc1:db1", "dc1:db1/postgres"}
    assert cis(dc1)["dc1:web1"].attributes == {"os": "debian"}
    relations = {(r.source, r.type, r.target): r for r in dc1.context.records.find(RELATIONS)}
    assert relations["dc1:web1/nginx", "depends_on", "dc1:db1/postgres"].confidence == 0.8
    assert ("dc1:web1/nginx", "runs_on", "dc1:web1") in relations
    assert run.figures["created"] == 7


def test_the_same_run_twice_writes_nothing_but_that_it_ran(paper):
    """A second identical run touches no CI, relation, group, observation or finding."""
    dc1 = paper()
    dc1.write("row1", WEB, DB)
    dc1.run()
    kinds = ("ci", "relation", "group", "observation", "finding")
    before = revisions_of(dc1, *kinds)
    dc1.context.clock.forward(hours=6)
    assert dc1.run().figures["updated"] == 0
    assert revisions_of(dc1, *kinds) == before


def test_a_value_left_out_is_kept_until_a_person_takes_it_away(paper):
    """A reading that says nothing of an attribute takes nothing away; a person who does is right against every run."""
    dc1 = paper()
    dc1.write("row1", WEB)
    dc1.run()
    dc1.write("row1", {name: value for name, value in WEB.items() if name != "os"})
    for _ in range(2):
        assert dc1.run().state is RunState.OK
        assert cis(dc1)["dc1:web1"].attributes == {"os": "debian"}
    untold = [each for each in provenance.provenance(dc1.context, "dc1:web1").values if each.untold_since]
    assert [(each.place, each.source, each.fresh) for each in untold] == [("/attributes/os", "dc1", False)]
    register.set_ci(dc1.context, "dc1:web1", {"attributes": {"os": None}})
    dc1.run()
    assert cis(dc1)["dc1:web1"].attributes == {}


def test_a_failed_target_retires_nothing(paper):
    """What could not be read stays as it was, the rest comes in, and the run says which target failed and why."""
    dc1 = paper()
    dc1.write("row1", WEB)
    dc1.write("row2", DB)
    dc1.run()
    dc1.write("row2", fail="Unreachable")
    for _ in range(20):
        dc1.context.clock.forward(days=2)
        run = dc1.run()
    assert run.state is RunState.PARTIAL
    assert [(said.code, said.facts["target"]) for said in run.details] == [("target.unreachable", "row2")]
    assert {ci.status for ci in cis(dc1).values()} == {CIStatus.ACTIVE}


def test_a_listing_that_was_cut_retires_nothing(paper):
    """Absence needs a scope that was read to its end."""
    dc1 = paper()
    dc1.write("row1", WEB, DB)
    dc1.run()
    dc1.write("row1", WEB, cut=True)
    dc1.context.clock.forward(days=60)
    dc1.run()
    assert cis(dc1)["dc1:db1"].status is CIStatus.ACTIVE


def test_a_target_that_tells_of_anothers_scope_is_not_taken_in(paper, monkeypatch):
    """Else a connector that is wrong about one target would retire what another has, which may not even answer."""
    dc1 = paper()
    dc1.write("row1", {"name": "web1", "serial": "Acme|S1"})
    dc1.write("row2", {"name": "web2", "serial": "Acme|S2"})
    dc1.run()

    def shape(target, settings, parts):
        return CONNECTOR.shape(target, settings, parts)._replace(complete=frozenset({"row1", "row2"}))

    swapped(monkeypatch, shape=shape)
    dc1.write("row1", fail="Unreachable")
    ended = dc1.run()
    assert ended.state is RunState.FAILED
    assert {said.code for said in ended.details} == {"target.unreachable", "target.foreign_scope"}
    assert {ci.status for ci in cis(dc1).values()} == {CIStatus.ACTIVE}


def test_of_two_targets_with_one_name_none_is_asked(paper, monkeypatch):
    """Whichever was taken would certify the scope of the other; the rest of the source is read all the same."""
    dc1 = paper()
    dc1.write("row1", {"name": "web1", "serial": "Acme|S1"})
    dc1.write("row2", {"name": "web2", "serial": "Acme|S2"})

    def targets(settings, line):
        yield from CONNECTOR.targets(settings, line)
        yield Target("row1", {"address": "192.0.2.1"})
        yield Target("row2")

    swapped(monkeypatch, targets=targets)
    ended = dc1.run()
    assert ended.state is RunState.PARTIAL
    assert [(said.code, said.facts["target"]) for said in ended.details] == [("target.twice", "row1")]


def test_a_part_goes_missing_at_once_and_a_host_ages(paper):
    """A process its host no longer lists is missing; a host takes ten days and seven readings first."""
    dc1 = paper()
    dc1.write("row1", WEB, DB)
    dc1.run()
    dc1.write("row1", {**WEB, "listens": []})
    dc1.context.clock.forward(days=1)
    dc1.run()
    assert cis(dc1)["dc1:web1/nginx"].status is CIStatus.MISSING
    assert cis(dc1)["dc1:db1"].status is CIStatus.ACTIVE
    for _ in range(7):
        dc1.context.clock.forward(days=2)
        dc1.run()
    assert cis(dc1)["dc1:db1"].status is CIStatus.MISSING
    assert cis(dc1)["dc1:web1/nginx"].status is CIStatus.RETIRED
    for _ in range(7):
        dc1.context.clock.forward(days=4)
        dc1.run()
    assert cis(dc1)["dc1:db1"].status is CIStatus.RETIRED
    dc1.write("row1", WEB, DB)
    dc1.run()
    assert {ci.status for ci in cis(dc1).values()} == {CIStatus.ACTIVE}


def test_a_source_that_lists_nothing_is_held_for_a_person(paper):
    """However few there were: nothing is lost until somebody says that it may be."""
    dc1 = paper()
    dc1.write("row1", WEB, DB)
    dc1.run()
    dc1.write("row1")
    run = dc1.run()
    assert run.state is RunState.PARTIAL
    assert [said.code for said in run.details if said.code == "scope.held"]
    dc1.context.clock.forward(days=90)
    assert {ci.status for ci in cis(dc1).values()} == {CIStatus.ACTIVE}
    assert [each.code for each in findings.listing(dc1.context)[0]] == ["scope.held"]
    dc1.run(may_lose=["row1"])
    assert cis(dc1)["dc1:web1/nginx"].status is CIStatus.MISSING
    assert not findings.listing(dc1.context)[0]


def test_a_dry_run_writes_nothing_and_tells_what_would_be(paper):
    """Its differences are kept with the run."""
    dc1 = paper()
    dc1.write("row1", WEB)
    run = dc1.run(dry_run=True)
    assert not cis(dc1)
    assert run.figures["created"] == 3
    assert dc1.context.store.get_blob(run.figures["result"]) is not None


def test_a_persons_edit_wins_over_every_source(paper):
    """And stays when the source says something else again; what the source says is a finding of nobody's."""
    dc1 = paper()
    dc1.write("row1", WEB)
    dc1.run()
    register.set_ci(dc1.context, "dc1:web1", {"attributes": {"os": "debian 12, hardened"}})
    dc1.write("row1", {**WEB, "os": "ubuntu"})
    dc1.run()
    assert cis(dc1)["dc1:web1"].attributes["os"] == "debian 12, hardened"


def test_a_ci_people_entered_is_known_again(paper):
    """It keeps its id and what was stated of it, and gains what is seen."""
    dc1 = paper()
    register.add_ci(
        dc1.context,
        id="srv:web",
        ci_class="server",
        name="Shop web server",
        attributes={"vendor": "ACME", "serial_number": "s1", "owner": "team shop"},
    )
    dc1.write("row1", WEB)
    dc1.run()
    found = cis(dc1)
    assert set(found) == {"srv:web", "dc1:web1/nginx"}
    assert found["srv:web"].name == "Shop web server"
    assert found["srv:web"].attributes == {
        "vendor": "ACME",
        "serial_number": "s1",
        "owner": "team shop",
        "os": "debian",
    }
    assert found["srv:web"].sources == ("discovery/dc1", "form")


def test_two_sources_of_one_host_make_one_ci(paper):
    """And when one of them is gone for good, what the other says is what stands."""
    dc1, dc2 = paper("dc1"), paper("dc2")
    dc1.write("row1", WEB)
    dc2.write("all", {"name": "srv-0001", "serial": "ACME|s1", "os": "Debian GNU/Linux"})
    dc1.run()
    dc2.run()
    assert set(cis(dc1)) == {"dc1:web1", "dc1:web1/nginx"}
    assert cis(dc1)["dc1:web1"].seen_as == (("dc1", "web1"), ("dc2", "srv-0001"))


def test_a_retired_ci_that_is_alive_is_a_finding(paper):
    """A person retired it, and it is still seen: it stays retired, and somebody is told."""
    dc1 = paper()
    dc1.write("row1", DB)
    dc1.run()
    register.retire_ci(dc1.context, ["dc1:db1"])
    assert dc1.run().state is RunState.OK
    assert cis(dc1)["dc1:db1"].status is CIStatus.RETIRED
    assert "ci.retired_alive" in {each.code for each in findings.listing(dc1.context)[0]}


def test_a_refused_credential_is_tried_once_and_soon_not_at_all(paper):
    """A wrong password is never tried again by itself, and after three refusals no other target is asked."""
    dc1 = paper()
    for n in range(9):
        dc1.write(f"row{n}", fail="CredentialsRefused")
    run = dc1.run()
    codes = [said.code for said in run.details if said.code.startswith("target.")]
    assert run.state is RunState.FAILED
    assert codes == ["target.credentials_refused"] * 3 + ["target.credential_held"] * 6


def test_no_credential_is_ever_told(paper):
    """Even a connector that puts it into its error lets nothing out."""
    dc1 = paper()
    sources.put(dc1.context, "dc1", "paper", {"folder": str(dc1.folder), "token": "env:TOKEN"})
    dc1.write("row1", fail="Unreadable")
    run = dc1.run()
    assert [said.code for said in run.details] == ["target.unreadable"], run
    assert "(hidden)" in str(run.details)
    written = str([entry for revision in dc1.context.store.changes(0) for entry in revision.entries])
    assert "hunter2" not in written


def test_a_source_is_judged_as_a_whole(with_paper, paper):
    """All that is wrong with its name and settings is told at once, and a credential is never accepted or repeated."""
    dc1 = paper()
    with pytest.raises(InvalidInput) as refused:
        sources.put(dc1.context, "a/b", "paper", {"token": "hunter2", "colour": 1}, at_once=0)
    places = [problem.place for problem in refused.value.problems]
    assert places == ["/id", "/at_once", "/settings/folder", "/settings/token", "/settings/colour"]
    assert "hunter2" not in str([problem.message for problem in refused.value.problems])


def test_who_may_not_run_a_source_is_told(paper):
    """Viewers read what was found and change nothing."""
    dc1 = paper()
    from cmdb.errors import NotAllowed

    with pytest.raises(NotAllowed):
        sources.put(as_actor(dc1.context, "viewer"), "dc2", "paper", {"folder": "x"})
    assert findings.listing(as_actor(dc1.context, "viewer")) == ([], False)
    assert not list(dc1.context.records.find(FINDINGS))


def test_a_source_without_any_target_did_not_go_well(paper):
    """Settings that lead nowhere, such as a folder of another machine, are said; what is there stays."""
    dc1 = paper()
    dc1.write("row1", WEB)
    dc1.run()
    (dc1.folder / "row1.json").unlink()
    run = dc1.run()
    assert run.state is RunState.PARTIAL
    assert [each.code for each in run.details] == ["discover.nothing"]
    assert cis(dc1)["dc1:web1"].status is CIStatus.ACTIVE


def test_what_waits_for_a_person_waits_until_it_is_read_again(paper):
    """A run in which the target is away, or that is over another one, says nothing of what was held."""
    dc1 = paper()
    dc1.write("row1", WEB, DB)
    dc1.write("row2", {**DB, "name": "db2", "serial": "Acme|S3", "ip": "10.0.0.3"})
    dc1.run()
    dc1.write("row1")
    dc1.run()
    (held,) = findings.listing(dc1.context, code="scope.held")[0]
    dc1.write("row1", fail="Unreachable")
    dc1.run()
    dc1.run(targets=["row2"])
    assert findings.listing(dc1.context, code="scope.held")[0] == [held]
    dc1.write("row1", WEB, DB)
    dc1.run()
    assert not findings.listing(dc1.context, code="scope.held")[0]


def test_what_was_read_again_is_not_behind(paper):
    """A target that was away and answers since is told no longer; of one that is away, how often it was missed."""
    dc1 = paper()
    dc1.write("row1", WEB)
    dc1.write("row2", DB)
    told = []
    for away in (False, True, False, True):
        dc1.write("row2", DB, **({"fail": "Unreachable"} if away else {}))
        dc1.run()
        dc1.context.clock.forward(minutes=5)
        told.append([(each["scope"], each["readings"]) for each in asking.how_read(dc1.context, "dc1")["behind"]])
    assert told == [[], [("row2", 1)], [], [("row2", 2)]]
    dc1.write("row2", DB)
    dc1.run(targets=["row2"])
    assert not asking.how_read(dc1.context, "dc1")["behind"]


def test_a_run_names_the_cis_that_its_findings_are_about(paper):
    """As people call them, in a dry run too, where they are not in the store yet; the ids stand beside."""
    dc1 = paper()
    dc1.write("row1", WEB)
    for more in ({"dry_run": True}, {}):
        (said,) = [each for each in dc1.run(**more).details if each.code == "relation.unknown_end"]
        assert (said.facts["cis"], said.facts["called"]) == (["dc1:web1/nginx"], ["nginx"])
        assert said_words(said).startswith("nginx: it depends on 1 thing that no CI is known by")


def test_what_is_held_is_told_once_and_in_words(paper):
    """The finding it opens says the same."""
    dc1 = paper()
    dc1.write("row1", WEB, DB)
    dc1.run()
    dc1.write("row1")
    (said,) = dc1.run().details
    assert said_words(said) == "in the last reading row1 of dc1 would lose 4 of 4; nothing was lost yet"
