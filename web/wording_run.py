"""The words of a run: how it stands, why, and how far it is; the same in the terminal and on the pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cmdb.errors import ForeshockError
from cmdb.model.run import Run, RunState, Said
from cmdb.nouns import spoken
from cmdb.plural import filled
from discovery.registry import sentences
from web.languages import Language
from web.wording_finding import FINDINGS, finding_words
from web.wording_note import note_words, value_words

STATE_WORDS = {
    RunState.QUEUED: "waits",
    RunState.RUNNING: "runs",
    RunState.OK: "went well",
    RunState.PARTIAL: "went well in part",
    RunState.FAILED: "failed",
    RunState.CANCELLED: "was cancelled",
    RunState.LOST: "is lost",
}
SENTENCES = {
    "run.cancelled": "{by} cancelled it",
    "run.time_limit": "it took longer than the {seconds:g} s it may take",
    "run.handed_back": "{worker} was told to end and gave it back",
    "run.silent": "{worker} fell silent in attempt {attempt}, so it was begun anew",
    "run.closed": "it may not be begun by itself before {until}: there is a maintenance window",
    "run.limit": "no more than {most} run(s) of {name} may go on at one time; it begins when one of them ends",
    "run.held": "it is still held by a worker that may have died",
    "run.lost": "{faults} attempt(s) went wrong, and in the last {worker} fell silent",
    "run.unexpected": "this should not happen: {error}: {message}",
    "run.fault": "{place}: {message}",
    "clock.leads": "{worker} asks for the runs that are due from now on",
    "clock.missed": "it makes up for every moment after {since} until {slot}",
    "clock.closed": "its moment {slot} lay in a maintenance window",
    "clock.repaired": "{job} at {slot} was claimed by a worker that died; it is asked for again",
    "clock.recovered": "{run} was missing in the queue and waits there again",
    "question.answered": "{question} at revision {revision} is answered; read it: foreshock run result {run}",
    "discover.done": "{targets} target(s), {failed} not read; CIs, relations and groups together: "
    "created {created}, updated {updated}, missing {missing}, retired {retired}, merged {merged}, ended {ended}",
    "discover.would": "{targets} target(s), {failed} not read; nothing was written, it would be of CIs, relations and "
    "groups together: created {created}, updated {updated}, missing {missing}, retired {retired}, merged {merged}, "
    "ended {ended}",
    "discover.ids_left_out": "{target}: {count} thing(s) whose id is empty, longer than {most} characters or holds "
    "control characters were left out, the first is {first!r}; what is not seen there does not count as gone",
    "discover.values_bent": "{target}: of {count} thing(s) a name or a value was too long or held control characters; "
    "it was cut, or they were replaced",
    "discover.native_id_twice": "the native id {native_id} stands for several things, at {targets}; "
    "none of them was taken, and nothing counts as gone there",
    "discover.native_ids_twice": "{count} more native id(s) stand for several things; see the finding",
    "discover.nothing": "there was nothing to read: the settings of {source} lead to no target here",
    "hook.called": "something called for {source} to be looked at",
    "receiving.failed": "nothing is taken in for the source {source}: {why}",
    "receiving.opened": "what is sent to the source {source} is taken in",
    "verification.made": "{verification}, held against {baseline}: {unauthorised} unauthorised, {expected} expected, "
    "{tolerated} tolerated, {reverting} to be put back; {not_seen} expected and not seen",
    "verification.done": "{made} baseline(s) verified, {failed} could not be",
    "verification.failed": "{baseline} could not be verified: {message}",
    "verification.concluded": "{right} of {checked} CIs checked for {verification} are right: "
    "between {low:.1%} and {high:.1%} of all, 19 times in 20",
    "change.watched": "{expired} change(s) expired; {alarms} alarm(s) stand; {withdrawn} change model(s) withdrawn",
    "verification.not_all_checked": "not looked at, so counting neither as right nor as wrong: "
    "{unseen} of the {drawn} CIs drawn",
    "change.checked": "{checked} approved change(s) checked again, {no_go} of them NO-GO",
    "change.no_go": "{change} is NO-GO ({check}); its approval is suspended",
    "change.go_failed": "{change} could not be checked: {message}",
    "history.let_go": "{gone} version(s) went; from revision {floor} on all history is there",
    "health.measured": "{sound} of {cis} CI(s) have no fault",
    "meetings.laid_out": "{count} meeting(s) were laid out",
    "failure.learned": "{model} has learned from the outcomes of {changes} change(s)",
    "calendar.renewed": "{count} rule(s) of the calendar were expanded anew",
    "hours.expanded": "{made} year(s) of service hours became known, {unknown} around the present one are not",
    "audit.sound": "nothing was altered, up to revision {revision}",
    "audit.findings": "{count} thing(s) are wrong in the store, {shown} of them listed",
    "replay.sound": "{replayed} of {of} assessment(s) computed again: each is the same, byte for byte",
    "replay.otherwise": "{count} of {replayed} assessment(s) came out otherwise, {shown} of them listed",
    "replay.gone": "the store no longer keeps what {assessment} was computed from",
    "replay.record_altered": "{assessment} of {change}: the record, or one it is linked with, was altered",
    "replay.sources_altered": "{assessment} of {change}: what it was computed from was altered or is missing",
    "replay.method_unknown": "{assessment} of {change} was made by a method of a later release",
    "replay.computation_differs": "{assessment} of {change}: record and log hold; this release computes otherwise",
}


_NUMBERS = frozenset({"revision", "floor"})
"""Figures that number something, and count nothing."""


def said_words(said: Said, language: Language = Language.EN) -> str:
    """
    Return the sentence of a code and its facts; of a code that is not known here, the code and the facts.

    What connectors note is told in the reader's language; all else in English.

    >>> said_words(Said("run.cancelled", {"by": "operator"})), said_words(Said("scan.away", {"host": "a", "n": 2}))
    ('operator cancelled it', 'scan.away: host a, n 2')
    """
    sentence = SENTENCES.get(said.code) or _sentences_of_errors().get(said.code)
    if sentence is not None:
        try:
            return filled(sentence, spoken(said.facts))
        except (LookupError, ValueError, TypeError):
            pass
    if said.code in FINDINGS:
        about = ", ".join(map(str, said.facts.get("called") or said.facts.get("cis", ())))
        return f"{about}: {finding_words(said.code, said.facts)}" if about else finding_words(said.code, said.facts)
    note = sentences().get(said.code)
    words = note_words(said, note, language) if note is not None else None
    if words is not None:
        return words
    facts = ", ".join(f"{name} {value}" for name, value in said.facts.items())
    return f"{said.code}: {facts}" if facts else said.code


def unseen_words(drawn: int, seen: int) -> str:
    """
    Return how many CIs of a sample nobody has looked at, "" where all were.

    >>> unseen_words(20, 12), unseen_words(20, 20)
    ('not looked at, so counting neither as right nor as wrong: 8 of the 20 CIs drawn', '')
    """
    facts = {"unseen": drawn - seen, "drawn": drawn}
    return SENTENCES["verification.not_all_checked"].format(**facts) if seen < drawn else ""


def attempt_words(ended: str, state: RunState) -> str:
    """
    Return how a run of a source ended that could read no target.

    >>> attempt_words("Mon 2 Mar 2026, 22:00 UTC", RunState.FAILED)
    'failed Mon 2 Mar 2026, 22:00 UTC: no target was read'
    """
    how = {RunState.OK: "ended", RunState.PARTIAL: "ended"}.get(state, STATE_WORDS[state])
    return f"{how} {ended}: no target was read"


def run_words(run: Run) -> str:
    """Return how a run stands, in one line: ``"audit-verify@1 failed: it took longer than the 5 s it may take"``."""
    what = STATE_WORDS[run.state]
    if run.state is RunState.RUNNING and run.cancelled_by is not None:
        what = f"still runs and was asked to stop by {run.cancelled_by}"
        what += "; if its worker has died, cancel it again in half a minute, which ends it"
    elif run.cancelled_by is not None and run.state in (RunState.OK, RunState.PARTIAL, RunState.FAILED):
        what += f", though {run.cancelled_by} asked it to stop"
    elif run.state is RunState.RUNNING and run.attempt > 1:
        what = f"runs, attempt {run.attempt}"
    elif run.state is RunState.QUEUED and run.attempt:
        what = "waits to be begun anew"
    return f"{run.id} {what}" + (f": {said_words(run.said)}" if run.said else "")


def figure_words(run: Run) -> list[tuple[str, str]]:
    """
    Return what a run counted, for people: names in words, and no digest, which tells programmes where something lies.

    >>> from dataclasses import replace
    >>> from datetime import UTC, datetime
    >>> run = Run("j@1", "j", "1", RunState.OK, "x", datetime(2026, 3, 2, tzinfo=UTC))
    >>> figure_words(replace(run, figures={"not_seen": 1200, "result": 64 * "a", "verifications": ["VER-1", "VER-2"]}))
    [('not seen', '1,200'), ('verifications', 'VER-1, VER-2')]
    """
    return [(name.replace("_", " "), _figure(name, value)) for name, value in run.figures.items() if not _digest(value)]


def _figure(name: str, value: Any) -> str:
    counts = isinstance(value, int) and not isinstance(value, bool) and name not in _NUMBERS
    return f"{value:,}" if counts else value_words(value)


def _digest(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def silent_words(run: Run, seen: Mapping[str, Any] | None) -> str | None:
    """
    Return what to do about a run that goes on and of which nothing is heard; None where something is, or it does not.

    >>> from datetime import UTC, datetime
    >>> run = Run("j@1", "j", "1", RunState.RUNNING, "x", datetime(2026, 3, 2, tzinfo=UTC))
    >>> silent_words(run, {"step": "read", "done": 1})
    >>> silent_words(run, None)
    'not heard of; if its worker has died, the next one begins it anew: foreshock worker'
    """
    if run.state is not RunState.RUNNING or seen is not None:
        return None
    return "not heard of; if its worker has died, the next one begins it anew: foreshock worker"


def progress_words(state: Mapping[str, Any]) -> str:
    """
    Return how far a run is.

    >>> progress_words({"step": "check", "done": 1200}), progress_words({"step": "fetch", "done": 1, "total": 4})
    ('check: 1,200', 'fetch: 1 of 4')
    """
    if "why" in state:
        return f"waits: {said_words(Said(*state['why']))}"
    of = f" of {state['total']:,}" if "total" in state else ""
    return f"{state['step']}: {state['done']:,}{of}"


def _sentences_of_errors() -> dict[str, str]:
    """Return the sentence of every error that is known to this process; a run's facts are those of its error."""
    import cmdb.ports.errors  # noqa: F401  # For what it defines.

    return {error.code: error.sentence for error in _below(ForeshockError)}


def _below(error: type[ForeshockError]) -> Iterator[type[ForeshockError]]:
    yield error
    for child in error.__subclasses__():
        yield from _below(child)
