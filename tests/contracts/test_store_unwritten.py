"""What a writer may rely on who judged by many documents, in every store."""

from __future__ import annotations

import pytest

from cmdb.model.ci import CIS
from cmdb.model.relation import RELATIONS
from cmdb.ports.errors import WrittenMeanwhile
from cmdb.ports.store import Delete, Unwritten
from tests.contracts.things import ci, relation, write


def test_a_batch_counts_only_while_no_document_of_a_kind_was_written_since(store):
    """Whoever judged by "there is no other" is told when another has come, changed or gone."""
    write(store, ci("a"), ci("b"), relation("a", "b"))
    seen = Unwritten(("group", "relation"), store.revision())
    assert write(store, ci("c"), unwritten=seen).changed == 1

    for op in (relation("a", "c"), Delete(RELATIONS, RELATIONS.key(relation("a", "c").document))):
        seen = Unwritten(("group", "relation"), store.revision())
        write(store, op)
        with pytest.raises(WrittenMeanwhile) as refused:
            write(store, ci("d"), unwritten=seen)
        assert refused.value.facts == {"kind": "relation", "since": seen.since, "revision": seen.since + 1}
    assert store.get(CIS, "d") is None


def test_a_batch_that_was_applied_is_repeated_whatever_was_written_since(store):
    """The condition was about the first time."""
    first = write(store, ci("a"), txn_id="once", unwritten=Unwritten(("ci",), 0))
    again = write(store, ci("a"), txn_id="once", unwritten=Unwritten(("ci",), 0))
    assert (again.revision, again.repeated) == (first.revision, True)
