"""The one-page summary is one page: fifty changes that are as much as a change can be, in both languages."""

from __future__ import annotations

import pytest

from tests.web.summary.extremes import Extreme
from tests.web.summary.test_pdf import holds
from web.languages import Language

SEEDS = range(50)


@pytest.mark.promises
def test_fifty_extreme_changes_fit_on_one_page_each(promise):
    """Hundreds of targets, dozens of services, long names: one A4, nothing below 8 pt, all of it named or counted."""
    asked = "one A4 each, nothing below 8 pt or beyond the margins, what does not fit is counted"
    kept = promise(f"{len(SEEDS)} extreme changes as PDF", asked)
    most = {"targets": 0, "services": 0}
    for seed in SEEDS:
        summary = Extreme(seed).summary()
        most["targets"] = max(most["targets"], len(summary.change.targets))
        most["services"] = max(most["services"], len(summary.assessment.services) if summary.assessment else 0)
        for language in Language:
            holds(seed, language)
    kept.seen(f"all, in {len(Language)} languages, up to {most['targets']} targets and {most['services']} services")
