"""An assessment: what the impact service computed for one revision of a change. A record, never changed afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from cmdb.model.change import ChangeType, Target, Window
from cmdb.model.consequence import Consequence
from cmdb.model.facts import Facts
from cmdb.model.kind import Kind
from cmdb.model.outcome import Outcome
from cmdb.model.outlook import Outlook
from cmdb.model.phases import Phase
from cmdb.model.prediction import FailureFigures, Prediction
from cmdb.model.rewiring import Rewiring


class Verdict(StrEnum):
    """Who decides about a change: nobody may (yet), the board, a peer, or the policy itself."""

    BLOCK = "BLOCK"
    CAB = "CAB"
    PEER = "PEER"
    AUTO = "AUTO"

    @property
    def rank(self) -> int:
        """0 for the strictest, growing towards the mildest."""
        return _RANKS[self]

    def is_stricter_than(self, other: Verdict) -> bool:
        return self.rank < other.rank


_RANKS = {verdict: rank for rank, verdict in enumerate(Verdict)}


@dataclass(frozen=True, slots=True)
class Inputs:
    """
    All an assessment was computed from; with the graph of its revision this gives the same result for ever.

    The policy's text and the catalogue's defaults are kept as blobs under their SHA-256, so that neither a new policy
    nor a new release changes what was decided. ``policy_version`` 0 is the policy that comes with Foreshock. ``method``
    numbers the ways of making an assessment, so that one can be made again as it was; the first has none. What follows
    it is there since the third: whether the change is retrospective, the change model it is made by, the incidents it
    is to resolve, when its back-out plan was last tested, and when the target that was seen longest ago was seen last
    (None: some never was, or nobody asked, because the change is of no model). Since the fourth there are the change as
    the model of P(fail) sees it, and whether those whom it touches were told of it.
    """

    type: ChangeType
    window: Window
    targets: tuple[Target, ...]
    has_back_out: bool
    policy_version: int
    policy_sha256: str
    defaults_sha256: str
    method: int | None = None
    retrospective: bool = False
    model: str | None = None
    incidents: tuple[str, ...] = ()
    back_out_tested_on: date | None = None
    seen_at: datetime | None = None
    failure: FailureFigures | None = None
    notified: bool = False


@dataclass(frozen=True, slots=True)
class ServiceOutcome:
    """
    What happens to one service: the worst outcome of the phases, and how long each outcome lasts.

    ``minutes`` maps each outcome that occurs to its planned minutes (one decimal); together they are the window.
    ``reason`` is a shortest path of ids from a failed CI to the service and ``margin`` the number of further failures
    that take it down (None: nothing does; at least as many where ``margin_high``, which is enough, is greater), both
    from the first worst phase. ``new_single_points`` are the CIs whose single failure would stop it in some phase and
    did not before, sorted.
    """

    id: str
    name: str
    tier: int | None
    outcome: Outcome
    minutes: Mapping[str, float]
    reason: tuple[str, ...]
    new_single_points: tuple[str, ...]
    margin: int | None
    margin_high: int | None


@dataclass(frozen=True, slots=True)
class Findings:
    """
    What the impact computation found for a window and its targets, before any policy judges it.

    ``services`` are those the change does something to, by tier (without one last) and id; ``unaffected`` counts the
    others and ``standing`` names those of them that are down, degraded or short of a spare with or without the change.
    ``down`` and ``degraded`` are the CIs that become so in some phase beside the targets. ``retired`` are targets that
    are no longer part of the estate: they are never out by plan, since nothing can depend on them. ``rewiring`` is what
    the edits of the graph come to, None where the change has none; services that stand otherwise only once the window
    is over are among ``services`` too, with no minutes of it.
    """

    phases: tuple[Phase, ...]
    services: tuple[ServiceOutcome, ...]
    unaffected: int
    standing: tuple[str, ...]
    down: tuple[str, ...]
    degraded: tuple[str, ...]
    retired: tuple[str, ...]
    rewiring: Rewiring | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """
    One assessment of one revision of a change; the fields of its result are those of :class:`Findings`.

    ``number`` counts the assessments of the change from 1. ``reasons`` are the codes of the verdict's reasons in their
    fixed order. ``previous`` is the hash of the change's assessment before (all zeros for the first) and ``hash`` the
    SHA-256 of the canonical document without ``hash`` itself. ``outlook`` is None in assessments of the first method,
    ``facts`` in those of the first two; it holds all that the verdict was judged by. ``prediction`` is P(fail) and
    ``consequence`` what the change may do at that chance, both None in assessments of the first three methods.
    """

    id: str
    change: str
    number: int
    change_revision: int
    graph_revision: int
    made_at: datetime
    made_by: str
    inputs: Inputs
    verdict: Verdict
    reasons: tuple[str, ...]
    services: tuple[ServiceOutcome, ...]
    unaffected: int
    standing: tuple[str, ...]
    down: tuple[str, ...]
    degraded: tuple[str, ...]
    retired: tuple[str, ...]
    phases: tuple[Phase, ...]
    previous: str
    hash: str = ""
    outlook: Outlook | None = None
    facts: Facts | None = None
    prediction: Prediction | None = None
    consequence: Consequence | None = None
    rewiring: Rewiring | None = None


ASSESSMENTS = Kind(
    Assessment,
    name="assessment",
    series="ASM",
    indexed=("change", "number", "made_at"),
    refers_to={"change": "change"},
)

RESULT = ("verdict", "reasons", "services", "standing", "down", "degraded", "retired", "phases")
"""
What an approval rests on: while a later assessment finds the same here, the approval stands.

``unaffected`` is left out: a service added elsewhere in the estate is no new fact about the change. Of the
outlook only whom the change meets, and who would be worse off without a doubtful relation, counts: its probabilities
move with every incident.
"""


def unsigned(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of an assessment's document that its hash covers."""
    return {key: value for key, value in document.items() if key != "hash"}


def result_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of an assessment's document that an approval rests on."""
    outlook = document.get("outlook") or {}
    return {
        **{key: document[key] for key in RESULT},
        # Why a change was not approved by itself moves as time goes by, and no person decided because of it.
        "reasons": [code for code in document["reasons"] if not code.startswith("auto_")],
        "rewiring": document.get("rewiring"),
        "met": [
            [each.get(of, []) for of in ("changes", "incidents", "services")] for each in outlook.get("conflicts", ())
        ],
        "doubtful": [[each["service"], each["worst"]] for each in outlook.get("doubtful", ())],
    }
