"""The log: an auditor finds who changed what, of the whole record or of one CI with its connections."""

from __future__ import annotations

from tests.builders import a_ci, add


def test_the_log_tells_who_related_what_in_words(house):
    """Ending a relation leaves no trace on the CI's own record; the log of the CI has it, with links."""
    engineer = house.person("engineer")
    engineer.opens("/ci/relations?id=lb2")
    engineer.presses("End")
    auditor = house.person("auditor")
    auditor.opens("/ci?id=sw-b4")
    page = auditor.follows("with its connections")
    assert "ended a relation: lb2 depends_on sw-b4" in page.words
    assert "engineer" in page.words
    assert "lb2 depends_on sw-b4" in page.links
    page = auditor.opens("/log?ci=web1")
    assert "ended a relation" not in page.words


def test_the_whole_log_is_paged_from_the_home_page(house):
    """More revisions than one page holds: older ones are one link away, and back."""
    for number in range(60):
        add(house.context, a_ci(f"extra-{number}"))
    auditor = house.person("auditor")
    auditor.opens("/")
    page = auditor.follows("All revisions")
    assert "50 shown" in page.words
    assert "r61" in page.words
    page = auditor.follows("Older")
    assert "11 shown" in page.words
    assert "administrator test built: checkout" in page.words
    assert "Older" not in page.links
    assert "50 shown" in auditor.follows("Newest").words


def test_an_empty_store_and_an_unknown_ci_say_so(house):
    """No dead end: the form is still there."""
    page = house.person("auditor").opens("/log?ci=nowhere")
    assert "No revision of the 1 looked through wrote about nowhere." in page.words
    assert page.has_button("Show")
