"""Finding CIs and reading their past."""

from __future__ import annotations

import pytest

from cmdb.configuration import history, register, search
from cmdb.errors import NotFound
from cmdb.model.relation import RELATIONS
from tests.builders import a_ci, a_server, a_service, depends, needs, the_context


@pytest.fixture
def context():
    return the_context(
        a_service("svc:shop", name="Shop"),
        a_server("srv:web1", attributes={"site": "west"}),
        a_server("srv:web2", attributes={"site": "east"}),
        a_ci("sw1", "switch"),
        *needs("svc:shop", 1, "srv:web1", "srv:web2"),
        *depends("srv:web1", "sw1"),
    )


def ids(listing) -> list[str]:
    return [held.record.id for held in listing.rows]


def test_words_are_found_in_id_name_and_attributes(context):
    """Every word somewhere, in any case."""
    assert ids(search.search_cis(context, "SHOP")) == ["svc:shop"]
    assert ids(search.search_cis(context, "srv west")) == ["srv:web1"]
    assert ids(search.search_cis(context, "srv nowhere")) == []


def test_a_listing_holds_the_class_and_all_below_it(context):
    """By class with its descendants, by attribute, in pages, without the retired ones."""
    assert ids(search.list_cis(context, ci_class="ci")) == ["srv:web1", "srv:web2", "svc:shop", "sw1"]
    assert ids(search.list_cis(context, ci_class="server", attributes={"site": "east"})) == ["srv:web2"]
    assert ids(search.list_cis(context, order="name", limit=2)) == ["svc:shop", "srv:web1"]
    with pytest.raises(NotFound):
        search.list_cis(context, ci_class="serve")


def test_pages_are_full_and_whole_though_retired_cis_lie_between(context):
    """Walking the pages meets every active CI once."""
    for number in range(20):
        register.add_ci(context, id=f"x{number:02}", ci_class="server")
    register.retire_ci(context, [f"x{number:02}" for number in range(20) if number % 3])

    seen, after = [], None
    while True:
        found = search.list_cis(context, after=after, limit=4)
        seen += ids(found)
        after = found.after
        if after is None:
            break
        assert len(found.rows) == 4

    assert seen == ["srv:web1", "srv:web2", "svc:shop", "sw1", *(f"x{n:02}" for n in range(0, 20, 3))]
    assert len(search.list_cis(context, status=None, limit=100).rows) == 24


def test_neighbours_come_with_the_ci_at_the_other_end(context):
    """What it depends on, what depends on it, both; and its groups."""
    down = search.neighbours_of(context, "svc:shop", "out").rows
    assert [(n.ci.id, n.relation.record.group) for n in down] == [("srv:web1", "pool"), ("srv:web2", "pool")]
    assert [n.ci.id for n in search.neighbours_of(context, "srv:web1", "in").rows] == ["svc:shop"]
    assert {n.ci.id for n in search.neighbours_of(context, "srv:web1", "both").rows} == {"svc:shop", "sw1"}
    assert [held.record.name for held in search.groups_of(context, "svc:shop")] == ["pool"]
    with pytest.raises(NotFound):
        search.neighbours_of(context, "gone", "out")


def test_everything_can_be_seen_as_it_was(context):
    """As of a revision: the CI, the listing, the neighbours."""
    register.set_ci(context, "sw1", {"name": "Core switch"})
    register.retire_ci(context, ["srv:web1"])

    assert search.get_ci(context, "sw1", at=1).record.name == "sw1"
    assert search.get_ci(context, "sw1").record.name == "Core switch"
    assert "srv:web1" in ids(search.list_cis(context, at=2))
    assert "srv:web1" not in ids(search.list_cis(context))
    assert len(search.neighbours_of(context, "svc:shop", "out", at=1).rows) == 2


def test_the_history_tells_who_did_what_to_which_field(context):
    """Newest first, with the tag of the act and the value before and after."""
    register.set_ci(context, "sw1", {"name": "Core switch"})
    register.retire_ci(context, ["sw1"])

    retired, renamed, made = history.history_of(context, "sw1")

    assert (retired.what, retired.because, retired.actor) == ("changed", "ci:retired", "engineer")
    assert retired.fields == (("status", None, "retired"),)
    assert ("name", "sw1", "Core switch") in renamed.fields
    assert (made.what, made.version, made.revision) == ("made", 1, 1)
    key = RELATIONS.key({"source": "srv:web1", "type": "depends_on", "target": "sw1"})
    assert [event.what for event in history.history_of(context, key, kind=RELATIONS)] == ["ended", "made"]
    with pytest.raises(NotFound):
        history.history_of(context, "gone")
