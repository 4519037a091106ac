"""The one page from the change's page: in both languages, as PDF, and the past changes it is most like."""

from __future__ import annotations

import pytest

from cmdb.model.change import ChangeState
from tests.builders import a_change, a_window, add
from tests.web.summary.reading import pdf_or_skip, read


@pytest.fixture
def reader(house):
    """A viewer of a change of one load balancer, and of an older one of the other."""
    past = a_window("2026-01-05T22:00Z")
    add(house.context, a_change("lb1", id="CHG-1", title="Replace lb1"))
    add(house.context, a_change("lb2", id="CHG-0", title="Replace lb2", window=past, state=ChangeState.CLOSED))
    return house.person("viewer")


def test_from_the_change_to_its_one_page(reader):
    """A link on the change; the page has links back and to the other language."""
    reader.opens("/changes/CHG-1")
    page = reader.follows("One page")
    assert "9 Most similar past changes" in page.words
    assert {"CHG-1", "PDF", "English", "中文"} <= set(page.links)
    assert "9 最相似的过去变更" in reader.follows("中文").words


def test_similar_changes_stand_on_the_page(reader):
    """With how alike each is, how it went, and a link to it."""
    page = reader.opens("/changes/CHG-1")
    assert "Most similar before" in page.words
    assert "1 of 1 past changes compared" in page.words
    assert "Replace lb2" in page.links
    assert "closed" in page.words


def test_as_pdf(house, reader):
    """One A4."""
    pdf_or_skip()
    client = house.app("viewer").test_client()
    answer = client.get("/changes/CHG-1/summary.pdf", base_url="http://localhost")
    assert (answer.mimetype, read(answer.data).pages) == ("application/pdf", 1)


def test_a_change_that_is_not_there(reader):
    """As every page."""
    reader.opens("/changes/CHG-9/summary", status=404)
