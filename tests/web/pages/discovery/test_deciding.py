"""What people decide on the pages of discovery: findings closed, values held, CIs merged, split and brought back."""

from __future__ import annotations

import pytest

from cmdb.configuration import register
from cmdb.model.ci import CIS
from cmdb.model.finding import FINDINGS
from cmdb.model.relation import RELATIONS
from tests.discovery.conftest import Paper
from tests.web.pages.walking import House

A = {"name": "web1", "serial": "Acme|S1", "fqdn": "web1.example", "mac": "3c:ec:ef:12:34:56", "os": "debian"}
SAME = {"name": "srv-17", "serial": "Acme|S1", "os": "rocky"}
OTHER = {"name": "box", "serial": "Acme|S9"}


@pytest.fixture
def home():
    """An empty store and its people."""
    return House()


@pytest.fixture
def paper(home, with_paper, tmp_path):
    """A function that makes sources on paper of the house."""
    return lambda name: Paper(tmp_path / name, name, home.context)


@pytest.fixture
def two(home, paper):
    """Two sources that both see web1 and disagree on its system; a box that only the second sees."""
    for name, hosts in (("dc1", [A]), ("dc2", [SAME, OTHER])):
        source = paper(name)
        source.write("row1", *hosts)
        source.run()
        home.clock.forward(minutes=5)
    return home


def ci(home, key):
    return home.context.records.get(CIS, key)


def finding(home, code):
    (found,) = [each for each in home.context.records.find(FINDINGS) if each.code == code]
    return found


def test_the_page_of_a_ci_tells_whose_each_value_is_and_what_others_say(two):
    """The source, when it saw that last, the value that lost, and where it was seen since when."""
    page = two.person("viewer").opens("/ci?id=dc1:web1")
    assert "sources disagree on" in page.words
    assert "dc2 says rocky" in page.words
    assert "If web1 failed now" in page.words
    assert "Fresh" in page.words
    for words in ("Seen by discovery", "srv-17", "First seen", "Last seen"):
        assert words in page.words
    assert not page.has_button("Hold os")


def test_a_value_is_held_and_let_go_of(two):
    """Held it stays whatever is seen; let go, the sources say it again at once."""
    engineer = two.person("engineer")
    engineer.opens("/ci?id=dc1:web1")
    assert "Held by people" in engineer.presses("Hold os").words
    assert ci(two, "dc1:web1").locked == ("os",)
    register.set_ci(two.context, "dc1:web1", {"attributes": {"os": "alpine"}})
    engineer.opens("/ci?id=dc1:web1")
    engineer.presses("Let go of os")
    assert (ci(two, "dc1:web1").locked, ci(two, "dc1:web1").attributes["os"]) == ((), "debian")


def test_two_cis_are_merged_split_and_put_back_from_the_page(two):
    """Each decision stands on the page of the CI, and is taken back there."""
    engineer = two.person("engineer")
    engineer.opens("/ci?id=dc1:web1")
    page = engineer.presses("Another CI: dc2:srv-17")
    assert "is another CI now" in page.words
    assert ci(two, "dc1:web1").seen_as == (("dc1", "web1"),)
    engineer.presses("Take IDD-1001 back")
    assert ci(two, "dc1:web1").seen_as == (("dc1", "web1"), ("dc2", "srv-17"))
    engineer.presses("Another CI: dc2:srv-17")
    page = engineer.presses("Take IDD-1002 back")
    assert "taken back" in page.words


def test_a_finding_is_closed_with_a_reason_and_opened_again(home, paper):
    """It stays closed while it is so; without a reason the page says what is missing."""
    dc1 = paper("dc1")
    dc1.write("row1", {**A, "listens": ["nginx:80"], "needs": ["10.9.9.9:5432"]})
    dc1.run()
    engineer = home.person("engineer")
    key = finding(home, "relation.unknown_end").id
    page = engineer.opens(f"/findings/{key}")
    assert {"Enter what it depends on", "Register what is missing", "Add a source that sees it"} <= page.links.keys()
    assert "The reason is missing" in engineer.presses("Close the finding", status=422).words
    page = engineer.presses("Close the finding", because="known, and gone on Friday")
    assert "engineer closed it: known, and gone on Friday" in page.words
    dc1.run()
    assert finding(home, "relation.unknown_end").closed_by == "engineer"
    assert "There is nothing to look at" in engineer.opens("/findings").words
    assert "known, and gone on Friday" in engineer.opens("/findings?state=closed").words
    engineer.opens(f"/findings/{key}")
    assert "is open again" in engineer.presses("Open it again").words
    assert "Depends on something nobody knows" in engineer.opens("/findings?ci=dc1:web1/nginx").words
    assert "There is nothing to look at" in engineer.opens("/findings?ci=dc1:web1").words
    assert not home.person("viewer").opens(f"/findings/{key}").has_button("Close the finding")


def test_what_was_closed_comes_again_when_it_comes_back(two):
    """It was answered for what was so then."""
    engineer, dc1 = two.person("engineer"), _source(two, "dc1")
    register.retire_ci(two.context, ["dc1:web1"])
    dc1.run()
    engineer.opens(f"/findings/{finding(two, 'ci.retired_alive').id}")
    engineer.presses("Close the finding", because="it is switched off on Friday")
    dc1.run()
    assert finding(two, "ci.retired_alive").closed_by == "engineer"
    engineer.opens("/ci?id=dc1:web1")
    engineer.presses("Bring it back")
    assert finding(two, "ci.retired_alive").closed_by is None
    register.retire_ci(two.context, ["dc1:web1"])
    dc1.run()
    assert finding(two, "ci.retired_alive").closed_at is None


def test_a_retired_ci_that_is_alive_is_brought_back(two):
    """The finding leads to the CI, whose page has the button; the finding closes."""
    register.retire_ci(two.context, ["dc1:web1"])
    _source(two, "dc1").run()
    engineer = two.person("engineer")
    engineer.opens(f"/findings/{finding(two, 'ci.retired_alive').id}")
    engineer.follows("Bring dc1:web1 back")
    assert "is in use again" in engineer.presses("Bring it back").words
    assert ci(two, "dc1:web1").status == "active"
    assert finding(two, "ci.retired_alive").closed_at is not None


def test_a_relation_shows_its_evidence_and_is_rejected_and_confirmed(home, paper):
    """Who saw it, what it is worth today; a person's word counts more, and can be taken back."""
    dc1 = paper("dc1")
    database = {"name": "db1", "ip": "10.0.0.2", "listens": ["postgres:5432"]}
    dc1.write("row1", {**A, "listens": ["nginx:80"], "needs": ["10.0.0.2:5432/tcp"]}, database)
    dc1.run()
    engineer = home.person("engineer")
    engineer.opens("/ci?id=dc1:db1/postgres")
    (seen,) = [each for each in home.context.records.find(RELATIONS) if each.type == "depends_on"]
    page = engineer.opens(f"/relation?source={seen.source}&type=depends_on&target={seen.target}")
    assert "Connection, seen at the client" in page.words
    assert "dc1:web1/nginx" in page.links
    assert "Rejected" in engineer.presses("It does not", reason="a scanner").words
    assert not [each for each in home.context.records.find(RELATIONS) if each.type == "depends_on"]
    assert "a scanner" in engineer.opens("/decisions").words
    engineer.follows("Evidence of it")
    engineer.presses("Take the rejection back")
    assert "stands, whatever is seen" in engineer.presses("It does").words
    (stated,) = [each for each in home.context.records.find(RELATIONS) if each.type == "depends_on"]
    assert "form" in stated.sources


def test_decisions_are_listed_and_taken_back(two):
    """The list says who decided what, and who took it back."""
    engineer = two.person("engineer")
    assert "Nobody has decided" in engineer.opens("/decisions").words
    engineer.opens("/ci?id=dc1:web1")
    engineer.presses("Another CI: dc2:srv-17")
    page = engineer.opens("/decisions")
    assert "are two" in page.words
    assert "is taken back" in engineer.presses("Take IDD-1001 back").words
    assert "taken back by engineer" in engineer.page.words
    assert not two.person("auditor").opens("/decisions").has_button("Take IDD-1001 back")


def test_a_refused_form_leads_back_to_its_record(two):
    """Not to a change that never was."""
    engineer = two.person("engineer")
    engineer.opens("/ci?id=dc2:box")
    page = engineer.presses("Merge the two", status=409, other="dc1:web1")
    assert "Back to dc2:box" in page.links


def _source(home, name):
    found = Paper.__new__(Paper)
    found.name, found.context = name, home.context
    return found
