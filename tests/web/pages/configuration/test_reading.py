"""Finding and reading CIs, classes and impact on the pages, as they are and as they were."""

from __future__ import annotations

from cmdb.configuration.register import retire_ci, set_ci
from cmdb.model.relation import Relation
from tests.builders import a_ci, a_service, add, as_actor, depends, needs


def test_search_finds_by_words_class_and_status_together(house):
    """Words look into ids, names and attributes; a class counts with all below it; retired ones on demand."""
    engineer = house.person("engineer")
    retire_ci(as_actor(house.context, "engineer"), ["web1"])

    assert "4 shown" in engineer.opens("/estate?q=web").words
    assert "web1" not in engineer.opens("/estate?q=web&status=active").words.replace("web1,", "")
    assert "1 shown of 1" in engineer.opens("/estate?status=retired").words
    assert "1 shown" in engineer.opens("/estate?q=4&class=switch").words
    assert "No CI contains every one of these words" in engineer.opens("/estate?q=nothing+such").words
    assert "No CI class with id nope" in engineer.opens("/estate?class=nope", status=404).words


def test_a_list_of_many_is_paged_without_loss(house):
    """120 more CIs come in pages of fifty, each once, with the true number of all."""
    add(house.context, *(a_ci(f"node{number:03d}") for number in range(120)))
    engineer = house.person("engineer")
    seen: list[str] = []
    page = engineer.opens("/estate?class=server")
    while True:
        seen += [words for words in page.links if words.startswith("node")]
        if "Next page" not in page.links:
            break
        page = engineer.follows("Next page")

    assert len(seen) == len(set(seen)) == 120
    assert "of 127" in page.words


def test_the_ci_page_says_what_its_failure_would_do(house):
    """The sentence uses the fixed verbs, with each outcome counted beside it."""
    page = house.person("viewer").opens("/ci?id=sw-b4")

    assert "If sw-b4 failed now: Checkout stays up but loses its last spare. Reports goes down." in page.words
    assert "hard: without this, it goes down" in page.words


def test_a_ci_is_read_as_of_a_revision_and_a_day(house):
    """What was renamed has its former name there, and the page says that it is not of today."""
    engineer = house.person("engineer")
    house.clock.forward(days=2)
    set_ci(as_actor(house.context, "engineer"), "web1", {"name": "web one"})

    assert "web one" in engineer.opens("/ci?id=web1").title
    page = engineer.opens("/ci?id=web1&at=1")
    assert page.title.startswith("web1")
    assert "As of revision r1" in page.words
    assert engineer.opens("/ci?id=web1&at=2026-03-02").title.startswith("web1")
    page = engineer.opens("/ci?id=web1&at=yesterday")
    assert "is no point in time" in page.words
    assert page.title.startswith("web one")


def test_a_pool_of_240_shows_some_and_counts_the_rest(house):
    """Nothing is cut silently: 215 more stand behind a link, and the link shows all."""
    names = [f"mw{number:03d}" for number in range(240)]
    add(house.context, a_service("wiki"), *map(a_ci, names), *needs("wiki", "90%", *names))
    viewer = house.person("viewer")

    page = viewer.opens("/ci?id=wiki")
    assert "hard, 216 of 240 (90%) in pool" in page.words
    assert "mw239" not in page.words
    page = viewer.follows("215 more")
    assert "mw239" in page.words


def test_impact_is_a_question_in_the_address(house):
    """Two CIs of a pair take the service down; the reason is a chain; an unknown id is named at the field."""
    viewer = house.person("viewer")
    viewer.opens("/impact")
    page = viewer.presses("What goes down?", ci="lb1\nlb2")
    assert "Checkout goes down." in page.words
    assert "lb1→Checkout" in page.words.replace(" ", "") or "lb1→checkout" in page.words.replace(" ", "")
    assert viewer.url.startswith("/impact?ci=lb1")

    page = viewer.presses("What goes down?", ci="lb1\nnowhere\nneither")
    assert "neither, nowhere" in page.words
    page = viewer.presses("What goes down?", ci="")
    assert "Name at least one CI" in page.words


def test_what_is_not_sure_about_an_impact_is_said_in_the_readers_language(house):
    """The doubtful relation, the outcomes with and without it, and a table of how probable each is."""
    viewer = house.person("viewer")
    assert "What is not sure" not in viewer.opens("/impact?ci=lb1").words
    add(house.context, Relation("reports", "depends_on", "lb1", confidence=0.25, sources=("traces",)))

    page = viewer.opens("/impact?ci=lb1")

    assert "1 doubtful relation plays a part" in page.words
    assert "Reports would be UNAFFECTED instead of DOWN." in page.words
    assert "Reports25%0%0%0%75%" in page.words.replace(" ", "")
    assert "Reports 的结果将是“不受影响”，而不是“中断”。" in viewer.opens("/impact?ci=lb1&lang=zh").words


def test_many_ids_are_counted_and_shown_on_demand(house):
    """A switch with 100 hosts below it: sixty ids and how many more, then all."""
    hosts = [f"host{number:03d}" for number in range(100)]
    add(house.context, *map(a_ci, hosts), *(each for host in hosts for each in depends(host, "sw-b4")))
    viewer = house.person("viewer")

    page = viewer.opens("/impact?ci=sw-b4")
    assert "host099" not in page.words
    more = next(words for words in page.links if words.endswith(" more"))
    assert "host099" in viewer.follows(more).words


def test_classes_are_a_tree_and_each_tells_its_attributes(house):
    """The tree counts the CIs of each class; a class page says type, rules and origin of every attribute."""
    viewer = house.person("viewer")
    assert "Switch" in viewer.opens("/classes").words
    page = viewer.follows("Service")
    assert "Tier" in page.words
    assert "integer" in page.words
    assert "No CI class with id nope" in viewer.opens("/classes/nope", status=404).words


def test_ids_may_hold_anything(house):
    """Slashes, dots, question marks, spaces within, quotes and 500 characters: every page of such a CI works."""
    odd = ["a/b//c", "..", "x?y=1&z#w", "two words", '"quo\'te"', "l" * 500, "名/字"]
    add(house.context, *(a_ci(each, name=f"the {place}") for place, each in enumerate(odd)))
    engineer = house.person("engineer")
    for place, each in enumerate(odd):
        engineer.opens(f"/estate?q=the+{place}")
        page = engineer.follows(each)
        assert f"the {place}" in page.title
        engineer.follows("Edit")
        assert f"the {place} again" in engineer.presses("Save", name=f"the {place} again").title
        engineer.follows("Impact")


def test_the_home_page_tells_what_waits_for_whom(house):
    """A submitted change waits to be assessed, an assessed one for the board; empty parts offer one action."""
    from tests.web.pages.change.test_decide import raised

    assert "No change waits for you." in house.person("viewer").opens("/").words
    engineer, board = house.person("engineer"), house.person("cab_member")
    raised(engineer)

    page = board.opens("/")
    assert "Assessed: you may decide about it" in page.words
    assert "assessed a change: ASM-1001, CHG-1001" in page.words
    assert "No change waits for you." in engineer.opens("/").words
    board.opens("/changes/CHG-1001")
    board.presses("Approve")
    assert "Replace sw-b4" in engineer.opens("/").words.split("Coming up")[1].split("Changed lately")[0]


def test_an_empty_estate_is_welcoming(house):
    """Each list of an empty store says what belongs there and offers the one action."""
    person = type(house)().person("engineer")
    for url in ("/", "/estate", "/changes", "/impact", "/classes", "/register"):
        person.opens(url)
    assert "The estate is empty." in person.opens("/estate").words
    assert "Nothing is recorded yet." in person.opens("/").words
