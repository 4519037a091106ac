"""What counts as a failure of a change."""

from __future__ import annotations

from cmdb.model.change_outcome import BAD, ChangeOutcome


def test_issues_are_no_failure():
    """P(fail) is that of being backed out or failed; a change that was done with issues stands."""
    assert [outcome.value for outcome in ChangeOutcome if outcome.is_bad] == ["backed_out", "failed"]
    assert {outcome for outcome in ChangeOutcome if outcome.is_bad} == BAD
