"""What "as of" means at every door: a revision, a moment, or a day."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from cmdb.errors import InvalidInput, NotFound, Problem
from cmdb.ports.store import Store

_REVISION = re.compile(r"r?(\d{1,15})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_RIGHT = "a revision (12), a moment (2026-03-02T22:00:00+01:00) or a day (2026-03-02, until its end in UTC)"


def revision_of(store: Store, text: str | None, *, pointer: str = "/as_of") -> int | None:
    """
    Return the revision a text names, None for no text (the newest).

    ``pointer`` is the place a fault names.

    Raises:
        InvalidInput: it is neither a revision nor a moment with an offset nor a day.
        NotFound: the store has no such revision yet.
    """
    if text is None:
        return None
    text = text.strip()
    if match := _REVISION.fullmatch(text):
        revision, newest = int(match[1]), store.revision()
        if revision > newest:
            raise NotFound(kind="revision", ids=(match[1],))
        return revision
    return store.revision_at(_moment(text, pointer))


def _moment(text: str, pointer: str) -> datetime:
    code, sentence = "as_of.unreadable", "{text!r} is no point in time; {right} would be right"
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        moment = None
    if moment is not None and _DAY.fullmatch(text):
        # Until the end of the day: who asks for the state "of 2 March" means with all that happened on it.
        return moment.replace(tzinfo=UTC) + timedelta(days=1, microseconds=-1)
    if moment is not None and moment.tzinfo is not None:
        return moment
    if moment is not None:
        code, sentence = "time.without_offset", "{text!r} has no offset, so it is no moment; {right} would be right"
    fault = Problem(code, sentence, {"text": text[:80], "right": _RIGHT}, pointer)
    raise InvalidInput([fault], what="the point in time", setting=True)
