"""
The desk of what incidents came of: a change that was proposed as the cause is declined, with a reason, for ever.

To confirm a proposal is to name the change as the cause (:func:`cmdb.service.incidents.edit`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cmdb.change.afterwards import incident_links
from cmdb.context import Context
from cmdb.errors import InvalidInput, Problem
from cmdb.model.change import CHANGES
from cmdb.model.incident import INCIDENTS, DeclinedCause, Incident, NotCaused
from cmdb.ports.errors import VersionConflict
from cmdb.records import Held
from cmdb.service.errors import CauseConfirmed, NotProposed

LONGEST_NOTE = 2_000
"""Most characters of a note."""


def decline(
    context: Context,
    incident_id: str,
    *,
    change: str,
    code: NotCaused,
    note: str = "",
    expected_version: int | None = None,
) -> Held[Incident]:
    """
    Record that an incident is not the doing of a change it was proposed for; it is not proposed for it again.

    ``note`` may say more, and has to where the reason is ``other``. ``expected_version`` is the version of the incident
    the actor has seen; left out, the present one.

    Raises:
        NotAllowed: the actor may not edit incidents.
        NotFound: there is no such incident, or no such change.
        VersionConflict: somebody else changed the incident meanwhile.
        CauseConfirmed: a change is confirmed as its cause.
        NotProposed: it is not proposed for this change, or was declined before.
        InvalidInput: the note is missing where it is needed, or wrong.
    """
    context.allow("incident:edit")
    held = context.records.held(INCIDENTS, incident_id)
    was = held.record
    if expected_version is not None and held.version != expected_version:
        raise VersionConflict(kind=INCIDENTS.name, key=incident_id, expected=expected_version, actual=held.version)
    proposed_for = context.records.get(CHANGES, change)
    if was.caused_by is not None:
        raise CauseConfirmed(incident=incident_id, cause=was.caused_by)
    if incident_id not in {link.incident for link in incident_links(context, proposed_for)}:
        raise NotProposed(incident=incident_id, change=change)
    problems = list(_note_problems(code, note))
    if problems:
        raise InvalidInput(problems, what=f"the declining of {incident_id}")
    declined = DeclinedCause(change, code, context.actor.id, context.clock.now(), note.strip())
    every = sorted((*was.declined, declined), key=lambda each: (len(each.change), each.change))
    return context.records.put(
        INCIDENTS,
        replace(was, declined=tuple(every)),
        because="incident:cause_declined",
        expected_version=held.version,
    )


def _note_problems(code: NotCaused, note: str) -> Iterator[Problem]:
    if code is NotCaused.OTHER and not note.strip():
        sentence = "the note is missing; where the reason is other, it says which"
        yield Problem("incident.note_missing", sentence, {}, "/note")
    if len(note) > LONGEST_NOTE:
        facts = {"length": len(note), "limit": LONGEST_NOTE}
        yield Problem("incident.note_too_long", "the note has {length} characters; at most {limit}", facts, "/note")
    if "\0" in note:
        yield Problem("incident.note_unclean", "the note holds a null character; leave it out", {}, "/note")
