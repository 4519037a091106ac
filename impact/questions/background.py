"""
Questions asked in the background: each is a run of the job ``question``, whose result is the answer, kept as a blob.

A question is judged before its run is written: what it may say, whether the CIs it names are there. The run holds it
with the revision that was newest then, and the moment, so the answer is the same bytes whenever a worker comes to it,
and those of any other run of the same question at that revision. A question may be asked so by whoever may ask it
directly; the run reads with the rights of a viewer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from cmdb import jobs
from cmdb.chain import canonical
from cmdb.context import Context
from cmdb.errors import Family, ForeshockError, InvalidInput, NotFound, Problem
from cmdb.jobs import Result
from cmdb.model.kind import Kind
from cmdb.model.run import Run, RunState, Said
from cmdb.records import Held, from_document, to_json
from cmdb.work import Work
from impact.progress import heard
from impact.questions.graphs import names_nearest
from impact.questions.judging import judged, refuse_unknown

JOB = "question"
INLINE = 4096
"""Arguments of more bytes are kept as a blob, not in the run."""

Arguments = Mapping[str, Any]


class Question(NamedTuple):
    """What is asked, such as "outage", and its arguments by the names that the API gives them."""

    kind: str
    arguments: dict[str, Any]


class NotAnswered(ForeshockError):
    """The run has no answer: it has not ended, did not end well, or is none of a question."""

    code = "question.not_answered"
    sentence = "{run} has no answer: {because}"
    family = Family.REFUSED

    def __init__(self, *, run: str, because: str, state: str) -> None:
        super().__init__(run=run, because=because, state=state)


# asking --------------------------------------------------------------------------------------------------------------
@names_nearest
def ask(context: Context, kind: str, arguments: Arguments, *, at: int | None = None) -> Held[Run]:
    """
    Ask a question in the background, of a revision (None: the newest), and return its run, which waits for a worker.

    Raises:
        NotAllowed: the actor may not ask this directly either.
        InvalidInput: all that is wrong with the question.
        NotFound: some CIs are not in the estate (all are named), or there is no such revision.
        HistoryGone: the revision is no longer kept.
    """
    _allow(context, kind)
    revision = context.store.revision() if at is None else at
    now = context.clock.now().astimezone(UTC)
    taken = judged(kind, arguments, now=now)
    refuse_unknown(context, taken, at=revision)
    parameters: dict[str, Any] = {"question": kind, "at": revision, "now": now.isoformat().replace("+00:00", "Z")}
    content = canonical(taken)
    if len(content) <= INLINE:
        parameters["arguments"] = taken
    else:
        parameters["arguments_sha256"] = context.store.put_blob(content)
    return jobs.queued(context, JOB, parameters=parameters)


def question_of(context: Context, run: Run) -> Question:
    """
    Return what a run is to answer.

    Raises:
        InvalidInput: it is a run of this job that asks nothing, as ``job run`` would make one.
    """
    held = run.parameters
    if run.job != JOB or "question" not in held:
        sentence = "the run asks nothing; a question is asked by its own command, with --job"
        raise InvalidInput([Problem("question.none", sentence, pointer="")], what=run.id, setting=True)
    if "arguments" in held:
        return Question(held["question"], dict(held["arguments"]))
    content = context.store.get_blob(held["arguments_sha256"])
    if content is None:
        raise NotFound(kind="blob", ids=(held["arguments_sha256"],))
    return Question(held["question"], json.loads(content))


# answering -----------------------------------------------------------------------------------------------------------
def answer(work: Work) -> Result:
    """Answer the question of a run, telling how far it is, and keep the answer; stops where the run is told to."""
    context, run = work.context, work.run
    asked = question_of(context, run)
    work.progress("graph", 0)
    with heard(work.progress):
        found = answered(context, asked, at=run.parameters["at"], now=datetime.fromisoformat(run.parameters["now"]))
    content = content_of(found)
    # Whoever cancelled it before this is not told that it went well.
    work.check()
    figures = {"question": asked.kind, "revision": run.parameters["at"], "bytes": len(content)}
    sha256 = context.store.put_blob(content)
    said = Said("question.answered", {"question": asked.kind, "revision": run.parameters["at"], "run": run.id})
    return Result(RunState.OK, said, figures={**figures, "result": sha256})


def answered(context: Context, question: Question, *, at: int, now: datetime) -> Any:
    """Return the answer of a question; ``at`` and ``now`` settle what would otherwise depend on when it is asked."""
    return _ASK[question.kind](context, question.arguments, at, now)


def content_of(found: Any) -> bytes:
    """
    Return an answer as its bytes: JSON with its names in order and no space between, in UTF-8.

    Not RFC 8785, which knows no whole numbers beyond 2**53 - 1: there may be more risk groups than that.
    """
    document = {**to_json(Kind(type(found), name="answer"), found), **_ALWAYS.get(type(found).__name__, {})}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False).encode()


# reading -------------------------------------------------------------------------------------------------------------
def result_of(context: Context, run_id: str) -> tuple[Run, bytes]:
    """
    Return a run and the bytes of its answer.

    Raises:
        NotAllowed: the actor may not read runs, or may not ask this.
        NotFound: there is no such run.
        NotAnswered: it has no answer; it says why.
    """
    run = jobs.get(context, run_id).record
    _allow(context, run.parameters.get("question", ""))
    content = None
    if run.job == JOB and run.state is RunState.OK and "result" in run.figures:
        content = context.store.get_blob(run.figures["result"])
    if content is None:
        because = _BECAUSE.get(run.state, "it is none of a question")
        raise NotAnswered(run=run.id, because=because, state=run.state.value)
    return run, content


def read_answer(kind: str, content: bytes) -> Any:
    """Return the answer that :func:`content_of` made bytes of."""
    made = _answer_types()[kind]
    return from_document(Kind(made, name="answer"), json.loads(content))


_BECAUSE = {
    RunState.QUEUED: "it waits for a worker",
    RunState.RUNNING: "it goes on",
    RunState.PARTIAL: "it went well in part only",
    RunState.FAILED: "it failed",
    RunState.CANCELLED: "it was cancelled",
    RunState.LOST: "it is lost",
}
# Answers are complete; a door that masks what its reader may not see counts that, and so far nobody's is masked.
_ALWAYS = {"ImpactAnswer": {"hidden": 0}}


def _allow(context: Context, kind: str) -> None:
    """Ask for what the direct question asks for; raises NotAllowed."""
    context.allow("impact:read")
    if kind == "conflicts":
        context.allow("change:read")
        context.allow("incident:read")


def _impact(context: Context, given: Arguments, at: int, _: datetime) -> Any:
    from impact.questions.impact import impact_of

    return impact_of(context, given["cis"], at=at)


def _spof(context: Context, given: Arguments, at: int, _: datetime) -> Any:
    from impact.questions.spof import single_points_of

    return single_points_of(context, given["service"], failed=given["down"], at=at)


def _outage(context: Context, given: Arguments, at: int, _: datetime) -> Any:
    from impact.questions.outage import outage_of

    # Canonical JSON writes 4.0 as 4.
    window, budget = given["window"], given["budget"]
    window = None if window is None else float(window)
    return outage_of(context, given["service"], failed=given["down"], window_hours=window, budget=budget, at=at)


def _risk_groups(context: Context, given: Arguments, at: int, _: datetime) -> Any:
    from impact.questions.risk_groups import risk_groups_of

    most, budget = given["top"], given["budget"]
    return risk_groups_of(context, given["service"], failed=given["down"], most=most, budget=budget, at=at)


def _criticality(context: Context, given: Arguments, at: int, _: datetime) -> Any:
    from impact.questions.criticality import criticality_of

    return criticality_of(context, given["cis"], most=given["top"], at=at)


def _conflicts(context: Context, given: Arguments, at: int, now: datetime) -> Any:
    from cmdb.model.change import ChangeState
    from impact.questions.conflicts import conflicts_in

    states = [ChangeState(state) for state in given["state"]]
    period = {"since": given["from"], "until": given["to"]}
    return conflicts_in(context, **period, down=given["down"], states=states, moves=given["moves"], at=at, now=now)


_ASK: dict[str, Callable[[Context, Arguments, int, datetime], Any]] = {
    "impact": _impact,
    "spof": _spof,
    "outage": _outage,
    "risk-groups": _risk_groups,
    "criticality": _criticality,
    "conflicts": _conflicts,
}


def _answer_types() -> dict[str, type]:
    from cmdb.model.risk_group import RiskGroups
    from impact.answers import ImpactAnswer, SinglePoints
    from impact.questions.conflicts import ConflictsAnswer
    from impact.questions.criticality import CriticalityAnswer
    from impact.questions.outage import OutageAnswer

    return {
        "impact": ImpactAnswer,
        "spof": SinglePoints,
        "outage": OutageAnswer,
        "risk-groups": RiskGroups,
        "criticality": CriticalityAnswer,
        "conflicts": ConflictsAnswer,
    }
