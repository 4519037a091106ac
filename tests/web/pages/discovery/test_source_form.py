"""Entering and changing a source on the pages, and following its runs."""

from __future__ import annotations

import pytest

from cmdb.model.source import SOURCES
from discovery import asking, registry, sources
from tests.discovery.conftest import Paper
from tests.web.pages.walking import House

TOKEN = "hunter2-hunter2"


@pytest.fixture
def home(with_paper):
    """An empty store and its people."""
    return House()


def source(home, name):
    return home.context.records.get(SOURCES, name)


def test_a_source_is_entered_from_the_first_page_and_changed(home, tmp_path):
    """The empty list leads to the connectors, these to the form; what was not touched stays."""
    engineer = home.person("engineer")
    engineer.opens("/sources")
    engineer.follows("Enter the first one")
    page = engineer.follows("paper")
    assert "The folder of the files" in page.words
    assert "env:NAME or file:PATH on the worker, never the credential itself" in page.words
    page = engineer.presses(
        "Save", id="dc1", s__folder=str(tmp_path), s__token="env:TOKEN", schedule="15 * * * *", at_once="3"
    )
    assert "dc1 is saved" in page.words
    assert "Try a run first" in page.words
    made = source(home, "dc1")
    assert (made.settings, made.at_once) == ({"folder": str(tmp_path), "token": "env:TOKEN"}, 3)
    engineer.follows("Change it")
    engineer.presses("Save", s__token="", schedule="", enabled="no")
    made = source(home, "dc1")
    assert (made.settings, made.schedule, made.enabled, made.at_once) == ({"folder": str(tmp_path)}, None, False, 3)


def test_every_fault_is_told_at_its_field_and_no_credential_is_repeated(home):
    """All at once, with what was typed elsewhere kept; the credential itself is neither kept nor shown."""
    engineer = home.person("engineer")
    engineer.opens("/new-source?connector=paper")
    page = engineer.presses("Save", status=422, id="a/b", s__token=TOKEN, schedule="0 0 30 2 *", at_once="many")
    for words in (
        "5 entries are",
        "folder: is missing: the folder of the files",
        "must be a reference, env:NAME or file:PATH",
        "It is no number",
        "can not be the name of a source",
    ):
        assert words in page.words, words
    assert TOKEN not in page.source
    assert page.form("Save")[0].fields["id"] == "a/b"
    assert not list(home.context.records.find(SOURCES))


def test_settings_that_are_lists_and_records_are_written_as_lines_and_yaml(home, tmp_path):
    """And shown again so that saving without a change changes nothing."""
    engineer = home.person("engineer")
    engineer.opens("/new-source?connector=files")
    table = "id: Host\nclass: server\nattributes:\n  OS: os"
    engineer.presses("Save", id="books", s__root=str(tmp_path), s__paths="a.csv\nb/*.csv", s__table=table)
    kept = source(home, "books").settings
    assert kept["paths"] == ["a.csv", "b/*.csv"]
    assert kept["table"] == {"id": "Host", "class": "server", "attributes": {"OS": "os"}}
    engineer.follows("Change it")
    engineer.presses("Save")
    assert source(home, "books").settings == kept
    engineer.follows("Change it")
    page = engineer.presses("Save", status=422, s__table="id: Host\nattributes: [", s__most_files="none")
    assert "it is no YAML that can be used" in page.words.replace("It is", "it is")
    assert "most_files" in page.words
    page = engineer.presses("Save", status=422, s__table="- a\n- b", s__most_files="")
    assert "table" in page.words


def test_the_form_of_every_connector_can_be_opened(home):
    """Each setting with its label and its description, in right HTML."""
    engineer = home.person("engineer")
    for name, connector in registry.connectors().items():
        page = engineer.opens(f"/new-source?connector={name}")
        for setting, each in connector.settings().fields.items():
            assert (each.data_key or setting) in page.words, (name, setting)
    engineer.opens("/new-source?connector=papers", status=404)


def test_a_form_that_was_overtaken_or_is_not_allowed_is_refused(home, tmp_path):
    """Nothing of the other's is lost; a viewer gets no form."""
    engineer = home.person("engineer")
    sources.put(home.context, "dc1", "paper", {"folder": str(tmp_path)})
    engineer.opens("/sources/dc1/edit")
    sources.put(home.context, "dc1", "paper", {"folder": "elsewhere"})
    page = engineer.presses("Save", status=412, s__folder="mine")
    assert "Back to dc1" in page.links or "Somebody else changed it" in page.words
    assert source(home, "dc1").settings == {"folder": "elsewhere"}
    home.person("viewer").opens("/sources/dc1/edit", status=403)
    assert "Change it" not in home.person("viewer").opens("/sources/dc1").links


def test_a_run_is_followed_and_cancelled_on_its_page(home, tmp_path):
    """While it waits the page asks again by itself, until that is stopped; cancelled it has ended."""
    dc1 = Paper(tmp_path / "dc1", "dc1", home.context)
    asking.ask(home.context, "dc1")
    engineer = home.person("engineer")
    assert "never run" not in engineer.opens("/sources").words
    engineer.opens("/runs?state=queued")
    page = engineer.follows("discover:dc1@1")
    assert "It waits for a worker" in page.words
    assert 'http-equiv="refresh"' in page.source
    assert 'http-equiv="refresh"' not in engineer.follows("stop that").source
    page = engineer.presses("Cancel it")
    assert "Cancelled" in page.words
    assert 'http-equiv="refresh"' not in page.source
    assert not page.has_button("Cancel it")
    dc1.write("row1", fail="Unreadable")
    dc1.write("row2", {"name": "web1"})
    dc1.run()
    page = engineer.opens("/runs/discover:dc1@2")
    assert "1 not read" in page.words
    assert "row1" in page.words
    assert "No run is like that" in engineer.opens("/runs?job=nope").words
    assert not home.person("viewer").opens("/runs/discover:dc1@2").has_button("Cancel it")
    engineer.opens("/runs/nope", status=404)


def test_what_a_dry_run_would_change_is_a_press_away_from_its_run(home, tmp_path):
    """The run leads to the differences."""
    dc1 = Paper(tmp_path / "dc1", "dc1", home.context)
    dc1.write("row1", {"name": "web1"})
    dc1.run(dry_run=True)
    engineer = home.person("engineer")
    assert "Only tried" in engineer.opens("/runs/discover:dc1@1").words
    assert "dc1:web1" in engineer.follows("What it would change").words
