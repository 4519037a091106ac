"""What discovery promises, each of 2,000 random histories: the full form of ``tests/discovery/test_properties.py``."""

from __future__ import annotations

import pytest

from tests.discovery import living, properties

PROPERTIES = {**properties.PROPERTIES, **living.PROPERTIES}
EXAMPLES = 2_000


@pytest.mark.promises
@pytest.mark.parametrize("what", sorted(PROPERTIES))
def test_a_property_of_discovery_holds(promise, what):
    """As it is called."""
    kept = promise(f"discovery: {what}", f"{EXAMPLES:,} random histories", "none")
    PROPERTIES[what].asked(EXAMPLES)
    kept.seen("held in all")
