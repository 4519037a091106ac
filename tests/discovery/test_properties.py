"""What discovery promises, over random estates and histories; ``make promises`` asks each of 2,000 examples."""

from __future__ import annotations

import pytest

from tests.discovery import living, properties


@pytest.mark.parametrize("what", sorted(properties.PROPERTIES))
def test_a_property_of_what_was_observed_holds(what):
    """As it is called."""
    properties.PROPERTIES[what].asked(25)


@pytest.mark.parametrize("what", sorted(living.PROPERTIES))
def test_a_property_of_a_store_that_lives_holds(what):
    """As it is called."""
    living.PROPERTIES[what].asked(10)
