"""The words of the small graph behind an outcome: what each node is and how it stands, in any language."""

from __future__ import annotations

from collections.abc import Iterator

from cmdb.model.explanation import Explanation, Node, NodeKind, NodeState, Story
from cmdb.model.outcome import Outcome
from web.languages import Language
from web.wording_change import OUTCOME_WORDS, listed
from web.wording_explained import NAMED_AT_MOST, Words
from web.wording_explained_en import lowered, plural

_STATES = {
    Language.EN: {
        NodeState.FAILED: "Failed",
        NodeState.DOWN: "Down",
        NodeState.DEGRADED: "Runs with less",
        NodeState.UP: "Holds",
    },
    Language.ZH: {
        NodeState.FAILED: "失效",
        NodeState.DOWN: "中断",
        NodeState.DEGRADED: "降级运行",
        NodeState.UP: "正常",
    },
}
_OUTCOMES_ZH = {
    Outcome.DOWN: "中断",
    Outcome.DEGRADED: "降级运行",
    Outcome.REDUNDANCY_LOST: "失去冗余",
    Outcome.REDUCED: "少一个备用",
    Outcome.UNAFFECTED: "不受影响",
}
_POINT = {Language.EN: "Single point", Language.ZH: "单点"}


def outcome_words(outcome: Outcome, language: Language = Language.EN) -> str:
    """Return the short words of an outcome."""
    return _OUTCOMES_ZH[outcome] if language is Language.ZH else OUTCOME_WORDS[outcome]


def node_label(node: Node, words: Words, language: Language = Language.EN) -> str:
    """Return what a node is: the name of a CI, "17 × virtual machines", "1 of 2 db"; "and 5 more" where mixed."""
    if node.kind is NodeKind.GATE:
        return _gate_label(node, language)
    count = len(node.ids)
    if node.kind is NodeKind.MIXED:
        return _mixed_label(count, len(node.groups), language)
    if count == 1:
        return words.full_name(node.ids[0])
    label = words.labels.get(node.ci_class)
    if language is Language.ZH:
        return f"{count} × {label.zh if label and label.zh else '配置项'}"
    return f"{count:,} × {plural(lowered(label.en)) if label and label.en else 'CIs'}"


def _gate_label(node: Node, language: Language) -> str:
    of = f"{node.needs} / {node.members}" if language is Language.ZH else f"{node.needs} of {node.members}"
    return f"{of} {node.groups[0]}" if len(node.groups) == 1 else f"{len(node.groups):,} × {of}"


def _mixed_label(cis: int, gates: int, language: Language) -> str:
    if language is Language.ZH:
        return "、".join([f"{cis} 个配置项"] * bool(cis) + [f"{gates} 个冗余组"] * bool(gates))
    parts = [f"{cis:,} CI{'s' if cis > 1 else ''}"] * bool(cis)
    parts += [f"{gates:,} group{'s' if gates > 1 else ''}"] * bool(gates)
    return listed(parts)


def node_state(node: Node, language: Language = Language.EN) -> str:
    """Return how a node stands; of a gate what it has left."""
    if node.kind is NodeKind.GATE:
        return _left(node, language)
    if node.points:
        return _POINT[language]
    return _STATES[language][node.state]


def _left(node: Node, language: Language) -> str:
    spares = node.members - node.lost - node.needs
    if language is Language.ZH:
        return "剩余不足" if spares < 0 else f"还剩 {spares} 个备用" if spares else "没有备用"
    if spares < 0:
        return "too few left"
    return f"{spares:,} spare{'s' if spares > 1 else ''} left" if spares else "no spare left"


def node_ids(node: Node, words: Words) -> str:
    """Return the ids behind a node where its label does not say them: a few in brackets, empty for many."""
    if node.kind is NodeKind.GATE or len(node.ids) > NAMED_AT_MOST:
        return ""
    if len(node.ids) == 1 and words.full_name(node.ids[0]) == node.ids[0]:
        return ""
    return f"[{', '.join(node.ids)}]"


def node_names(node: Node, words: Words) -> str:
    """Return the names of the CIs behind a node that stands for several: a few in brackets, empty for many."""
    if node.kind is NodeKind.GATE or not 1 < len(node.ids) <= NAMED_AT_MOST:
        return ""
    return f"[{', '.join(words.all_named(node.ids))}]"


def left_words(story: Story, language: Language = Language.EN) -> str:
    """Return how many CIs the graph leaves out; empty where it shows all."""
    left = story.left
    if not left:
        return ""
    if language is Language.ZH:
        return f"另有 {left} 个中断或降级的配置项未画出"
    return f"{left:,} more CI{'s' if left > 1 else ''} down or with less not drawn"


def below(story: Story) -> dict[int, list[int]]:
    """Return for each node those it stands on, in their order."""
    found: dict[int, list[int]] = {place: [] for place in range(len(story.nodes))}
    for high, low in story.edges:
        found[high].append(low)
    return found


def tree_lines(one: Explanation, words: Words, language: Language = Language.EN) -> Iterator[str]:
    """Yield the graph as a tree in lines, the service with its outcome; a node met again only points to where it is."""
    story = one.story
    on, seen = below(story), set[int]()
    stack = [(0, "", "")]
    while stack:
        place, lead, stem = stack.pop()
        node = story.nodes[place]
        named = " ".join(filter(None, (node_label(node, words, language), node_names(node, words))))
        if place in seen:
            yield f"{lead}{named}  {'（见上）' if language is Language.ZH else '(see above)'}"
            continue
        seen.add(place)
        state = node_state(node, language) if place else outcome_words(one.outcome, language)
        yield f"{lead}{named}  {state}"
        children = on[place]
        for number, low in reversed(list(enumerate(children))):
            last = number == len(children) - 1
            stack.append((low, f"{stem}{'└─ ' if last else '├─ '}", f"{stem}{'   ' if last else '│  '}"))
    if left_words(story, language):
        yield f"({left_words(story, language)})"
