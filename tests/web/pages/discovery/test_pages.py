"""The pages of discovery: sources, their runs, and the doubts that people decide."""

from __future__ import annotations

import doctest
import re

import pytest

from cmdb.configuration import register
from cmdb.model.ci import CIS
from discovery import sources
from tests.discovery.conftest import Paper
from tests.web.pages.walking import House
from web import wording_finding

EVIL = "<script>alert('x')</script>\"'><img src=x onerror=alert(1)>{{7*7}}"
A = {"name": "web1", "serial": "Acme|S1", "fqdn": "web1.example", "mac": "3c:ec:ef:12:34:56"}
B = {"name": "srv-17", "serial": "Acme|S2", "fqdn": "web1.example", "mac": "3c:ec:ef:12:34:56"}


@pytest.fixture
def home():
    """An empty store and its people."""
    return House()


@pytest.fixture
def paper(home, with_paper, tmp_path):
    """A function that makes sources on paper of the house."""
    return lambda name: Paper(tmp_path / name, name, home.context)


@pytest.fixture
def doubted(home, paper):
    """Two sources with a host each that may be one."""
    for name, host in (("dc1", A), ("dc2", B)):
        source = paper(name)
        source.write("row1", host)
        source.run()
        home.clock.forward(minutes=5)
    return home


def cis(home):
    return {ci.id: ci for ci in home.context.records.find(CIS)}


def test_a_source_is_run_tried_and_switched_off_from_its_page(home, paper):
    """Each button asks, and says what becomes of it; what a try would change can be read."""
    dc1 = paper("dc1")
    dc1.write("row1", A)
    engineer = home.person("engineer")
    assert "never run" in engineer.opens("/sources").words
    assert "discover:dc1@1 is asked for" in engineer.presses("Run dc1 now").words
    assert "Waits" in engineer.page.words
    engineer.presses("Try a run")
    dc1.run(dry_run=True)
    engineer.opens("/sources/dc1")
    page = engineer.follows("What discover:dc1@3 would change")
    assert "ci web1 [dc1:web1]new" in page.words
    engineer.opens("/sources/dc1")
    assert "dc1 is switched off" in engineer.presses("Switch it off").words
    assert not engineer.page.has_button("Run it now")
    engineer.presses("Switch it on")
    assert engineer.page.has_button("Run it now")


def test_what_the_form_does_not_ask_for_stays_as_it_is(home, paper):
    """Maintenance windows and the secret of calls from outside are kept when a source is edited on its page."""
    dc1 = paper("dc1")
    windows = ["sat,sun 00:00-24:00 UTC"]
    settings = {"folder": str(dc1.folder)}
    sources.put(home.context, "dc1", "paper", settings, maintenance=windows, maintenance_stops=True, hook="env:HOOK")
    engineer = home.person("engineer")
    engineer.opens("/sources/dc1/edit")
    engineer.presses("Save", schedule="15 * * * *")
    found = sources.get(home.context, "dc1").record
    assert found.schedule == "15 * * * *"
    assert (list(found.maintenance), found.maintenance_stops, found.hook) == (windows, True, "env:HOOK")


def test_a_source_shows_what_was_not_read_and_no_credential(home, paper):
    """Scopes that fell behind, what its runs say, and references in place of credentials."""
    dc1 = paper("dc1")
    sources.put(home.context, "dc1", "paper", {"folder": str(dc1.folder), "token": "env:TOKEN"})
    dc1.write("row1", A)
    dc1.run()
    dc1.write("row1", fail="Unreadable")
    dc1.run()
    page = home.person("viewer").opens("/sources/dc1")
    assert "Not read to the end" in page.words
    assert "env:TOKEN" in page.words
    assert "hunter2" not in page.source
    assert "row1 can not be understood" in page.words or "row1" in page.words
    assert not page.has_button("Run it now")
    listed = home.person("viewer").opens("/sources").words
    assert "1 scope not read to the end" in listed
    assert re.search(r"the last attempt failed .* UTC: no target was read", listed)
    assert re.search(r"the last attempt, discover:dc1@2, failed .* UTC: no target was read", page.words)


def test_a_reading_that_would_lose_a_lot_is_believed_on_the_page(home, paper):
    """The finding leads to the source, and its button asks for a run that may lose the scope."""
    dc1 = paper("dc1")
    dc1.write("row1", A, {"name": "web2"})
    dc1.run()
    dc1.write("row1")
    dc1.run()
    engineer = home.person("engineer")
    assert "In the last reading row1 of dc1 would lose 2 of 2" in engineer.opens("/findings").words
    engineer.follows("Find out whether it is true, then run the source again and believe it")
    engineer.presses("Believe row1")
    (asked,) = [run for run in home.context.records.find(_runs()) if run.state == "queued"]
    assert asked.parameters == {"may_lose": ["row1"]}


def test_both_sides_of_a_doubt_are_shown_and_merged(doubted):
    """What each source says stands side by side; the decision holds at once."""
    engineer = doubted.person("engineer")
    engineer.opens("/findings?code=identity.vetoed")
    page = engineer.follows("Perhaps one CI twice")
    assert "serial, which says more, differs" in page.words
    for words in ("dc1:web1", "dc2:srv-17", "Acme|S1", "Acme|S2", "3c:ec:ef:12:34:56", "Same", "Differs"):
        assert words in page.words
    page = engineer.presses("Merge", reason="the label on the box")
    assert "dc1:web1 and dc2:srv-17 are one CI now" in page.words
    assert "There is nothing to look at." in page.words
    assert cis(doubted)["dc2:srv-17"].merged_into == "dc1:web1"
    page = engineer.opens("/ci?id=dc2:srv-17")
    assert "Turned out to be dc1:web1" in page.words
    assert "Seen as dc1:web1, dc2:srv-17" in engineer.follows("dc1:web1").words


def test_both_sides_of_a_doubt_are_kept_apart(doubted):
    """The finding closes, and says so to whoever still has its page open."""
    engineer = doubted.person("engineer")
    engineer.opens("/findings")
    page = engineer.follows("Perhaps one CI twice")
    where = engineer.url
    assert "stay two CIs" in engineer.presses("Keep apart").words
    assert set(cis(doubted)) == {"dc1:web1", "dc2:srv-17"}
    engineer.page, engineer.url = page, where
    assert "leaves nothing to decide" in engineer.presses("Keep apart", status=409).words


def test_whoever_may_not_decide_sees_no_button(doubted):
    """And a form that is not of their own pages is refused."""
    viewer, engineer = doubted.person("viewer"), doubted.person("engineer")
    viewer.opens("/findings")
    page = viewer.follows("Perhaps one CI twice")
    assert not page.has_button("Merge")
    assert not viewer.opens("/sources").has_button("Run dc1 now")
    engineer.opens("/findings")
    engineer.follows("Perhaps one CI twice")
    form, _ = engineer.page.form("Merge")
    other = doubted.app("viewer").test_client()
    assert other.post(form.action, data=form.fields).status_code == 400


def test_every_kind_of_finding_leads_somewhere(home, paper):
    """The list links to the CIs, and to where the thing can be done."""
    dc1 = paper("dc1")
    dc1.write("row1", {**A, "listens": ["nginx:80"], "needs": ["10.9.9.9:5432"]})
    dc1.run()
    register.retire_ci(home.context, ["dc1:web1"])
    dc1.run()
    engineer = home.person("engineer")
    page = engineer.opens("/findings")
    assert "Retired, and still seen" in page.words
    engineer.follows("Retired, and still seen")
    engineer.follows("web1")
    assert engineer.opens("/findings/nope", status=404)
    assert engineer.opens("/sources/nope", status=404)


def test_what_sources_say_is_text_whatever_it_holds(home, paper):
    """Markup in names and values that were discovered is shown as it was seen."""
    for name, host in (("dc1", A), ("dc2", B)):
        source = paper(name)
        source.write("row1", {**host, "name": EVIL, "os": EVIL})
        source.run()
    person = home.person("administrator")
    person.opens("/findings")
    for url in ("/findings", "/sources", "/sources/dc1", person.page.links["Perhaps one CI twice"]):
        page = person.opens(url)
        assert "<img src=x" not in page.source, url
        assert "<script" not in page.markup, url


def test_a_missing_ci_is_shown_as_missing(home, paper):
    """It takes part in impact still, so it is not called retired."""
    dc1 = paper("dc1")
    dc1.write("row1", {**A, "listens": ["nginx:80"]}, {"name": "web2"})
    dc1.run()
    dc1.write("row1", A, {"name": "web2"})
    dc1.run()
    page = home.person("engineer").opens("/ci?id=dc1:web1/nginx")
    assert "Missing" in page.words
    assert "Impact" in page.links
    listed = home.person("engineer").opens("/estate?status=missing")
    assert "1 shown of 1" in listed.words
    assert "dc1:web1/nginx" in listed.links
    assert "2 shown of 2" in home.person("engineer").opens("/estate?status=active").words


def test_the_examples_of_the_words_hold():
    """What a finding says, and one of a kind that is not known here."""
    found = doctest.testmod(wording_finding)
    assert found.attempted > 0
    assert found.failed == 0


def _runs():
    from cmdb.model.run import RUNS

    return RUNS
