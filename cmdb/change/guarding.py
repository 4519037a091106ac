"""The guards of the moves: each is one function, and a move asks those that its row of the table names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from cmdb.change import assessments, checks, go_checks, overriding
from cmdb.change.authority import AUTHORITY, EMERGENCY_BOARD, OVERRIDING, refuse_own
from cmdb.change.errors import NotReady, NotTheAuthority, NotTheEmergencyBoard, OwnApproval
from cmdb.change.moves import GUARDS, Move
from cmdb.change.record import tasks
from cmdb.context import Context
from cmdb.errors import MOST_NAMED, IllegalMove, InvalidInput
from cmdb.model.assessment import Assessment, Verdict
from cmdb.model.ballot import APPROVING, VOTES
from cmdb.model.change import CHANGES, Change, ChangeType, Effect
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.decision import DECISIONS, Choice, Decision
from cmdb.people.persons import hands
from cmdb.ports.store import Equals
from cmdb.records import from_document
from cmdb.roles import Role

CHOOSING = frozenset(
    {
        "policy_approves",
        "policy_leaves_it",
        "same_result",
        "other_result",
        "went_well",
        "went_in_part",
        "was_backed_out",
        "has_failed",
        "complete",
        "window_ahead",
        "step_open",
    }
)
"""
Guards that nobody has to ask here: by those of an assessment and of an outcome the desk chooses the move in the first
place, and those of what was typed are told as problems of the input, all at once.
"""

_LEADING_TO_IT = frozenset({Choice.APPROVE, Choice.CONFIRM, Choice.ASK_OVERRIDE, Choice.OVERRIDE})

TAKING_BACK = frozenset({Choice.RECALL, Choice.DEFER, Choice.REJECT})
"""After these what the emergency board said before the change was assessed no longer lets it be implemented."""


@dataclass
class Asked:
    """
    A move that somebody wants to make, and what they brought; ``seen`` is the hash of the assessment they saw.

    ``looking`` tells what happened since a go or no-go check; a move that asks for one can not be asked without it.
    """

    context: Context
    change: Change
    move: Move
    seen: str | None = None
    comment: str = ""
    subject: str = "comment"
    looking: go_checks.Looking | None = None

    @cached_property
    def assessment(self) -> Assessment:
        return assessments.newest(self.context, self.change)

    @cached_property
    def verdict(self) -> Verdict:
        """
        The verdict the actor answers for.

        Where a check found nothing worse than was approved it is the approved one; what was overridden is the board's.
        """
        assessment = self.assessment
        if self.move.name == "confirm" and go_checks.is_go(self.context, self.change):
            assessment = assessments.approved(self.context, self.change)
        return overriding.verdict_to_answer(self.context, self.change, assessment)

    @cached_property
    def now(self) -> datetime:
        return self.context.clock.now()


def ask(
    context: Context,
    change: Change,
    move: Move,
    *,
    seen: str | None = None,
    comment: str = "",
    subject: str = "comment",
    looking: go_checks.Looking | None = None,
) -> None:
    """
    Return if every guard of the move holds. What concerns the actor comes first: nobody learns more than they may.

    Raises:
        OwnChange, NotTheAuthority, NotTheEmergencyBoard: the actor may not do this.
        IllegalMove: a guard does not hold; ``because`` is its code in :data:`cmdb.change.moves.GUARDS`.
        NotReady: the same, with what keeps it from holding (of a go or no-go check, one of its subclasses).
        InvalidInput: the comment is missing where it is needed, or too long.
    """
    asked = Asked(context, change, move, seen, comment, subject, looking)
    wanted = set(move.guards) - CHOOSING
    if "comment" not in wanted and comment:
        wanted.add("comment")
    for guard, check in _CHECKS.items():
        if guard in wanted:
            check(asked)
            wanted.remove(guard)
    if wanted:
        raise AssertionError(f"no check for the guards {sorted(wanted)}")


def over(change: Change, now: datetime) -> bool:
    """Tell whether the change's window has ended."""
    return change.window is not None and change.window.end <= now


# what concerns the actor ---------------------------------------------------------------------------------------------
def _not_own_change(asked: Asked) -> None:
    refuse_own(asked.context, asked.change, asked.move.name)


def _emergency_board(asked: Asked) -> None:
    actor = asked.context.actor
    if not actor.roles & EMERGENCY_BOARD:
        needed = [role.value for role in Role if role in EMERGENCY_BOARD]
        raise NotTheEmergencyBoard(actor=actor.id, change=asked.change.id, needed=needed)


def _not_approver(asked: Asked) -> None:
    """Refuse whoever approved this revision or overrode its BLOCK, by any account, and whom they are delegates of."""
    actor = asked.context.actor.id
    for decision in _approvals(asked):
        for approver in (decision.by, *_voters(asked, decision)):
            if actor in hands(asked.context.store, approver):
                raise OwnApproval(actor=actor, move=asked.move.name, change=asked.change.id, approver=approver)


def _voters(asked: Asked, decision: Decision) -> list[str]:
    """Return who voted for it, where the decision is a board's."""
    if decision.ballot is None:
        return []
    votes = asked.context.records.find(VOTES, [Equals("ballot", decision.ballot)])
    return [vote.by for vote in votes if vote.choice in APPROVING]


def _approvals(asked: Asked) -> list[Decision]:
    """Return by whom the change's present revision came to be approved, whether or not that still counts."""
    found = asked.context.records.find(DECISIONS, [Equals("change", asked.change.id)])
    return [each for each in found if each.choice in _LEADING_TO_IT and each.change_revision == asked.change.revision]


def _authority(asked: Asked) -> None:
    actor, verdict = asked.context.actor, asked.verdict
    allowed = AUTHORITY[verdict]
    # What the policy approved by itself, somebody who may approve what is more than that can confirm.
    if verdict is Verdict.AUTO and asked.move.name == "confirm":
        allowed = AUTHORITY[Verdict.PEER]
    if not actor.roles & allowed:
        needed = [role.value for role in Role if role in allowed]
        raise NotTheAuthority(actor=actor.id, change=asked.change.id, verdict=verdict.value, needed=needed)


def _override_authority(asked: Asked) -> None:
    actor = asked.context.actor
    if not actor.roles & OVERRIDING:
        needed = [role.value for role in Role if role in OVERRIDING]
        raise NotTheAuthority(actor=actor.id, change=asked.change.id, verdict=asked.verdict.value, needed=needed)


def _another_person(asked: Asked) -> bool:
    return overriding.asked_by_another(asked.context, asked.change)


# what is refused by its code alone -----------------------------------------------------------------------------------
def _refused(guard: str, is_refused: Callable[[Asked], bool]) -> Callable[[Asked], None]:
    def check(asked: Asked) -> None:
        if is_refused(asked):
            rule = f"{GUARDS[guard]}{_window_of(asked.change) if guard in _OF_THE_WINDOW else ''}"
            raise IllegalMove(subject=asked.change.id, move=asked.move.name, because=guard, rule=rule)

    return check


_OF_THE_WINDOW = ("window_open", "window_over", "window_not_over")


def _window_of(change: Change) -> str:
    """Return when the window is, for a rule that asks for it."""
    window = change.window
    return "" if window is None else f": it is {window.start.isoformat()} to {window.end.isoformat()}"


def _board_approved(asked: Asked) -> bool:
    """Tell whether the emergency board has approved this revision, and nobody took that back since."""
    found = asked.context.records.find(DECISIONS, [Equals("change", asked.change.id)])
    ours = [each for each in found if each.change_revision == asked.change.revision]
    ours.sort(key=lambda each: (each.at, len(each.id), each.id))
    taken_back = [place for place, each in enumerate(ours, 1) if each.choice in TAKING_BACK]
    since = ours[taken_back[-1] if taken_back else 0 :]
    return any(each.choice is Choice.APPROVE and each.assessment is None for each in since)


def _window_open(asked: Asked) -> bool:
    window = asked.change.window
    return window is not None and window.start <= asked.now < window.end


def _papers_complete(change: Change) -> bool:
    return change.type is not ChangeType.EMERGENCY or change.papers_at is not None


# what is refused with what stands in the way -------------------------------------------------------------------------
def _conditions_done(asked: Asked) -> None:
    waiting = tasks.open_conditions(asked.context, asked.change.id)
    _not_ready(asked, "conditions_done", [f"{task.id} ({task.title})" for task in waiting])


def _predecessors_succeeded(asked: Asked) -> None:
    found = asked.context.store.get_many(CHANGES, asked.change.after)
    there = {key: from_document(CHANGES, stored.document) for key, stored in found.items()}
    waiting = [
        f"{each} is {there[each].state.value}" if each in there else f"{each} is not there"
        for each in asked.change.after
        if each not in there or not there[each].has_succeeded
    ]
    _not_ready(asked, "predecessors_succeeded", waiting)


def _targets_present(asked: Asked) -> None:
    # What a change is to add need not be there.
    ids = [target.ci for target in asked.change.targets if target.effect is not Effect.ADD]
    found = asked.context.store.get_many(CIS, ids)
    gone = [ci for ci in ids if ci not in found or found[ci].document.get("status") == CIStatus.RETIRED.value]
    _not_ready(asked, "targets_present", gone)


def _go_recent(asked: Asked) -> None:
    assert asked.looking is not None
    why = go_checks.why_not_recent(asked.context, asked.change, asked.looking, move=asked.move.name)
    if why is not None:
        raise why


def _not_ready(asked: Asked, guard: str, waiting: list[str]) -> None:
    if waiting:
        more = [f"{len(waiting) - MOST_NAMED} more"] if len(waiting) > MOST_NAMED else []
        what = ", ".join([*waiting[:MOST_NAMED], *more])
        raise NotReady(subject=asked.change.id, move=asked.move.name, because=guard, what=what)


def _comment(asked: Asked) -> None:
    problems = list(
        checks.text_problems(f"/{_POINTERS.get(asked.subject, asked.subject)}", asked.subject, asked.comment)
    )
    if problems:
        raise InvalidInput(problems, what=f"the decision on {asked.change.id}")


_POINTERS = {"review": "text"}

# In this order: who acts, what the change is, what was decided, how things stand.
_CHECKS: dict[str, Callable[[Asked], None]] = {
    "emergency": _refused("emergency", lambda a: a.change.type is not ChangeType.EMERGENCY),
    "retrospective": _refused("retrospective", lambda a: not a.change.retrospective),
    "not_retrospective": _refused("not_retrospective", lambda a: a.change.retrospective),
    "not_own_change": _not_own_change,
    "not_approver": _not_approver,
    "emergency_board": _emergency_board,
    "override_authority": _override_authority,
    "board_approved": _refused("board_approved", lambda a: not _board_approved(a)),
    "suspended": _refused("suspended", lambda a: a.change.suspended is None),
    "not_suspended": _refused("not_suspended", lambda a: a.change.suspended is not None),
    "assessment_of_this_revision": _refused(
        "assessment_of_this_revision", lambda a: a.assessment.change_revision != a.change.revision
    ),
    "assessment_as_seen": _refused("assessment_as_seen", lambda a: a.seen is not None and a.seen != a.assessment.hash),
    "verdict_not_block": _refused("verdict_not_block", lambda a: a.verdict is Verdict.BLOCK),
    "verdict_block": _refused("verdict_block", lambda a: a.verdict is not Verdict.BLOCK),
    "override_asked": _refused("override_asked", lambda a: not overriding.asked(a.context, a.change)),
    "another_person": _refused("another_person", lambda a: not _another_person(a)),
    "window_not_over": _refused("window_not_over", lambda a: not a.change.retrospective and over(a.change, a.now)),
    "window_over": _refused("window_over", lambda a: a.change.retrospective or not over(a.change, a.now)),
    "window_open": _refused("window_open", lambda a: not _window_open(a)),
    "authority": _authority,
    "conditions_done": _conditions_done,
    "predecessors_succeeded": _predecessors_succeeded,
    "targets_present": _targets_present,
    "go_recent": _go_recent,
    "papers_complete": _refused("papers_complete", lambda a: not _papers_complete(a.change)),
    "comment": _comment,
}

CHECKED = frozenset(_CHECKS)
"""The guards that are asked here."""
