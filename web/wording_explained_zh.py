"""Why a service fares as it does, in Simplified Chinese."""

from __future__ import annotations

from collections.abc import Sequence

from cmdb.model.change import Effect
from cmdb.model.explanation import Because, Explanation, Facts, GroupFacts
from cmdb.model.outcome import Outcome
from cmdb.model.relation import Strength
from web.wording_explained import NAMED_AT_MOST, Words

_VERBS = {Outcome.DOWN: "将中断", Outcome.DEGRADED: "将降级运行"}


def sentence(one: Explanation, words: Words) -> str:
    """Return the sentence of an explanation."""
    facts, name = one.facts, words.name(one.service)
    if facts.because is Because.LAST:
        return f"{name} 保持运行，但 {_last(facts, words)}。"
    if facts.because is Because.SPARE:
        return f"{name} 保持运行，但少了一个备用：{_spare(facts, words)}。"
    return f"{name} {_VERBS[one.outcome]}，因为{_cause(one, words)}。"


def _cause(one: Explanation, words: Words) -> str:
    facts, group = one.facts, one.facts.group
    if facts.because is Because.ITSELF:
        effect = words.effect(facts.roots)
        return f"本次变更会{_does(effect)}它" if effect else "它自身失效"
    if facts.because is Because.ALONE:
        return _chain(facts, words, _roots(facts.roots, words))
    assert group is not None
    way = f"{_chain(facts, words)}，而 " if facts.via else ""
    who = words.name(group.item) + " " if facts.via else "它"
    if facts.because is Because.SHORT:
        return f"{way}{who}{_needs(group)} {group.needs} 个{_nouns(group, words)}，却只有 {group.members} 个"
    return f"{way}{_fallen(facts, group, who, words, less=one.outcome is Outcome.DEGRADED)}"


def _fallen(facts: Facts, group: GroupFacts, who: str, words: Words, *, less: bool) -> str:
    """Return that a group has too few members left, and why."""
    why = _gone(facts, group, words, less=less)
    total, left = group.members, len(group.left)
    if total == 1:
        return f"{who}{_needs(group)}的{_nouns(group, words)} {_names(group.gone, words)} {why}"
    each = f"（{_names((*group.gone, *group.left), words)}）" if total <= NAMED_AT_MOST else ""
    of = f"{total} 个{_nouns(group, words)}{each}"
    needs = (
        f"{who}{_needs(group)}全部 {of}" if group.needs == total else f"{who}{_needs(group)} {of}中的 {group.needs} 个"
    )
    if not left:
        return f"{needs}，而它们全部{why}" if total > 1 else f"{needs}，而它{why}"
    return f"{needs}，却只剩 {left} 个：{_some(group.gone, words)} {why}"


def _last(facts: Facts, words: Words) -> str:
    """Return what a service hangs on now, and what is gone beside it."""
    group, point = facts.group, facts.point
    assert group is not None
    assert point is not None
    left = len(group.left)
    who = f"{words.name(group.item)} {_needs(group)}的 " if facts.via else ""
    of = f"{who}{group.members} 个{_nouns(group, words)}"
    after = f"：{_some(group.gone, words)} {_gone(facts, group, words)}"
    if left == 1:
        hangs = "" if facts.carried == (point,) else f"，而它只依赖 {words.name(point)}"
        return f"{of}中现在只剩 {words.name(group.left[0])}{hangs}{after}"
    only = f"{of}中只剩 {left} 个" + (f"，且需要 {group.needs} 个" if not group.spares else "")
    if facts.carried == (point,):
        return f"{only}，仅 {words.name(point)} 一个失效就会使其中断{after}"
    carried = "它们全部" if facts.carried == group.left else f"{_some(facts.carried, words)} "
    return f"{only}，而{carried}依赖 {words.name(point)}{after}"


def _spare(facts: Facts, words: Words) -> str:
    group = facts.group
    assert group is not None
    who = words.name(group.item) + " " if facts.via else "它"
    spares = f"还剩 {group.spares} 个备用" if group.spares else "没有备用"
    of = f"{who}{_needs(group)}的 {group.members} 个{_nouns(group, words)}（至少 {group.needs} 个）中"
    return f"{of}，{_some(group.gone, words)} {_gone(facts, group, words)}；{spares}"


def _gone(facts: Facts, group: GroupFacts, words: Words, *, less: bool = False) -> str:
    """Return what happened to the members that are gone, as a verb."""
    gone, failed, hanging = group.gone, facts.failed, facts.hanging
    if set(failed) == set(gone):
        return _fails(gone, words)
    on = f"依赖 {_roots(facts.roots, words)}" if facts.roots else ""
    if set(hanging) == set(gone) and on:
        return on
    parts = [f"{_some(failed, words)} {_fails(failed, words)}"] if failed else []
    parts += [f"{_some(hanging, words)} {on}"] if hanging and on else []
    state = "已中断或降级" if less else "已中断"
    return f"{state}（{'；'.join(parts)}）" if parts else state


def _chain(facts: Facts, words: Words, end: str = "") -> str:
    """Return the way from the service down."""
    steps = [words.name(ci) for ci in facts.via]
    if len(steps) > NAMED_AT_MOST - 1:
        between = len(steps) - (1 if end else 2)
        verb = "使用" if facts.soft == 0 else "依赖"
        return f"它{verb} {steps[0]}，后者再经 {between} 个配置项依赖 {end or steps[-1]}"
    steps += [end] if end else []
    verbs = ["使用" if place == facts.soft else "依赖" for place in range(len(steps))]
    first, *others = [f"{verb} {step}" for verb, step in zip(verbs, steps, strict=True)]
    return f"它{first}" + "".join(f"，后者{other}" for other in others)


def _roots(roots: Sequence[str], words: Words) -> str:
    """Return what failed, with what happens to it."""
    effect = words.effect(roots)
    return f"{_some(roots, words)}，{'后者' if len(roots) == 1 else '它们'}{_passive(effect) if effect else '失效'}"


def _fails(cis: Sequence[str], words: Words) -> str:
    effect = words.effect(cis)
    return _passive(effect) if effect else "失效"


def _passive(effect: Effect) -> str:
    return f"将由本次变更{_does(effect)}"


def _does(effect: Effect) -> str:
    return "重启" if effect is Effect.RESTART else "停机"


def _needs(group: GroupFacts) -> str:
    return "需要" if group.strength is Strength.HARD else "希望有"


def _some(cis: Sequence[str], words: Words) -> str:
    """Return a few CIs by name, more by number."""
    return _names(cis, words) if len(cis) <= NAMED_AT_MOST else f"其中 {len(cis)} 个"


def _names(cis: Sequence[str], words: Words) -> str:
    return "、".join(words.all_named(cis))


def _nouns(group: GroupFacts, words: Words) -> str:
    label = words.label(group)
    return label.zh if label and label.zh else f" {group.name} 成员"
