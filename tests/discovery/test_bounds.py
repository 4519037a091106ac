"""Nothing that observations hold can wreck what reads them, whichever connector made them."""

from __future__ import annotations

import json

import pytest

from cmdb.model.ci import CIS
from cmdb.model.observation import End, EvidenceKind, Identifier, Observation, ObservedGroup, ObservedRelation
from cmdb.model.run import RunState
from discovery.bounds import LONGEST_ID, LONGEST_NAME, fitted
from discovery.ports.drafting import CUT, LONGEST_LIST, LONGEST_TEXT, Draft
from web.wording_run import said_words


def thing(native_id="s1", **more):
    return Observation("", "row1/devices", native_id, "server", **{"name": "web1", **more})


@pytest.mark.parametrize("bad", ["x" * 5_000, "s\0", "s\ud800", "s\n1", "s\u202e1", "", "  ", "\x1b[2J"], ids=repr)
def test_a_thing_whose_id_does_not_fit_is_left_out_and_its_scope_is_not_complete(bad):
    """Cut, it could be the id of another thing."""
    came = fitted("row1", [thing(bad), thing("s2"), thing("s3", owner=bad)])
    assert [each.native_id for each in came.observations] == ["s2"]
    assert came.lacking == {"row1/devices"}
    (note,) = came.notes
    assert said_words(note).startswith("row1: 2 things whose id is empty, longer than 900")
    json.dumps(dict(note.facts), ensure_ascii=False).encode()


def test_names_and_values_are_cut_and_cleaned_and_that_is_told():
    """Each thing counts once; lines and tabs within a value are fine."""
    wild = thing(
        name="w\x1b[31m" + "x" * 9_000,
        attributes={"os": "a\0b", "note": "one\n\ttwo", "long": "y" * 99_999, "list": ["\ud800"] * 20_000},
        labels={"k\0": "v\x07"},
        evidence={"path": {"deep": "\x9b"}},
        identifiers=(Identifier("serial", "z" * 5_000), Identifier("mac", "3c:ec:ef:00:10:01")),
        groups=(ObservedGroup("g\n", 1, EvidenceKind.INVENTORY, detail="\0"),),
        relations=(
            ObservedRelation("runs_on", EvidenceKind.INVENTORY, target=End("q" * 5_000)),
            ObservedRelation("runs_on", EvidenceKind.INVENTORY, target=End("s2"), group="g\n", detail="\0"),
        ),
    )
    came = fitted("row1", [wild, thing("s2")])
    got = came.observations[0]
    assert len(got.name) == LONGEST_NAME
    assert got.attributes["os"] == "a\ufffdb"
    assert got.attributes["note"] == "one\n\ttwo"
    assert got.attributes["long"] == "y" * LONGEST_TEXT + CUT
    assert got.attributes["list"] == ["\ufffd"] * LONGEST_LIST
    assert got.labels == {"k\ufffd": "v\ufffd"}
    assert [each.kind for each in got.identifiers] == ["mac"]
    assert [(each.target.native_id, each.group) for each in got.relations] == [("s2", "g\ufffd")]
    assert got.groups[0].name == "g\ufffd"
    assert not came.lacking
    assert [said_words(note)[:23] for note in came.notes] == ["row1: of 1 thing a name"]
    assert fitted("row1", came.observations) == (came.observations, frozenset(), ())


def test_what_fits_comes_in_as_it_is():
    """The same objects, also in other scripts, at the limits, and as a draft has cut it."""
    draft = Draft("devices", "x" * LONGEST_ID, "server", "网络　服务器")
    draft.put(note="n" * 9_000)
    made = [draft.made("row1"), thing(name="é\u00a0" + "n" * (LONGEST_NAME - 2))]
    came = fitted("row1", made)
    assert all(one is other for one, other in zip(came.observations, made, strict=True))
    assert not came.notes


def test_a_run_tells_it_and_takes_the_rest(paper):
    """What a connector passes on of a hostile counterpart becomes no CI that wrecks a table."""
    dc1 = paper()
    dc1.write("row1", {"name": "\x1b[2J\0"}, {"name": "web1", "os": "de\x07bian"})
    run = dc1.run()
    assert run.state is RunState.OK
    assert [said.code for said in run.details] == ["discover.ids_left_out", "discover.values_bent"]
    assert {ci.id: ci.attributes for ci in dc1.context.records.find(CIS)} == {"dc1:web1": {"os": "de\ufffdbian"}}
