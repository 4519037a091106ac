"""What becomes of documents: what stands, and what was found."""

from __future__ import annotations

import pytest

from cmdb.configuration.becoming import Difference, differences_of
from cmdb.configuration.discovered import Reconciled
from cmdb.model.ci import CIS
from cmdb.model.group import GROUPS
from cmdb.model.relation import RELATIONS


def found(**more):
    empty = {name: {} for name in ("cis", "relations", "groups", "merged", "beliefs")}
    return Reconciled(**{**empty, "findings": (), **more})


def standing(*cis, relations=()):
    return {
        CIS.name: {each["id"]: each for each in cis},
        RELATIONS.name: {RELATIONS.key(each): each for each in relations},
        GROUPS.name: {},
    }


def test_what_turned_out_to_be_another_follows_when_that_turns_out_to_be_a_third():
    """Who asks for an old id is led to the CI that is there, not to one that has gone as well."""
    old = {"id": "ssh:1", "class": "server", "status": "retired", "merged_into": "nmap:1", "sources": ["discovery/ssh"]}
    elder = {"id": "aws:1", "class": "server", "sources": ["discovery/aws"], "seen_as": [["aws", "1"], ["ssh", "1"]]}
    changed = differences_of(
        standing(old, elder), found(cis={"aws:1": elder}, merged={"ssh:1": "aws:1", "nmap:1": "aws:1"})
    )
    assert changed == [Difference("ci", "ssh:1", old, {**old, "merged_into": "aws:1"})]
    assert differences_of(standing(old, elder), found(cis={"aws:1": elder})) == []


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        (None, {"id": "a"}, "created"),
        ({"id": "a"}, None, "ended"),
        ({"id": "a"}, {"id": "a", "status": "missing"}, "missing"),
        ({"id": "a"}, {"id": "a", "status": "retired"}, "retired"),
        ({"id": "a"}, {"id": "a", "status": "retired", "merged_into": "b"}, "merged"),
        ({"id": "a", "status": "missing"}, {"id": "a"}, "updated"),
    ],
)
def test_a_difference_is_told_in_one_word(before, after, what):
    """As counts and lists have it."""
    assert Difference("ci", "a", before, after).what == what
