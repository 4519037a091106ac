"""Whether the fields of a change are right: every problem there is, each at its JSON pointer."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from cmdb.change.edit_checks import edit_problems
from cmdb.change.text_input import zone_of
from cmdb.errors import Problem, below
from cmdb.model.change import BackOut, Change, ChangeType, Effect, Target, Window

LONGEST: Mapping[str, int] = {
    "title": 200,
    "reason": 10_000,
    "implementer": 200,
    "step": 2_000,
    "plan": 10_000,
    "comment": 10_000,
    "benefit": 10_000,
    "communications": 10_000,
    "test evidence": 10_000,
    "team": 200,
    "task": 200,
    "owner": 200,
    "review": 10_000,
}
"""Most characters of each text."""
MOST_STEPS = 500
MOST_TARGETS = 10_000
MOST_EXPECTED = 100
MOST_NAMED = 100
LONGEST_WINDOW = timedelta(days=92)
"""Nobody can say what a quarter and more of the estate's life does; a retrospective change may span it."""


def words_problems(change: Change) -> Iterator[Problem]:
    """Yield what is wrong with title, reason, benefit and communications."""
    yield from text_problems("/title", "title", change.title)
    if len(change.title.splitlines()) > 1:
        yield Problem("change.title_lines", "a title is one line", pointer="/title")
    yield from text_problems("/reason", "reason", change.reason)
    for name in ("benefit", "communications"):
        if getattr(change, name):
            yield from text_problems(f"/{name}", name, getattr(change, name))


def content_problems(change: Change, *, places: Sequence[int] | None = None) -> Iterator[Problem]:
    """
    Yield what is wrong with targets, window, steps, back-out and implementer, whether or not they are complete.

    ``places`` are the positions the targets had in the input, where they differ from their own.
    """
    yield from _window_problems(change.window, longest=None if change.retrospective else LONGEST_WINDOW)
    if len(change.targets) > MOST_TARGETS:
        yield too_many("/targets", len(change.targets), MOST_TARGETS)
    numbered = range(len(change.targets)) if places is None else places
    seen: dict[str, int] = {}
    for place, target in zip(numbered, change.targets, strict=True):
        if target.ci in seen:
            facts = {"ci": target.ci, "first": seen[target.ci] + 1}
            sentence = "{ci} is target {first} already; a CI is a target once"
            yield Problem("change.target_twice", sentence, facts, f"/targets/{place}/ci")
        seen.setdefault(target.ci, place)
        yield from _target_problems(target, change.window, f"/targets/{place}")
    yield from edit_problems(change.targets, numbered)
    if change.implementer is not None:
        yield from text_problems("/implementer", "implementer", change.implementer)
    yield from plan_problems(change.steps, change.back_out, change.team, change.test_evidence)
    for name in ("after", "incidents"):
        if len(getattr(change, name)) > MOST_NAMED:
            yield too_many(f"/{name}", len(getattr(change, name)), MOST_NAMED)


def plan_problems(
    steps: Sequence[str], back_out: BackOut | None, team: str | None, test_evidence: str
) -> Iterator[Problem]:
    """Yield what is wrong with how something is done, by whom, and how it is known to work; of a change or a model."""
    if len(steps) > MOST_STEPS:
        yield too_many("/steps", len(steps), MOST_STEPS)
    for place, step in enumerate(steps):
        yield from text_problems(f"/steps/{place}", "step", step)
    if back_out is not None:
        yield from _back_out_problems(back_out)
    if team is not None:
        yield from text_problems("/team", "team", team)
    if test_evidence:
        yield from text_problems("/test_evidence", "test evidence", test_evidence)


def missing_problems(change: Change) -> Iterator[Problem]:
    """Yield what a change still lacks to be submitted (the guard ``complete``)."""
    if change.window is None:
        yield _missing("/window", "the window")
    if not change.targets:
        yield _missing("/targets", "a target")


def past_problems(change: Change, now: datetime) -> Iterator[Problem]:
    """
    Yield the problem of a window that has begun (the guard ``window_ahead``).

    That of an emergency may have, and must not have ended; that of a retrospective change must have begun.
    """
    if change.window is None:
        return
    if change.retrospective:
        if change.window.start > now:
            facts = {"start": change.window.start.isoformat(), "now": now.isoformat(timespec="seconds")}
            sentence = "the window begins at {start}, ahead at {now}; a retrospective change tells what was done"
            yield Problem("change.retrospective_ahead", sentence, facts, "/window/start")
    elif change.type is ChangeType.EMERGENCY:
        if change.window.end <= now:
            facts = {"end": change.window.end.isoformat(), "now": now.isoformat(timespec="seconds")}
            sentence = "the window ends at {end}, which is past at {now}; an emergency needs one that has not ended"
            yield Problem("change.window_over", sentence, facts, "/window/end")
    elif change.window.start < now:
        facts = {"start": change.window.start.isoformat(), "now": now.isoformat(timespec="seconds")}
        sentence = "the window begins at {start}, which is past at {now}; only a window ahead can be asked for"
        yield Problem("change.window_past", sentence, facts, "/window/start")


def unknown_ci_problems(
    targets: Sequence[Target], known: Mapping[str, object], places: Sequence[int]
) -> Iterator[Problem]:
    """Yield a problem for each target that is no CI of the estate."""
    for place, target in zip(places, targets, strict=True):
        if target.ci and target.ci not in known and target.effect is not Effect.ADD:
            yield Problem("change.unknown_ci", "there is no CI {ci}", {"ci": target.ci}, f"/targets/{place}/ci")


def expected_problems(
    targets: Sequence[Target], attributes: Mapping[str, Container[str]], places: Sequence[int]
) -> Iterator[Problem]:
    """Yield what is wrong with the values that targets declare; ``attributes`` are those of each CI's class, by CI."""
    for place, target in zip(places, targets, strict=True):
        pointer = f"/targets/{place}/expected"
        if len(target.expected) > MOST_EXPECTED:
            yield too_many(pointer, len(target.expected), MOST_EXPECTED)
        for name, value in target.expected.items():
            if name == "/status":
                if value not in ("active", "retired"):
                    sentence = "{ci} is expected to be {value!r}; active or retired"
                    facts = {"ci": target.ci, "value": str(value)[:80]}
                    yield Problem("change.expected_status", sentence, facts, below(pointer, name))
            elif name != "/name" and target.ci in attributes and name not in attributes[target.ci]:
                sentence = "the class of {ci} has no attribute {name}"
                yield Problem(
                    "change.unknown_attribute", sentence, {"ci": target.ci, "name": name}, below(pointer, name)
                )
            elif value is None or len(str(value)) > LONGEST["step"]:
                sentence = "{name} is expected to be one value of at most {longest} characters"
                limits = {"name": name, "longest": LONGEST["step"]}
                yield Problem("change.expected_value", sentence, limits, below(pointer, name))


def text_problems(pointer: str, what: str, text: str) -> Iterator[Problem]:
    """Yield what is wrong with a text that must say something."""
    longest = LONGEST[what]
    if not text.strip():
        yield _missing(pointer, f"the {what}")
    elif len(text) > longest:
        facts = {"what": what, "length": len(text), "longest": longest}
        sentence = "the {what} has {length} characters; at most {longest}"
        yield Problem("change.too_long", sentence, facts, pointer)
    elif "\0" in text:
        yield Problem("change.null_character", "the {what} holds a null character", {"what": what}, pointer)


def _window_problems(window: Window | None, *, longest: timedelta | None) -> Iterator[Problem]:
    if window is None:
        return
    naive = [name for name in ("start", "end") if getattr(window, name).utcoffset() is None]
    for name in naive:
        sentence = "the time has no offset, so it is no moment"
        yield Problem("time.without_offset", sentence, pointer=f"/window/{name}")
    if not naive and window.end <= window.start:
        facts = {"start": window.start.isoformat(), "end": window.end.isoformat()}
        sentence = "the window ends at {end}, which is not after its start {start}"
        yield Problem("change.window_ends_first", sentence, facts, "/window/end")
    elif not naive and longest is not None and window.end - window.start > longest:
        sentence = "the window is {days} days long; at most {longest}"
        lengths = {"days": f"{(window.end - window.start) / timedelta(days=1):.0f}", "longest": longest.days}
        yield Problem("change.window_too_long", sentence, lengths, "/window/end")
    if zone_of(window.zone) is None:
        sentence = "{zone!r} is no time zone of the IANA list and no offset such as +01:00"
        yield Problem("time.unknown_zone", sentence, {"zone": window.zone}, "/window/zone")


def _target_problems(target: Target, window: Window | None, pointer: str) -> Iterator[Problem]:
    if not target.ci:
        yield _missing(f"{pointer}/ci", "the CI's id")
    wrong = list(effect_problems(target.effect, target.offset, target.minutes, pointer))
    yield from wrong
    minutes_wrong = any(problem.pointer == f"{pointer}/minutes" for problem in wrong)
    takes_out = target.effect is not Effect.CONFIG
    if window is not None and takes_out and target.offset >= 0 and not minutes_wrong and _sane(window):
        yield from _reach_problems(target, window, pointer)


def effect_problems(effect: Effect, offset: int, minutes: int | None, pointer: str) -> Iterator[Problem]:
    """Yield what is wrong with what is done to a target, in whichever window."""
    if offset < 0:
        sentence = "the offset is {offset}; an outage begins within the window"
        yield Problem("change.offset_negative", sentence, {"offset": offset}, f"{pointer}/offset")
    if effect is Effect.RETIRE and minutes is not None:
        sentence = "what is retired does not come back, so it has no minutes"
        yield Problem("change.minutes_of_retired", sentence, pointer=f"{pointer}/minutes")
    elif effect is Effect.ADD and minutes is not None:
        sentence = "what is added is not out before, so it has no minutes"
        yield Problem("change.minutes_of_added", sentence, pointer=f"{pointer}/minutes")
    elif minutes is not None and minutes < (0 if effect in (Effect.CONFIG, Effect.REWIRE) else 1):
        facts = {"minutes": minutes, "effect": effect.value}
        sentence = "{effect} for {minutes} minutes; at least 1, and effect config for a CI that stays in service"
        yield Problem("change.minutes_too_few", sentence, facts, f"{pointer}/minutes")


def _reach_problems(target: Target, window: Window, pointer: str) -> Iterator[Problem]:
    length = (window.end - window.start).total_seconds() / 60
    facts = {"offset": target.offset, "minutes": target.minutes, "window": f"{length:g}"}
    if target.offset >= length:
        sentence = "the outage begins {offset} minutes into a window of {window} minutes"
        yield Problem("change.offset_outside", sentence, facts, f"{pointer}/offset")
    elif target.minutes is not None and target.offset + target.minutes > length:
        sentence = "{minutes} minutes from minute {offset} reach beyond the window of {window} minutes"
        yield Problem("change.outage_outside", sentence, facts, f"{pointer}/minutes")


def _sane(window: Window) -> bool:
    aware = window.start.utcoffset() is not None and window.end.utcoffset() is not None
    return aware and window.start < window.end


def _back_out_problems(back_out: BackOut) -> Iterator[Problem]:
    yield from text_problems("/back_out/plan", "plan", back_out.plan)
    if back_out.minutes is not None and back_out.minutes < 1:
        facts = {"minutes": back_out.minutes}
        yield Problem(
            "change.back_out_minutes", "a back-out of {minutes} minutes; at least 1", facts, "/back_out/minutes"
        )


def _missing(pointer: str, what: str) -> Problem:
    return Problem("change.missing", "{what} is missing", {"what": what}, pointer)


def too_many(pointer: str, count: int, most: int) -> Problem:
    """Return the problem of a list with more entries than anybody looks through."""
    return Problem("change.too_many", "{count} entries; at most {most}", {"count": count, "most": most}, pointer)
