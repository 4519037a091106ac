"""What people write for "as of": a revision, a moment or a day, turned into the revision that was the newest then."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

from cmdb.errors import InvalidInput, Problem
from cmdb.ports.store import Store

MEANING = "a revision (8), a moment with its offset (2026-03-02T22:00+01:00) or a day, whose end in UTC is meant"
_SENTENCE = "{text!r} is neither a revision nor a time with its offset nor a day; write 8, 2026-03-02T22:00+01:00 or 2026-03-02"


def revision_of(store: Store, text: str, *, pointer: str = "/at") -> int:
    """
    Return the revision ``text`` means, 0 where there was none yet.

    Raises:
        InvalidInput: it means none, or a revision number that can not be.
    """
    try:
        if re.fullmatch(r"\d{1,15}", text, re.ASCII):
            return int(text)
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return store.revision_at(datetime.combine(date.fromisoformat(text), time.max, UTC))
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError(text)
        return store.revision_at(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        fault = Problem("as_of.unreadable", _SENTENCE, {"text": text[:80]}, pointer=pointer)
        raise InvalidInput([fault], what="as of") from None
