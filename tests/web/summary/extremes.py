"""Changes that are as much as a change can be: hundreds of targets, dozens of services, long names in two scripts."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from cmdb.chain import digest
from cmdb.change.policy.reasons import REASONS, facts_of
from cmdb.model.assessment import Assessment, Inputs, ServiceOutcome, Verdict
from cmdb.model.called import Called
from cmdb.model.change import BackOut, Change, ChangeState, ChangeType, Effect, Target, Window
from cmdb.model.confidence import DoubtfulRelation, Flip
from cmdb.model.consequence import (
    BudgetState,
    Consequence,
    FailureChance,
    Scenario,
    ScenarioName,
    ServiceConsequence,
    ServiceScenario,
)
from cmdb.model.decision import Choice, Decision
from cmdb.model.explanation import (
    Because,
    Explanation,
    Explanations,
    GroupFacts,
    Node,
    NodeKind,
    NodeState,
    Story,
)
from cmdb.model.explanation import Facts as ExplanationFacts
from cmdb.model.facts import Facts
from cmdb.model.gate import Alone, Gate, GateMember, Why
from cmdb.model.joint_conflict import JointConflict, SmallestMove
from cmdb.model.mitigation import (
    Gain,
    Mitigation,
    MitigationKind,
    NeverOut,
    Roll,
    ServiceGain,
    Spare,
    Unexamined,
    Wave,
    WindowMove,
)
from cmdb.model.outcome import Outcome
from cmdb.model.outlook import Chance, DoubtfulOutcome, Outlook, ServiceRisk
from cmdb.model.phases import phases_of
from cmdb.model.prediction import Alike, Contribution, Prediction
from cmdb.model.relation import Strength
from cmdb.model.risk_group import RiskGroup
from cmdb.model.similar import SimilarChange, SimilarChanges, SimilarityPart
from cmdb.model.summary import Approval, CalendarJudged, ChangeSummary, EntryMet, ReasonFacts
from tests.builders import moment

HAN = "变更核心数据库集群更换电源模块并升级固件版本切换网络链路支付结算清算中心生产环境容灾演练双活机房"
LATIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
STRANGE = (
    '<script>alert("x")</script>',
    "a & b",
    "{page}",
    "{0}",
    "\u202eright to left",
    "é\u0301\u0301",
    "ﷺ" * 5,
    "𠮷野家",
)
RAW, OWN = "§", "¤"
"""What every id of a CI has, and every name that a CI has for itself alone: none of them may be read on a page."""
_TOUCHED = (Outcome.DOWN, Outcome.DEGRADED, Outcome.REDUNDANCY_LOST, Outcome.REDUCED)


class Extreme:
    """Draws one summary from a seed; ``size`` from 0 (nothing at all) to 1 (everything at its most)."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.size = self.chance.choice((0.0, 0.1, 0.5, 1.0, 1.0))
        self.seed = seed
        self.known: dict[str, Called] = {}

    def count(self, most: int) -> int:
        """Return how many of something there are."""
        return round(most * self.size) if self.size in (0.0, 1.0) else self.chance.randint(0, round(most * self.size))

    def text(self, most: int) -> str:
        """Return a text of at most so many characters: Chinese, one word without a space, words, or strange ones."""
        kind, length = self.chance.randrange(5), self.chance.randint(1, most)
        if kind == 4:
            return self.chance.choice(STRANGE)[:most]
        if kind == 3:
            words = ("".join(self.chance.choices(LATIN, k=self.chance.randint(1, 12))) for _ in range(length))
            return " ".join(words)[:length].strip() or "x"
        letters = (HAN, LATIN, HAN + LATIN)[kind]
        return "".join(self.chance.choices(letters, k=length))

    def name(self, stem: str, number: int) -> str:
        """Return a name or id that no other thing has."""
        return f"{stem}{number}-{self.text(self.chance.choice((4, 30, 120)))}".replace("\u202e", "")

    def ci(self, stem: str, number: int) -> str:
        """Return the id of a CI, unlike its name as those that discovery makes; every third is a part of a host."""
        ci = f"{RAW}{digest([stem, number])[:20]}/{stem}:{number}"
        if ci not in self.known:
            host = f"{RAW}{digest([stem, number])[:20]}"
            name, kind = self.name(stem, number), "server"
            if len(self.known) % 3 == 2:
                self.known[host] = Called(host, "server", f"host-{len(self.known)}")
                name, kind = f"{name}@host-{len(self.known) - 1}", "container"
            part = kind == "container"
            self.known[ci] = Called(ci, kind, name, "runs_on" if part else None, host if part else None)
        return ci

    def summary(self) -> ChangeSummary:
        """Return the summary."""
        window = Window(moment("2026-03-02T22:00Z"), moment("2026-03-03T06:00Z"), "Asia/Shanghai")
        targets = tuple(self._target(number) for number in range(max(1, self.count(300))))
        change = self._change(window, targets)
        services = [self.ci("svc", number) for number in range(self.count(40))]
        assessment = None if self.size == 0 and self.seed % 2 else self._assessment(change, window, services)
        return ChangeSummary(
            change=change,
            assessment=assessment,
            reasons=tuple(self._reason(assessment, number) for number in range(self.count(12))) if assessment else (),
            approvals=tuple(self._approval(number, change) for number in range(self.count(9))),
            why=self._why(assessment) if assessment and self.chance.random() < 0.9 else None,
            could_be=self.chance.choice((None, *Verdict)) if assessment else None,
            similar=self._similar(change),
            called=self.known,
            calendar=self._calendar() if assessment else None,
        )

    def _target(self, number: int) -> Target:
        effect = self.chance.choice(list(Effect))
        return Target(self.ci("ci", number), effect, self.chance.randrange(60), self.chance.choice((None, 10, 90)))

    def _change(self, window: Window, targets: tuple[Target, ...]) -> Change:
        plan = BackOut(
            self.text(4000), self.chance.choice((None, 12, 9999)), self.chance.choice((None, date(2026, 2, 1)))
        )
        return Change(
            id="CHG-1042",
            title=self.text(200),
            reason=self.text(5000),
            requester=self.text(200),
            raised_at=moment("2026-02-20T12:00Z"),
            type=self.chance.choice(list(ChangeType)),
            state=ChangeState.ASSESSED,
            revision=3,
            window=window if self.size else None,
            targets=targets,
            implementer=self.text(200) if self.size else None,
            back_out=plan if self.chance.random() < 0.8 else None,
        )

    def _assessment(self, change: Change, window: Window, services: list[str]) -> Assessment:
        retired = tuple(target.ci for target in change.targets[: self.count(20)])
        inputs = Inputs(change.type, window, change.targets, True, 7, digest(self.seed), digest([self.seed]), 2)
        found = tuple(self._service(number, service, change) for number, service in enumerate(services))
        return Assessment(
            id="ASM-77",
            change=change.id,
            number=2,
            change_revision=self.chance.choice((2, 3)),
            graph_revision=8412,
            made_at=moment("2026-02-21T12:00Z"),
            made_by=self.text(60),
            inputs=inputs,
            verdict=self.chance.choice(list(Verdict)),
            reasons=(),
            services=found,
            unaffected=self.chance.randrange(1000),
            standing=tuple(each.id for each in found[::3]),
            down=(),
            degraded=(),
            retired=retired,
            phases=phases_of(window, change.targets[:20]),
            previous="0" * 64,
            hash=digest([self.seed, "hash"]),
            outlook=self._outlook(change, services) if self.chance.random() < 0.9 else None,
            facts=Facts(missing=retired, unreconciled=retired[:5]),
            **(self._expected(found) if self.chance.random() < 0.7 else {}),
        )

    def _expected(self, found: tuple[ServiceOutcome, ...]) -> dict[str, Any]:
        """Return P(fail) and the consequence, which knows of services that only a failure touches."""
        alike = Alike(0.05, 0.1, 212, 0.07, 15, 15 / 212)
        names = ("organisation", "model", "team", "CI", "size", "recalibration", f"fact_{self.text(200)}", "model")
        parts = tuple(Contribution(name, self.chance.uniform(-3.0, 3.0)) for name in names)
        prediction = Prediction(
            self.chance.choice((1e-6, 0.071, 0.99999)), 0.02, 0.18, self.chance.choice((0.1, 38.0)), "weighed",
            self.chance.choice((0, 5_000_000)), parts, self.chance.choice((None, alike)), 0.5, digest([self.seed, "m"]),
        )  # fmt: skip
        touched = [(each.id, each.name, each.tier) for each in found]
        touched += [(self.ci("svc", number), self.name("svc", number), 1) for number in range(100, 100 + self.count(9))]
        chance = FailureChance(0.071, 0.02, 0.18, False, 0.5)
        scenarios = tuple(Scenario(name, 0.3, 10.0) for name in ScenarioName)
        consequence = Consequence(
            chance, scenarios, (), tuple(self._consequence(*each) for each in touched), 12.5, 0.01, 1e7, 1e9, 1e9, 1e9,
            99.9, {"EUR": 1e12, "CNY": 12.0}, 1, (), self.count(300), self.count(9), 1, 7,
        )  # fmt: skip
        return {"prediction": prediction, "consequence": consequence}

    def _consequence(self, ci: str, name: str, tier: int | None) -> ServiceConsequence:
        minutes = self.chance.choice((0.0, 0.01, 43_200.5))
        ways = tuple(
            ServiceScenario(each, Outcome.REDUNDANCY_LOST, 0.5, minutes, 0.0, None, None, 1.0, 1.0, None)
            for each in ScenarioName
        )
        start = moment("2026-03-01T00:00Z")
        budget = self.chance.choice((None, BudgetState(start, start, 43.2, 12.5, 30.7, False)))
        spent = replace(budget, spent=True) if budget and self.chance.random() < 0.3 else budget
        breach = self.chance.choice((None, 0.0, 1e-6, 0.123456))
        return ServiceConsequence(
            ci, name, tier, 1.0, budget is not None, 0.0, spent, None, breach, breach, 1.0, 1.0, None, ways
        )

    def _service(self, number: int, service: str, change: Change) -> ServiceOutcome:
        outcome = self.chance.choice(_TOUCHED)
        points = tuple(self.ci("point", number * 10 + place) for place in range(self.chance.randrange(4)))
        return ServiceOutcome(
            id=service,
            name=self.known[service].name.partition("@")[0],
            tier=self.chance.choice((None, 1, 2, 3, 4)),
            outcome=outcome,
            minutes={outcome: self.chance.choice((0.5, 20.0, 479.9))},
            reason=(change.targets[0].ci, service),
            new_single_points=points,
            margin=self.chance.choice((None, 1, 2)),
            margin_high=None,
        )

    def _outlook(self, change: Change, services: list[str]) -> Outlook:
        ids = services
        stopped = [*ids[:9], *(self.ci("other", number) for number in range(5))]
        return Outlook(
            risks=tuple(self._risk(service) for service in ids[:20]),
            risks_unexamined=self.count(20),
            conflicts=tuple(self._conflict(number, change, stopped) for number in range(self.count(12) if ids else 0)),
            conflicts_unlisted=self.chance.randrange(3),
            doubtful=tuple(
                DoubtfulOutcome(each, self.name("svc", number), 1, Outcome.REDUCED, Outcome.DOWN)
                for number, each in enumerate(ids[:5])
            ),
            flips=tuple(self._flip(number, service) for number, service in enumerate(ids)),
            flips_unlisted=self.count(9),
            doubts_unexamined=self.chance.choice((None, 0, 12)),
            measures=tuple(self._measure(number, change) for number in range(self.count(5))),
            never=tuple(NeverOut(target.ci, tuple(ids[:9])) for target in change.targets[:9] if ids),
            measures_unexamined=(Unexamined(MitigationKind.ROLL, None), Unexamined(MitigationKind.SPARE, 12)),
        )

    def _risk(self, service: str) -> ServiceRisk:
        groups = tuple(
            RiskGroup(tuple(self.ci("member", place * 9 + each) for each in range(place + 1)), 0.5**place, place == 1)
            for place in range(4)
        )
        return ServiceRisk(service, ("ci",), 2.0, Chance(0.1, 0.2), Chance(0.3, 0.3), 3, "9" * 40, "17", groups)

    def _conflict(self, number: int, change: Change, services: list[str]) -> JointConflict:
        start, end = moment("2026-03-02T22:00Z"), moment("2026-03-02T23:00Z")
        others = tuple(f"CHG-{number * 10 + place}" for place in range(12))
        move = SmallestMove(change.id, -90, start, end, "this")
        cut = tuple(self.ci("cut", place) for place in range(20))
        standing = tuple(self.ci("standing", place) for place in range(self.chance.choice((0, 3))))
        others, incidents = (others, ("INC-1",)) if number % 2 else ((), ())
        return JointConflict(
            (change.id, *others),
            incidents,
            standing or cut[:1],
            (),
            tuple(services),
            start,
            end,
            cut,
            (),
            (move, move, move),
        )

    def _flip(self, number: int, service: str) -> Flip:
        relation = DoubtfulRelation(self.ci("from", number), self.ci("to", number), None, 0.7)
        return Flip(service, relation, Outcome.REDUCED, Outcome.DOWN)

    def _measure(self, number: int, change: Change) -> Mitigation:
        start, end = moment("2026-03-02T22:00Z"), moment("2026-03-02T23:00Z")
        points = tuple(self.ci("point", place) for place in range(number % 3))
        gain = ServiceGain(self.ci("svc", number), self.name("svc", number), 1, Outcome.DOWN, Outcome.REDUCED, 12.0, ())
        kind = list(MitigationKind)[number % len(MitigationKind)]
        waves = tuple(Wave(place * 10, 10, (change.targets[0].ci,)) for place in range(8))
        of_kind: dict[MitigationKind, dict[str, Any]] = {
            MitigationKind.CONFIRM: {"relation": DoubtfulRelation(self.ci("from", 0), self.ci("to", 0), None, 0.7)},
            MitigationKind.MOVE: {
                "move": WindowMove(90, start, end, "all", ("CHG-7", "INC-1", self.ci("standing", number)))
            },
            MitigationKind.ROLL: {"roll": Roll(waves, 80, 20, True, False)},
            MitigationKind.LEAVE_OUT: {"left_out": change.targets[0].ci},
            MitigationKind.SPARE: {"spare": Spare(self.ci("item", number), self.name("group", number), 3, 2, 2)},
        }
        return Mitigation(kind, 1, Gain((gain,), {}, 12.0, points), **of_kind[kind])

    def _why(self, assessment: Assessment) -> Why:
        members = tuple(
            GateMember(self.ci("twin", place), (self.ci("root", place), self.ci("twin", place)), True)
            for place in range(3)
        )
        gate = Gate(self.ci("owner", 1), self.name("pool", 1), 1, Strength.HARD, members)
        alone = {ci: (Alone(ci, each.id, ci, gate),) for each in assessment.services for ci in each.new_single_points}
        told = tuple(self._explanation(each) for each in assessment.services[:4])
        # What the graph calls them is a name for a machine: "nginx@web1".
        own = {ci: f"{OWN}{ci.rpartition(':')[2]}@host" for ci in self.known}
        return Why({}, alone, own, Explanations(told, own, {}))

    def _explanation(self, service: ServiceOutcome) -> Explanation:
        gone = tuple(self.ci("gone", place) for place in range(4))
        facts = ExplanationFacts(
            Because.GROUP, group=GroupFacts(service.id, "pool", 2, Strength.HARD, "", gone, ()), failed=gone
        )
        nodes = [Node(NodeKind.CI, (service.id,), NodeState.DOWN)]
        nodes += [
            Node(NodeKind.CI, tuple(self.ci("node", place * 3 + each) for each in range(1 + place % 3)), NodeState.DOWN)
            for place in range(11)
        ]
        edges = tuple((place // 2, place) for place in range(1, 12))
        return Explanation(service.id, Outcome.DOWN, facts, Story(tuple(nodes), edges, 17))

    def _reason(self, assessment: Assessment, number: int) -> ReasonFacts:
        codes = ("service_down_tier1", "target_retired", "joint_conflict", "target_missing", "a_code_of_tomorrow")
        code = (*codes, "target_unreconciled", "freeze")[number % 7]
        return ReasonFacts(code, REASONS.get(code, ""), facts_of(code, assessment) if code in REASONS else {})

    def _calendar(self) -> CalendarJudged | None:
        def met(what: str) -> tuple[EntryMet, ...] | None:
            count, demand = self.chance.choice((None, 0, 1, 7)), 3.0 if what == "PEAK" else None
            if count is None:
                return None
            return tuple(EntryMet(f"{what}-{each}", self.name("entry", each), demand) for each in range(count))

        overruns = tuple(self.name("team", each) for each in range(self.count(5)))
        judged = CalendarJudged(met("FRZ"), met("PEAK"), self.chance.choice((None, (), overruns)))
        return self.chance.choice((None, judged, judged))

    def _approval(self, number: int, change: Change) -> Approval:
        at = moment("2026-02-22T08:00Z") + timedelta(hours=number)
        void = self.chance.random() < 0.5
        decision = Decision(
            f"DEC-{number}", change.id, 3, "ASM-77", "0" * 64, Verdict.CAB,
            self.chance.choice(list(Choice)), self.text(100), at, self.text(3000),
        )  # fmt: skip
        return Approval(decision, void, "edited" if void else None)

    def _similar(self, change: Change) -> SimilarChanges:
        shown = min(3, self.count(3))
        parts = tuple(
            SimilarityPart(name, 0.25, value)
            for name, value in (("classes", 1.0), ("services", None), ("model", 0.5), ("words", 0.123))
        )
        found: Any = (
            SimilarChange(
                f"CHG-{number}", self.text(200), change.type, ChangeState.APPROVED,
                self.chance.choice((None, "success", "backed_out")), moment("2025-06-01T00:00Z"), 0.75, parts,
            )
            for number in range(shown)
        )  # fmt: skip
        more = self.count(100_000)
        return SimilarChanges(change.id, tuple(found), more + shown, min(more, 2000) + shown, more + shown)
