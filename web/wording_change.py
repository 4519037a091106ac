"""The words of a change: verdict sentences, outcomes, new single points; the same in the terminal and on the pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from cmdb.model.assessment import Assessment, ServiceOutcome, Verdict
from cmdb.model.change import Change, ChangeState, Window
from cmdb.model.change_outcome import ChangeOutcome
from cmdb.model.decision import Choice
from cmdb.model.outcome import Outcome
from web.naming import Names
from web.wording_go import suspension_words

SENTENCES_AT_MOST = 2
NAMES_AT_MOST = 3
_LONG = 120.0

# Fixed verbs, for one service and for several; nothing is ever "impacted" or "may" happen.
VERBS = {
    Outcome.DOWN: ("goes down", "go down"),
    Outcome.DEGRADED: ("runs with less", "run with less"),
    Outcome.REDUNDANCY_LOST: ("stays up but loses its last spare", "stay up but lose their last spare"),
    Outcome.REDUCED: ("keeps a spare fewer", "keep a spare fewer"),
    Outcome.UNAFFECTED: ("is untouched", "are untouched"),
}
OUTCOME_WORDS = {
    Outcome.DOWN: "Down",
    Outcome.DEGRADED: "Runs with less",
    Outcome.REDUNDANCY_LOST: "Redundancy lost",
    Outcome.REDUCED: "Reduced",
    Outcome.UNAFFECTED: "Untouched",
}
VERDICT_WORDS = {
    Verdict.BLOCK: "must not go ahead",
    Verdict.CAB: "the board decides",
    Verdict.PEER: "a peer decides",
    Verdict.AUTO: "approved by the policy itself",
}
CHANGE_OUTCOME_WORDS = {
    ChangeOutcome.SUCCESS.value: "It went well",
    ChangeOutcome.ISSUES.value: "Done, with issues",
    ChangeOutcome.BACKED_OUT.value: "Backed out",
    ChangeOutcome.FAILED.value: "Failed, with an incident",
}
CHOICE_WORDS = {
    Choice.APPROVE: "approved",
    Choice.REJECT: "rejected",
    Choice.DEFER: "deferred",
    Choice.RECALL: "recalled",
    Choice.SUSPEND: "suspended",
    Choice.CONFIRM: "confirmed",
    Choice.ASK_OVERRIDE: "asked for an override",
    Choice.OVERRIDE: "overrode BLOCK",
}
STATE_WORDS = {state: state.value.replace("_", " ") for state in ChangeState}
_ORDER = {outcome: place for place, outcome in enumerate(Outcome)}


@dataclass(frozen=True, slots=True)
class VerdictSentence:
    """One sentence in its parts: the services by name (a page sets them bold), how many more, and what happens."""

    subjects: tuple[str, ...]
    more: int
    words: str

    def __str__(self) -> str:
        names = [*self.subjects, f"{self.more} more"] if self.more else list(self.subjects)
        return f"{listed(names)} {self.words}"


def alarms_of(change: Change, now: datetime) -> list[str]:
    """Return what about a change can not wait: an approval that rests, an overrun, papers that are late."""
    said = []
    if change.suspended is not None:
        said.append(f"Its approval is suspended: {suspension_words(change.suspended)}")
    if change.state is ChangeState.IMPLEMENTING and change.window is not None and change.window.end <= now:
        over = duration((now - change.window.end) // timedelta(minutes=1))
        said.append(f"It is still being implemented, {over} after its window ended.")
    if change.papers_due is not None and change.papers_at is None and change.papers_due < now.date():
        said.append(f"The papers of this emergency change were due on {change.papers_due.isoformat()}.")
    return said


def verdict_parts(services: Sequence[ServiceOutcome]) -> tuple[list[VerdictSentence], str]:
    """
    Return at most two sentences, and what is left said in one line (empty when nothing is).

    Services with the same outcome share a sentence; the sentence with the highest tier comes first, of equal tiers the
    worse outcome.
    """
    shared: dict[Outcome, list[ServiceOutcome]] = {}
    for service in sorted(services, key=_rank):
        shared.setdefault(service.outcome, []).append(service)
    # Whoever keeps a spare has lost nothing yet: that is said after what somebody will notice, whatever the tier.
    groups = sorted(shared.items(), key=lambda group: group[0] is Outcome.REDUCED)
    sentences = [_sentence(outcome, alike) for outcome, alike in groups[:SENTENCES_AT_MOST]]
    left = groups[SENTENCES_AT_MOST:]
    if not left:
        return sentences, ""
    count = sum(len(alike) for _, alike in left)
    if len(left) == 1:
        return sentences, f"And {count} more {VERBS[left[0][0]][count > 1]}."
    parts = [f"{len(alike)} {VERBS[outcome][len(alike) > 1]}" for outcome, alike in left]
    return sentences, f"And {count} more: {listed(parts)}."


# Said below a verdict of BLOCK, at every door.
OVERRIDDEN_WORDS = "Two persons have overridden it: the board decides, as if the verdict were CAB."


def verdict_sentences(assessment: Assessment) -> list[str]:
    """Return what happens to the services, as lines for a person; one line says so when nothing does."""
    return service_sentences(assessment.services, assessment.unaffected)


def service_sentences(services: Sequence[ServiceOutcome], unaffected: int) -> list[str]:
    """Return the same for services that no assessment holds; ``unaffected`` counts the others."""
    if not services:
        return [untouched(unaffected)]
    sentences, rest = verdict_parts(services)
    return [*map(str, sentences), *([rest] if rest else [])]


def untouched(services: int) -> str:
    """Return the sentence for a change that touches no service; ``services`` counts those there are."""
    if services == 0:
        return "There is no service in the estate, so none is touched."
    return "The one service is untouched." if services == 1 else f"All {services} services are untouched."


def single_points(services: Sequence[ServiceOutcome]) -> list[tuple[str, list[str]]]:
    """Return each CI that becomes a single point of failure, by id, with the names of the services it would stop."""
    stopped: dict[str, list[str]] = {}
    for service in services:
        for ci in service.new_single_points:
            stopped.setdefault(ci, []).append(service.name)
    return [(ci, stopped[ci]) for ci in sorted(stopped)]


def way_words(reason: Sequence[str], names: Names) -> str:
    """Return the path of a failure by names, the service first: "Checkout < app1 < UPS S1"."""
    return " < ".join(names.get(ci) or ci for ci in reversed(reason))


def spares_words(margin: int | None, margin_high: int | None) -> str:
    """
    Return how many further failures a service stands; the margin counts the one that stops it as well.

    >>> spares_words(1, 1), spares_words(0, 0), spares_words(2, 4), spares_words(None, None)
    ('0', '0', '1 to 3', 'any')
    """
    if margin is None:
        return "any"
    low = max(margin - 1, 0)
    high = low if margin_high is None else max(margin_high - 1, 0)
    return str(low) if low == high else f"{low} to {high}"


def spares_left(service: ServiceOutcome) -> str:
    """Return how many further failures a service stands; of none at all it says whether that is new."""
    if service.outcome is Outcome.DOWN:
        return "it is down"
    left = spares_words(service.margin, service.margin_high)
    # Reduced means no new single point of failure, so what stops it alone did so before.
    return "0, as before" if left == "0" and service.outcome is Outcome.REDUCED else left


def lasting(services: Sequence[ServiceOutcome]) -> str:
    """Return how long the services keep their outcome: ``"for 20 minutes"``, a range, or nothing when it is unknown."""
    # An outcome that an edit of the graph leaves behind may last no minute of the window, and ever after.
    minutes = [found for service in services if (found := service.minutes.get(service.outcome))]
    if not minutes:
        return ""
    low, high = min(minutes), max(minutes)
    if low == high:
        return f"for {duration(low)}"
    return f"for {duration(low)} to {duration(high)}"


def duration(minutes: float) -> str:
    """
    Return minutes as people say them.

    >>> duration(1), duration(20), duration(0.5), duration(190)
    ('1 minute', '20 minutes', '0.5 minutes', '3 h 10')
    """
    if minutes >= _LONG:
        hours, rest = divmod(round(minutes), 60)
        return f"{hours} h {rest:02d}" if rest else f"{hours} hours"
    shown = f"{minutes:.1f}".removesuffix(".0")
    return f"{shown} minute" if shown == "1" else f"{shown} minutes"


def window_words(window: Window) -> str:
    """
    Return a window as it was meant, in the requester's zone: ``"Wed 2 Dec 2026, 22:00-23:30 CET"``.

    The day is said again where the window ends on another one, and the zone where its name changes within.
    """
    zone = zone_named(window.zone)
    start, end = window.start.astimezone(zone), window.end.astimezone(zone)
    names = [_zone_name(start, window.zone), _zone_name(end, window.zone)]
    first = f"{_day(start)}, {start:%H:%M}{f' {names[0]}' if names[0] != names[1] else ''}"
    if start.date() == end.date() and names[0] == names[1]:
        return f"{first}-{end:%H:%M} {names[1]}"
    return f"{first} - {_day(end)}, {end:%H:%M} {names[1]}"


def moment_words(moment: datetime, zone: str = "UTC") -> str:
    """Return a moment in a zone: ``"Mon 2 Mar 2026, 22:00 UTC"``."""
    local = moment.astimezone(zone_named(zone))
    return f"{_day(local)}, {local:%H:%M} {_zone_name(local, zone)}"


def zone_named(name: str) -> tzinfo:
    """Return the zone of an IANA name or an offset such as ``+01:00``; times of an unknown one are shown in UTC."""
    if name == "UTC":
        return UTC
    if name[:1] in ("+", "-"):
        return datetime.fromisoformat(f"2000-01-01T00:00{name}").tzinfo or UTC
    # The list of zones takes milliseconds to load, which only times with a zone name should pay.
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return UTC


def _zone_name(moment: datetime, zone: str) -> str:
    name = moment.tzname() or zone
    return zone if zone[:1] in ("+", "-") else name


def _day(moment: datetime) -> str:
    return f"{moment:%a} {moment.day} {moment:%b %Y}"


def listed(names: Sequence[str]) -> str:
    """
    Return names as a list in a sentence.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "2 more"])
    ('a', 'a and b', 'a, b and 2 more')
    """
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def few(
    names: Sequence[str], most: int, joined: Callable[[Sequence[str]], str] | None = None, rest: str = "{count} more"
) -> str:
    """
    Return names as a list in a sentence, those beyond ``most`` counted; naming one more is as short as that.

    >>> few(["a", "b", "c"], 2), few(["a", "b", "c", "d"], 2)
    ('a, b and c', 'a, b and 2 more')
    """
    more = len(names) - most
    return (joined or listed)(list(names) if more <= 1 else [*names[:most], rest.format(count=f"{more:,}")])


def reason_filled(sentence: str, facts: Mapping[str, object], joined: Callable[[Sequence[str]], str] = listed) -> str:
    """Return the sentence of a verdict's reason with its facts; several of a kind are ``joined`` to a list."""
    words = {name: joined([str(each) for each in _several(value)]) for name, value in facts.items()}
    return sentence.format(**words)


def _several(value: object) -> Sequence[object]:
    return value if isinstance(value, (tuple, list)) else (value,)


def _rank(service: ServiceOutcome) -> tuple[bool, int, int, str]:
    return (service.tier is None, service.tier or 0, _ORDER[service.outcome], service.id)


def _sentence(outcome: Outcome, services: Sequence[ServiceOutcome]) -> VerdictSentence:
    # Naming one more is as short as counting it.
    shown = len(services) if len(services) <= NAMES_AT_MOST + 1 else NAMES_AT_MOST
    words = " ".join(filter(None, (VERBS[outcome][len(services) > 1], lasting(services))))
    return VerdictSentence(tuple(service.name for service in services[:shown]), len(services) - shown, f"{words}.")
