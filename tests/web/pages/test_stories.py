"""The sentence of each service on the pages, and the small graph behind one, drawn beside a table that says it too."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from impact.answers import what_goes_down
from impact.explanation import explained_services
from impact.graph import build
from tests.builders import a_change, a_server, a_service, depends, needs
from tests.impact.strategies import estates
from tests.oracles.estate import rows_of
from tests.web.pages.test_graph import assert_readable
from tests.web.pages.walking import House
from web.languages import Language
from web.pages.stories import story_drawing
from web.wording_explained import Words

SHOP = (
    a_service("shop", name="Shop", tier=1),
    a_service("report", name="Report", tier=3),
    *(a_server(name) for name in ("web1", "web2", "switch")),
    *needs("shop", 1, "web1", "web2"),
    *depends("web1", "switch"),
    *depends("web2", "switch"),
    *depends("report", "web1"),
)


def test_the_impact_page_says_why_and_shows_one_graph_on_request():
    """A sentence for each service; the address asks for the graph of one, with a table of its nodes."""
    person = House(*SHOP).person("viewer")
    page = person.opens("/impact?ci=switch")
    assert (
        "Shop goes down because both servers it needs one of (web1 and web2) hang on switch, which fails." in page.text
    )
    assert "Why Shop" not in page.text
    page = person.opens("/impact?ci=switch&explain=shop")
    assert "Why Shop" in page.text
    assert "5 nodes are enough for this outcome" in page.text
    assert "1 of 2 pool" in page.text
    assert "too few left" in page.text


@pytest.mark.parametrize("address", ["/impact?ci=switch&explain=shop&lang=zh", "/impact?ci=switch&explain=shop"])
def test_a_reader_of_chinese_gets_the_sentence_and_the_graph_in_chinese(address):
    """By the address or by what the browser asks for."""
    person = House(*SHOP).person("viewer")
    language = "zh-CN,zh;q=0.9" if "lang" not in address else "en"
    text = person.client.get(address, headers={"Accept-Language": language}).get_data(as_text=True)
    assert "Shop 将中断，因为它需要 2 个服务器（web1、web2）中的 1 个" in text
    assert 'lang="zh-Hans"' in text
    assert "剩余不足" in text


def test_the_change_page_says_what_the_change_does_to_its_targets():
    """The sentence speaks of the change, not of a failure."""
    house = House(*SHOP, a_change("switch"))
    house.person("change_manager").client.get("/changes/CHG-1")
    from impact.questions.assess import assess

    assess(house.context, "CHG-1")
    page = house.person("viewer").opens("/changes/CHG-1?explain=report")
    assert (
        "Report goes down because it hangs on web1, which hangs on switch, which this change takes down." in page.text
    )
    assert "Why Report" in page.text


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(estate=estates(), data=st.data())
def test_whatever_the_estate_the_story_is_readable(estate, data):
    """No node lies on another and none leaves the frame, in either language."""
    failed = tuple(sorted(data.draw(st.sets(st.sampled_from(list(estate.items)), min_size=1, max_size=3))))
    graph = build(revision=7, **rows_of(estate))
    for one in explained_services(graph, failed, what_goes_down(graph, failed).services):
        for language in Language:
            drawing = story_drawing(one, Words(), language)
            if drawing is not None:
                assert_readable(drawing)
                assert drawing.nodes == len(one.story.nodes)
