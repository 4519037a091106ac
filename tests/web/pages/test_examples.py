"""The examples in the docstrings of the pages hold."""

from __future__ import annotations

import doctest

import pytest

from web.pages import forms, times


@pytest.mark.parametrize("module", [forms, times])
def test_the_examples_in_the_docstrings_hold(module):
    """Rows, capitals, days and minutes read as documented."""
    found = doctest.testmod(module)

    assert found.attempted > 0
    assert found.failed == 0
