"""The words of incidents: why a change is not what one came of; the same in the terminal and on the pages."""

from __future__ import annotations

from cmdb.model.incident import DeclinedCause, NotCaused

NOT_CAUSED_WORDS = {
    NotCaused.COINCIDENCE: "only at the same time",
    NotCaused.BEGAN_BEFORE: "it began before the change did",
    NotCaused.OTHER_CHANGE: "another change caused it",
    NotCaused.OTHER_CAUSE: "something else caused it",
    NotCaused.FALSE_ALARM: "a false alarm",
    NotCaused.OTHER: "another reason",
}


def declined_words(declined: DeclinedCause) -> str:
    """
    Return why a change is not the cause, and who said so.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 3, 3, 2, 10, tzinfo=UTC)
    >>> declined_words(DeclinedCause("CHG-1", NotCaused.OTHER_CAUSE, "ops", at, "The fan of db1 stood still"))
    'something else caused it, says ops: The fan of db1 stood still'
    """
    said = f"{NOT_CAUSED_WORDS[declined.code]}, says {declined.by}"
    return f"{said}: {declined.note}" if declined.note else said
