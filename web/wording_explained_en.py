"""Why a service fares as it does, in English."""

from __future__ import annotations

from collections.abc import Sequence

from cmdb.model.change import Effect
from cmdb.model.explanation import Because, Explanation, Facts, GroupFacts, Label
from cmdb.model.outcome import Outcome
from cmdb.model.relation import Strength
from web.wording_change import VERBS, listed
from web.wording_explained import NAMED_AT_MOST, Words

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def sentence(one: Explanation, words: Words) -> str:
    """Return the sentence of an explanation."""
    facts, name = one.facts, words.name(one.service)
    if facts.because is Because.LAST:
        return f"{name} keeps running, but {_last(facts, words)}."
    if facts.because is Because.SPARE:
        return f"{name} keeps running with a spare fewer: {_spare(facts, words)}."
    return f"{name} {VERBS[one.outcome][0]} because {_cause(one, words)}."


def _cause(one: Explanation, words: Words) -> str:
    facts, group = one.facts, one.facts.group
    if facts.because is Because.ITSELF:
        effect = words.effect(facts.roots)
        return f"this change {_does(effect)} it" if effect else "it fails itself"
    if facts.because is Because.ALONE:
        return _chain(facts, words, _roots(facts.roots, words))
    assert group is not None
    way = f"{_chain(facts, words)}, and " if facts.via else ""
    who = _owner(facts, group, words)
    if facts.because is Because.SHORT:
        short = f"{number(group.needs)} {_nouns(group, words)} and has only {number(group.members)}"
        return f"{way}{who} {_needs(group)} {short}"
    return f"{way}{_fallen(facts, group, who, words, less=one.outcome is Outcome.DEGRADED)}"


def _fallen(facts: Facts, group: GroupFacts, who: str, words: Words, *, less: bool) -> str:
    """Return that a group has too few members left, and why."""
    why = _gone(facts, group, words, less=less)
    total, left = group.members, len(group.left)
    if total == 1:
        return f"the {_noun(group, words)} {who} {_needs(group)}, {_names(group.gone, words)}, {why}"
    of = "" if group.needs == total else f" {number(group.needs)} of"
    each = f" ({_names((*group.gone, *group.left), words)})" if total <= NAMED_AT_MOST else ""
    if not left:
        every = "both" if total == 2 else f"all {number(total)}"
        return f"{every} {_nouns(group, words)} {who} {_needs(group)}{of}{each} {why}"
    asked = f"the {number(total)} {_nouns(group, words)} {who} {_needs(group)}{of}"
    return f"only {number(left)} of {asked} {_is(left)} left: {_some(group.gone, words)} {why}"


def _last(facts: Facts, words: Words) -> str:
    """Return what a service hangs on now, and what is gone beside it."""
    group, point = facts.group, facts.point
    assert group is not None
    assert point is not None
    total, left = group.members, len(group.left)
    who = f"{words.name(group.item)} {_needs(group)}" if facts.via else ""
    nouns = f"the {number(total)} {_nouns(group, words)} {who}" if who else f"{number(total)} {_nouns(group, words)}"
    after = f": {_some(group.gone, words)} {_gone(facts, group, words)}"
    hangs = "" if facts.carried == (point,) else f", and it hangs on {words.name(point)} alone"
    if left == 1:
        only = f"the only one left of {nouns}" if who else f"the only one of {nouns} left"
        return f"{words.name(group.left[0])} is now {only}{hangs}{after}"
    only = f"only {number(left)} of {nouns} are left" + (
        f", and {number(group.needs)} are needed" if not group.spares else ""
    )
    if facts.carried == (point,):
        return f"{only}, so that {words.name(point)} alone can stop it{after}"
    carried = (
        "all of them"
        if facts.carried == group.left and left > 2
        else "both"
        if facts.carried == group.left
        else _some(facts.carried, words)
    )
    verb = "hangs" if len(facts.carried) == 1 else "hang"
    return f"{only}, and {carried} {verb} on {words.name(point)}{after}"


def _spare(facts: Facts, words: Words) -> str:
    group = facts.group
    assert group is not None
    who = words.name(group.item) if facts.via else "it"
    total = f"{number(group.members)} {_nouns(group, words)} {who} {_needs(group)} {number(group.needs)} of"
    spares = f"{number(group.spares)} {'spare is' if group.spares == 1 else 'spares are'} left"
    return f"of the {total}, {_some(group.gone, words)} {_gone(facts, group, words)}; {spares}"


def _gone(facts: Facts, group: GroupFacts, words: Words, *, less: bool = False) -> str:
    """Return what happened to the members that are gone, as a verb: "hang on UPS 1, which fails"."""
    gone, failed, hanging = group.gone, facts.failed, facts.hanging
    if set(failed) == set(gone):
        return _fails(gone, words)
    on = f"{'hangs' if len(hanging) == 1 else 'hang'} on {_roots(facts.roots, words)}" if facts.roots else ""
    if set(hanging) == set(gone) and on:
        return on
    parts = [f"{_some(failed, words)} {_fails(failed, words)}"] if failed else []
    parts += [f"{_some(hanging, words)} {on}"] if hanging and on else []
    state = f"{_is(len(gone))} down" + (" or with less" if less else "")
    return f"{state} ({listed(parts)})" if parts else state


def _chain(facts: Facts, words: Words, end: str = "") -> str:
    """Return the way from the service down: "it hangs on web1, which hangs on esx-04, which fails"."""
    steps = [words.name(ci) for ci in facts.via]
    if len(steps) > NAMED_AT_MOST - 1:
        between = len(steps) - (1 if end else 2)
        steps = [steps[0], f"through {number(between)} more CI{'s' if between > 1 else ''}, on {end or steps[-1]}"]
        verb = "uses" if facts.soft == 0 else "hangs on"
        return f"it {verb} {steps[0]} and, {steps[1]}"
    steps += [end] if end else []
    verbs = ["uses" if place == facts.soft else "hangs on" for place in range(len(steps))]
    first, *others = [f"{verb} {step}" for verb, step in zip(verbs, steps, strict=True)]
    return f"it {first}" + "".join(f", which {other}" for other in others)


def _roots(roots: Sequence[str], words: Words) -> str:
    """Return what failed, with what happens to it: "esx-04, which this change restarts"."""
    effect = words.effect(roots)
    which = f"which this change {_does(effect)}" if effect else "which fails" if len(roots) == 1 else "which fail"
    return f"{_some(roots, words)}, {which}"


def _fails(cis: Sequence[str], words: Words) -> str:
    effect = words.effect(cis)
    if effect:
        return f"{_is(len(cis))} {'restarted' if effect is Effect.RESTART else 'taken down'} by this change"
    return "fails" if len(cis) == 1 else "fail"


def _does(effect: Effect) -> str:
    return "restarts" if effect is Effect.RESTART else "takes down"


def _owner(facts: Facts, group: GroupFacts, words: Words) -> str:
    return words.name(group.item) if facts.via else "it"


def _needs(group: GroupFacts) -> str:
    return "needs" if group.strength is Strength.HARD else "wants"


def _some(cis: Sequence[str], words: Words) -> str:
    """Return a few CIs by name, more by number."""
    return _names(cis, words) if len(cis) <= NAMED_AT_MOST else f"{number(len(cis))} of them"


def _names(cis: Sequence[str], words: Words) -> str:
    return listed(words.all_named(cis))


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def number(count: int) -> str:
    """
    Return a number as it stands in a sentence.

    >>> number(2), number(10), number(11), number(12000)
    ('two', 'ten', '11', '12,000')
    """
    return _NUMBERS[count] if 0 <= count < len(_NUMBERS) else f"{count:,}"


def _nouns(group: GroupFacts, words: Words) -> str:
    label = words.label(group)
    return plural(lowered(label.en)) if label and label.en else f"members of {group.name}"


def _noun(group: GroupFacts, words: Words) -> str:
    label: Label | None = words.label(group)
    return lowered(label.en) if label and label.en else f"member of {group.name}"


def lowered(label: str) -> str:
    """
    Return a label as it stands within a sentence; abbreviations keep their capitals.

    >>> lowered("Web server"), lowered("UPS"), lowered("IP network")
    ('web server', 'UPS', 'IP network')
    """
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def plural(noun: str) -> str:
    """
    Return the plural of a noun.

    >>> plural("server"), plural("PDU"), plural("UPS"), plural("power supply"), plural("switch"), plural("gateway")
    ('servers', 'PDUs', 'UPSes', 'power supplies', 'switches', 'gateways')
    """
    if noun.lower().endswith(("s", "x", "ch", "sh", "z")):
        return f"{noun}es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}s"
