"""The words of a change's outlook: outages that need more to fail, and whom the change meets; alike at every door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cmdb.model.assessment import Assessment
from cmdb.model.confidence import Flip
from cmdb.model.joint_conflict import JointConflict, SmallestMove
from cmdb.model.outlook import Chance, Outlook
from web.naming import Names, called_in, listed_names
from web.wording_change import VERBS, duration, few, moment_words
from web.wording_evidence import sure_words
from web.wording_rewiring import left_out_sentence

GROUPS_AT_MOST = 3
MEMBERS_AT_MOST = 4


class RiskRow(NamedTuple):
    """One service: how probable its outage is while the change has it at its worst, without the change and with it."""

    service: str
    name: str
    hours: str
    before: str
    during: str
    groups: str


def chance_words(chance: Chance) -> str:
    """
    Return a probability as people read it; of one that is known only to lie within bounds, both.

    >>> chance_words(Chance(0.125, 0.125)), chance_words(Chance(1e-3, 1e-3)), chance_words(Chance(0.0, 0.0))
    ('12.5 %', '1 in 1,000', 'none')
    >>> chance_words(Chance(1e-6, 0.5))
    '1 in 1,000,000 to 50 %'
    """
    low, high = _odds(chance.low), _odds(chance.high)
    return low if low == high else f"{low} to {high}"


def _odds(probability: float) -> str:
    if probability <= 0:
        return "none"
    if probability >= 0.01:
        return f"{100 * probability:.3g} %"
    return f"1 in {float(f'{1 / probability:.2g}'):,.0f}"


def risk_rows(assessment: Assessment, outlook: Outlook) -> list[RiskRow]:
    """Return a row for each service the outlook looked at."""
    names = service_names(assessment)
    return [
        RiskRow(
            service=risk.service,
            name=names.get(risk.service, risk.service),
            hours=duration(60 * risk.hours),
            before=chance_words(risk.before),
            during=chance_words(risk.during),
            groups="it is down" if risk.during.low == 1.0 else _count(risk.groups, risk.added),
        )
        for risk in outlook.risks
    ]


def _count(groups: str | None, added: str | None) -> str:
    if groups is None:
        return "too many to count"
    counted = _digits(groups)
    return counted if added in (None, "0") else f"{counted}, {_digits(added or '')} of them new"


def _digits(number: str) -> str:
    return f"{int(number):,}" if len(number) <= 15 else f"about 10^{len(number) - 1}"


class StoppingGroup(NamedTuple):
    """A risk group and the services that it stops, by id; ``added``: it is none without the change."""

    members: tuple[str, ...]
    services: tuple[str, ...]
    added: bool
    probability: float


def stopping_groups(outlook: Outlook) -> list[StoppingGroup]:
    """Return the most probable risk groups of all services: new ones first, then the more probable, then by id."""
    stopped: dict[tuple[bool, tuple[str, ...]], list[str]] = {}
    known: dict[tuple[bool, tuple[str, ...]], float] = {}
    for risk in outlook.risks:
        # A service that is down anyhow needs nothing more to fail.
        for group in (each for each in risk.most_probable if each.members):
            key = not group.added, group.members
            stopped.setdefault(key, []).append(risk.service)
            known[key] = max(known.get(key, 0.0), group.probability or 0.0)
    order = sorted(known, key=lambda key: (key[0], -known[key], key[1]))
    return [StoppingGroup(key[1], tuple(stopped[key]), not key[0], known[key]) for key in order]


def group_sentences(
    assessment: Assessment, outlook: Outlook, names: Names | None = None, most: int = GROUPS_AT_MOST
) -> list[str]:
    """Return the most probable risk groups of all services, new ones and likely ones first, a sentence each."""
    names = {**service_names(assessment), **(names or {})}
    return [group_sentence(each, names) for each in stopping_groups(outlook)[:most]]


def group_sentence(group: StoppingGroup, names: Names, most: int | None = None) -> str:
    """Return what a risk group stops; of more than ``most`` services the first are named, all of them without."""
    services = [names.get(ci, ci) for ci in group.services]
    fails = "fails" if len(group.members) == 1 else "fail together"
    stops = f"{few(services, most or len(services))} {'stops' if len(services) == 1 else 'stop'}"
    how = f" ({_odds(group.probability)})" if group.probability else ""
    return f"If {_some(group.members, names)} {fails}{how}, {stops}{'; only with this change' if group.added else ''}."


def flip_sentence(flip: Flip, assessment: Assessment, names: Names | None = None) -> str:
    """Return what becomes of a service if a relation does not exist that nobody is sure of."""
    names = {**(names or {}), **service_names(assessment)}
    relation, name = flip.relation, names.get(flip.service, flip.service)
    source, target = (called_in(names, ci) for ci in (relation.source, relation.target))
    then = f"{name} {VERBS[flip.without_it][0]}"
    return (
        f"If {source} does not depend on {target} (confidence {sure_words(relation.confidence)}), {then}; "
        f"with it, it {VERBS[flip.outcome][0]}."
    )


def unknown_sentences(outlook: Outlook) -> list[str]:
    """Return what was not looked at, a sentence each."""
    said = []
    if outlook.risks_unexamined:
        more = outlook.risks_unexamined
        whose = "one more service" if more == 1 else f"{more} more services"
        said.append(f"The risk of {whose} was not computed; `foreshock outage` does it for each.")
    if outlook.conflicts_unlisted > len(outlook.edits_left_out):
        said.append("There may be joint conflicts that are not listed: too much goes on at the same time.")
    if outlook.edits_left_out:
        said.append(left_out_sentence(outlook.edits_left_out))
    if outlook.flips_unlisted:
        said.append(f"{outlook.flips_unlisted} more outcomes hang on a doubtful relation.")
    if outlook.doubts_unexamined is None:
        said.append("Doubtful relations were looked at for some parts of the window only.")
    elif outlook.doubts_unexamined:
        said.append(f"{outlook.doubts_unexamined} doubtful relations were not looked at.")
    return said


def conflict_sentence(
    conflict: JointConflict, assessment: Assessment, names: Names | None = None, most: int | None = None
) -> str:
    """Return whom the change meets when, and what they stop together; ``most`` of each kind are named, if given."""
    names = {**(names or {}), **service_names(assessment)}
    zone = assessment.inputs.window.zone
    others = [each for each in conflict.changes if each != assessment.change]
    others += [f"{each} (incident)" for each in conflict.incidents]
    others += [f"{called_in(names, ci)} (failed)" for ci in conflict.standing]
    when = "" if conflict.from_ is None else f" from {moment_words(conflict.from_, zone)}"
    when += "" if conflict.to is None else f" to {moment_words(conflict.to, zone)}"
    stops = "stops" if len(conflict.services) == 1 else "stop"
    who, out = (_some(ids, names, most or MEMBERS_AT_MOST) for ids in (conflict.services, conflict.cut))
    return f"Together with {few(others, most or len(others))}{when}: {who} {stops}, with {out} out."


def move_sentence(move: SmallestMove, zone: str) -> str:
    """Return a move that frees a change."""
    way = "later" if move.minutes > 0 else "earlier"
    then = "" if move.frees == "all" else "; it is in another conflict then"
    return f"Move {move.change} {duration(abs(move.minutes))} {way}, to {moment_words(move.from_, zone)}{then}."


def service_names(assessment: Assessment) -> dict[str, str]:
    """Return the names of the services of an assessment, those in doubt as well, by id."""
    names = {service.id: service.name for service in assessment.services}
    if assessment.outlook is not None:
        names.update({service.service: service.name for service in assessment.outlook.doubtful})
    return names


def _some(ids: Sequence[str], names: Names, most: int = MEMBERS_AT_MOST) -> str:
    return few(listed_names(names, ids), most)
