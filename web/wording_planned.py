"""The words of what a Terraform plan would touch: how each effect was judged, and what could not be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cmdb.model.run import Said
from cmdb.plural import filled
from web.naming import Names, with_id

MOST_NAMED = 5  # addresses that a reason names
LONGEST = 300  # characters of one of them

BECAUSE: Mapping[str, str] = {
    "plan.deleted": "it is destroyed",
    "plan.deposed_deleted": "what an earlier replacement left over is destroyed",
    "plan.replaced": "it is replaced",
    "plan.replaced_create_first": "it is replaced; the new one is created first, and whoever uses it has to find that",
    "plan.updated_restarts": "it is updated in place, and that stops it for a moment",
    "plan.updated": "it is updated in place",
}
WHY_UNFOUND: Mapping[str, str] = {
    "no_ids": "the plan tells no id of its provider, and the lineage of its state was not given",
    "unknown": "no CI is known by its ids",
    "several": "several CIs have its ids: {cis}",
    "retired": "it is {cis}, which is retired",
}
NOTES: Mapping[str, str] = {
    "plan.actions_invoked": "{count} action(s) are invoked besides; what they do is not known",
    "plan.created": "{count} resource(s) are created and not there yet: {addresses}",
    "plan.deferred": "{count} change(s) are deferred to a later plan and not told here",
    "plan.deposed": "{count} resource(s) are left over from an earlier replacement: {addresses}",
    "plan.drift": "{count} thing(s) are not as the state says; the plan shows it",
    "plan.effect_assumed": "that an update in place stops no {type} is assumed, not known ({count})",
    "plan.forgotten": "{count} resource(s) are forgotten by Terraform and not touched: {addresses}",
    "plan.incomplete": "the plan says that another will have to follow",
    "plan.no_lineage": "the lineage was not given, so things are known by the ids of their provider alone",
    "plan.unidentified": "{count} resource(s) have no id that others could know: {addresses}",
}


def because_words(because: Said) -> str:
    """
    Return why an effect is what it is.

    >>> because_words(Said("plan.replaced", {"values": ["ami"]}))
    'it is replaced (ami)'
    """
    words = BECAUSE.get(because.code, because.code)
    about = because.facts.get("values") or ([because.facts["reason"]] if "reason" in because.facts else [])
    return f"{words} ({', '.join(map(str, about))})" if about else words


def unfound_words(why: str, cis: tuple[str, ...], names: Names | None = None) -> str:
    """Return why an address is no target; the CIs that it may be stand with their ``names``."""
    return WHY_UNFOUND.get(why, why).format(cis=", ".join(with_id(names or {}, ci) for ci in cis))


def beside_words(unfound: Sequence[tuple[str, str]], created: Sequence[str]) -> str:
    """
    Return what a board should know besides the targets, for the reason of the change; "" where there is nothing.

    ``unfound`` are addresses with the effect on each.

    >>> beside_words([("a.b", "down")], [])
    'The plan touches besides what no CI is known by, and no assessment counts: a.b (down).'
    """
    sentences = []
    if unfound:
        named = _named([f"{address} ({effect})" for address, effect in unfound])
        sentences.append(f"The plan touches besides what no CI is known by, and no assessment counts: {named}.")
    if created:
        sentences.append(f"It creates: {_named(created)}.")
    return " ".join(sentences)


def _named(several: Sequence[str]) -> str:
    more = len(several) - MOST_NAMED
    return ", ".join(each[:LONGEST] for each in several[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def note_words(note: Said) -> str:
    """Return what people should know besides; of a code that is not known here, the code."""
    facts: dict[str, Any] = dict(note.facts)
    named = facts.get("addresses")
    if isinstance(named, list):
        more = facts["count"] - len(named)
        facts["addresses"] = ", ".join(named) + (f" and {more} more" if more else "")
    return filled(NOTES.get(note.code, note.code), facts)
