"""A change that rewires, from the form to what its page says is left behind."""

from __future__ import annotations

REWIRE = {
    "title": "Two balancers at once",
    "reason": "Checkout is to need both",
    "t0.ci": "checkout",
    "t0.effect": "rewire",
    "t0.offset": "10",
    "t0.edit": "needs checkout lb 2",
    "from": "2026-03-02T22:00",
    "to": "2026-03-02T23:30",
    "zone": "Europe/Berlin",
    "plan": "One is enough again",
}


def test_from_statements_on_the_form_to_what_is_left_behind(house):
    """One statement a line; the page tells the edit, the parts of the window and what stands otherwise for good."""
    engineer = house.person("engineer")
    engineer.opens("/changes/new")
    engineer.presses("Save and submit", **REWIRE)
    engineer.presses("Assess")
    words = engineer.page.words
    assert "the group lb of checkout needs 2" in words
    assert "Once rewired, for good" in words
    assert "Afterwards, for good, Checkout has a new single point of failure" in words
    assert "edited: Checkout" in words
    assert "What would help was not looked for" in words


def test_a_statement_that_is_wrong_is_told_at_its_row(house):
    """And what was typed stays in the form."""
    engineer = house.person("engineer")
    engineer.opens("/changes/new")
    page = engineer.presses("Save as draft", status=422, **{**REWIRE, "t0.edit": "needs checkout lb"})
    assert "can not be read; write needs CI GROUP NUMBER" in page.words
    page = engineer.presses("Save as draft", status=422, **{**REWIRE, "t0.edit": "link checkout depends_on nowhere"})
    assert "here is no CI nowhere, and no target adds it" in page.words
