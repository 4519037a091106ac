"""All that a board speaks about is there through page, API and command alike."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from cmdb.context import Context
from tests.builders import an_actor, file_of
from tests.cmdb.change.boards.boarding import FULL_AGENDA, a_full_agenda, the_board_case
from tests.web.pages.html import Page
from tests.web.serving import client_of
from web.cli.root import root
from web.wording_board import ITEM_WORDS

TITLES = ("Ask the supplier", "Replace the switch", "drawn-up", "failing", "Holidays")


@pytest.fixture(scope="module")
def planned():
    """A board's store with a planned meeting, and the meeting's id; nothing here writes to it."""
    context = the_board_case()
    return context, a_full_agenda(context)


@pytest.fixture
def client(planned):
    """A member's client of a server on that store."""
    context, _ = planned
    actor = an_actor("chair", "cab_member")
    return client_of(lambda txn: Context(context.store, context.coordination, context.clock, actor, txn_id=txn))


def test_over_the_api(planned, client):
    """Each item with its kind, its timer and why it is there."""
    rows = client.get(f"/api/v1/meetings/{planned[1]}/agenda").json["rows"]
    assert [(row["kind"], row["minutes"], row["because"]) for row in rows] == FULL_AGENDA


def test_at_the_command_line(planned, tmp_path):
    """The same as JSON, and every kind of item in words."""
    context, meeting = planned
    (tmp_path / "people.toml").write_text('[[person]]\nid = "manager"\nroles = ["change_manager"]\n')
    settings = {
        "FORESHOCK_STORE": f"sqlite:///{file_of(context)}",
        "FORESHOCK_PEOPLE": str(tmp_path / "people.toml"),
        "FORESHOCK_ACTOR": "manager",
    }

    def asked(*more):
        result = CliRunner().invoke(root, ["meeting", "agenda", meeting, *more], env=settings)
        assert result.exit_code == 0, result.output
        return result.stdout

    rows = json.loads(asked("-o", "json"))["rows"]
    assert [(row["kind"], row["minutes"], row["because"]) for row in rows] == FULL_AGENDA
    shown = asked()
    assert [words for words in (*ITEM_WORDS.values(), *TITLES) if words not in shown] == []


def test_on_the_page(planned, client):
    """In the order it is taken, every kind of item in words."""
    page = Page(client.get(f"/meetings/{planned[1]}").text)
    assert page.faults == []
    assert [words for words in (*ITEM_WORDS.values(), *TITLES) if words not in page.words] == []
    places = [page.words.index(ITEM_WORDS[kind]) for kind in ITEM_WORDS]
    assert places == sorted(places)
