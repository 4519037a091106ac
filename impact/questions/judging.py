"""Whether a question that is asked in the background can be asked: every fault of it at once, before a run is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from cmdb.context import Context
from cmdb.errors import InvalidInput, NotFound, Problem, below
from cmdb.model.change import ChangeState
from cmdb.model.ci import CIS, CIStatus
from impact.questions.conflicts import COUNTED, period_of

SENTENCES = {
    "question.kind": "there is no question {kind}; right would be one of: {known}",
    "question.unknown": "{question} takes no {name}; it takes {known}",
    "question.missing": "{question} needs {name}",
    "question.form": "{name} has to be {wanted}",
    "question.cis": "{question} needs at least one CI",
}
_AT_ONCE = 1000


class _Takes(NamedTuple):
    """One argument: whether a value is right, what right is, and what holds where it is left out (``...``: nothing)."""

    right: Callable[[Any], bool]
    wanted: str
    default: Any = ...


def judged(kind: str, arguments: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """
    Return the arguments of a question, those that were left out included.

    Raises:
        InvalidInput: every fault, each with its place.
    """
    if kind not in QUESTIONS:
        raise _refusal([_problem("question.kind", "/question", kind=kind[:80], known=", ".join(QUESTIONS))])
    takes = QUESTIONS[kind]
    problems = list(_shape_faults(kind, takes, arguments))
    # A name with the value null is one that was left out, as at the direct questions.
    given = {name: value for name, value in arguments.items() if value is not None}
    taken = {name: given.get(name, takes[name].default) for name in takes}
    wrong = {problem.pointer for problem in problems}
    problems += [fault for fault in _value_faults(kind, taken, now) if fault.pointer not in wrong]
    if problems:
        raise _refusal(problems)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in taken.items()}


def refuse_unknown(context: Context, taken: Mapping[str, Any], *, at: int) -> None:
    """
    Return if the CIs that a judged question names are in the estate at a revision.

    Raises:
        NotFound: some are not, or are retired; all are named. Or there is no such revision.
        HistoryGone: the revision is no longer kept.
    """
    named = dict.fromkeys([*taken.get("cis", ()), *taken.get("down", ())])
    if "service" in taken:
        named[taken["service"]] = None
    unknown, rest = [], iter(named)
    while some := list(islice(rest, _AT_ONCE)):
        found = context.store.get_many(CIS, some, at=at)
        unknown += [ci for ci in some if ci not in found or found[ci].document.get("status") == CIStatus.RETIRED]
    if not named:
        context.store.get(CIS, "", at=at)  # A revision that is not there is told now.
    if unknown:
        raise NotFound(kind="ci", ids=sorted(unknown))


def _shape_faults(kind: str, takes: Mapping[str, _Takes], arguments: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is not taken, missing or of another form."""
    for name, value in arguments.items():
        if name not in takes:
            yield _problem("question.unknown", below("", name), question=kind, name=name[:80], known=", ".join(takes))
        elif value is not None and not takes[name].right(value):
            yield _problem("question.form", below("", name), name=name, wanted=takes[name].wanted)
    for name, each in takes.items():
        if each.default is ... and arguments.get(name) is None:
            yield _problem("question.missing", below("", name), question=kind, name=name)


def _value_faults(kind: str, taken: Mapping[str, Any], now: datetime) -> Iterator[Problem]:
    """Yield what the direct question would refuse."""
    from impact.questions.outage import budget_of
    from impact.questions.risk_groups import top_problems
    from impact.questions.unavailability import refuse_window

    if kind == "impact" and taken["cis"] == []:
        yield _problem("question.cis", "/cis", question=kind)
    asked: list[Callable[[], object]] = []
    if "window" in taken:
        asked.append(lambda: refuse_window(taken["window"], None))
    if "budget" in taken:
        asked.append(lambda: budget_of(taken["budget"]))
    if kind == "risk-groups" and _is_count(taken["top"]):
        yield from top_problems(taken["top"])
    if kind == "conflicts":
        asked.append(lambda: period_of(now, taken["from"], taken["to"]))
    for ask in asked:
        try:
            ask()
        except InvalidInput as refused:
            yield from refused.problems
        except (TypeError, AttributeError):
            # Of another form, which has been told.
            continue


def _problem(code: str, pointer: str, **facts: Any) -> Problem:
    return Problem(code, SENTENCES[code], facts, pointer)


def _refusal(problems: Sequence[Problem]) -> InvalidInput:
    return InvalidInput(problems, what="the question", setting=True)


def _is_ids(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(ci, str) for ci in value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < _BEYOND


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < _BEYOND


_BEYOND = 2.0**1023
_STATES = tuple(state.value for state in ChangeState)
_TEXT = _Takes(lambda value: isinstance(value, str), "a text")
_IDS = _Takes(_is_ids, "a list of ids of CIs", ())
_MOMENT = _Takes(lambda value: isinstance(value, str), "a moment with its offset or zone, as text", None)
_COUNT = _Takes(_is_count, "a whole number, 0 or more")
_BUDGET = _Takes(lambda value: type(value) is int, "a whole number", None)
_HOURS = _Takes(_is_number, "a number of hours", None)
_BOTH = {"service": _TEXT, "down": _IDS, "budget": _BUDGET}

QUESTIONS: dict[str, dict[str, _Takes]] = {
    "impact": {"cis": _IDS._replace(default=...)},
    "spof": {"service": _TEXT, "down": _IDS},
    "outage": {**_BOTH, "window": _HOURS},
    "risk-groups": {**_BOTH, "top": _COUNT._replace(default=10)},
    "criticality": {"cis": _IDS, "top": _COUNT._replace(default=20)},
    "conflicts": {
        "from": _MOMENT,
        "to": _MOMENT,
        "down": _IDS,
        "state": _Takes(
            lambda value: isinstance(value, (list, tuple)) and all(state in _STATES for state in value),
            f"a list of states of changes: {', '.join(_STATES)}",
            tuple(state.value for state in COUNTED),
        ),
        "moves": _Takes(lambda value: isinstance(value, bool), "true or false", True),
    },
}
"""Every question that may be asked in the background, with the arguments it takes, as the API names them."""
