"""The desk of sign-in events: what happened at the door, for auditors and administrators."""

from __future__ import annotations

from cmdb.context import Context
from cmdb.model.sign_in_event import SIGN_IN_EVENTS, SignInEvent, SignInOutcome
from cmdb.ports.store import Equals, Filter, Put
from cmdb.records import Listing, to_document


def listing(
    context: Context,
    *,
    person: str | None = None,
    outcome: SignInOutcome | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Listing[SignInEvent]:
    """Return one page of the events, the newest first, of one person or one outcome; raises NotAllowed."""
    context.allow("sign_in:read")
    where: list[Filter] = [Equals("person", person)] if person is not None else []
    where += [Equals("outcome", outcome.value)] if outcome is not None else []
    return context.records.listing(SIGN_IN_EVENTS, where, order="at", descending=True, after=after, limit=limit)


def event(context: Context, outcome: SignInOutcome, *, person: str = "", address: str = "", subject: str = "") -> Put:
    """Return the write of an event that happens now; it goes with what it tells of, as one revision."""
    made = SignInEvent(context.new_id(SIGN_IN_EVENTS), context.clock.now(), outcome, person, address, subject)
    return Put(SIGN_IN_EVENTS, to_document(SIGN_IN_EVENTS, made), 0)
