"""The words of edits of the graph: what an add or rewire does, what is left behind, and what of it does nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cmdb.model.graph_edit import EditedGroup, EditGap, EndedRelation, GraphEdit
from cmdb.model.outcome import Outcome
from cmdb.model.rewiring import EditNote, Rewiring, ServiceAfterwards
from web.languages import Language
from web.naming import Names, called_in

NAMED_AT_MOST = 4

_EN: Mapping[str, str] = {
    "add": "{ci} comes: {name}, a {ci_class}",
    "link": "{source} comes to depend on {target} ({type}{group}{strength})",
    "unlink": "{source} no longer depends on {target} ({type}{group})",
    "needs": "the group {name} of {item} needs {needs}{strength}",
    "in": ", in the group {group}",
    "and": " and ",
    "comma": ", ",
    "more": "{count} more",
    "DOWN": "is down",
    "DEGRADED": "runs with less",
    "REDUNDANCY_LOST": "has a new single point of failure",
    "REDUCED": "has fewer spares",
    "UNAFFECTED": "runs",
    "afterwards": "Afterwards, for good, {service} {outcome}{was}{details}.",
    "was": " (today it {before})",
    "fresh": "; {points} then stops it alone",
    "fresh_many": "; {points} then each stop it alone",
    "lost": "; {points} no longer stops it alone",
    "lost_many": "; {points} no longer stop it alone",
    "margin": "; {margin} take it down (today {before})",
    "failures": "{count} failures",
    "one_failure": "1 failure",
    "no_failures": "no failures of others",
    "none_down": "it is down already",
    "ring": "{source} and {target} then depend on each other in a ring.",
    "relation_gone": "Of the edit of {ci}: there is no relation {subject} any more to end.",
    "relation_there": "Of the edit of {ci}: the relation {subject} is there by now.",
    "end_gone": "Of the edit of {ci}: {subject} is no longer part of the estate.",
    "ci_there": "{subject} was to be added and is there by now.",
    "unexamined": "The redundancy of {count} services above the edits was not compared: their cones are too large.",
    "untried": "What would help was not looked for: no measure is tried on a draft of the graph.",
    "left_out": "Joint conflicts leave out what {changes} changes in the graph.",
}
_ZH: Mapping[str, str] = {
    "add": "新增 {ci}：{name}（{ci_class}）",
    "link": "{source} 将依赖 {target}（{type}{group}{strength}）",
    "unlink": "{source} 不再依赖 {target}（{type}{group}）",
    "needs": "{item} 的组 {name} 需要 {needs}{strength}",
    "in": "，组 {group}",
    "and": "、",
    "comma": "、",
    "more": "另外 {count} 个",
    "DOWN": "中断",
    "DEGRADED": "降级运行",
    "REDUNDANCY_LOST": "出现新的单点故障",
    "REDUCED": "备用减少",
    "UNAFFECTED": "正常运行",
    "afterwards": "此后长期：{service} {outcome}{was}{details}。",
    "was": "（目前{before}）",
    "fresh": "；届时 {points} 单独即可使其中断",
    "fresh_many": "；届时 {points} 各自单独即可使其中断",
    "lost": "；{points} 不再能单独使其中断",
    "lost_many": "；{points} 不再能单独使其中断",
    "margin": "；{margin} 会使其中断（目前 {before}）",
    "failures": "{count} 个故障",
    "one_failure": "1 个故障",
    "no_failures": "没有其他故障",
    "none_down": "已中断",
    "ring": "届时 {source} 与 {target} 形成循环依赖。",
    "relation_gone": "{ci} 的编辑：要解除的关系 {subject} 已不存在。",
    "relation_there": "{ci} 的编辑：关系 {subject} 已存在。",
    "end_gone": "{ci} 的编辑：{subject} 已不属于配置库。",
    "ci_there": "要新增的 {subject} 已存在。",
    "unexamined": "编辑之上另有 {count} 个服务的冗余没有比较：范围太大。",
    "untried": "没有查找有帮助的措施：措施不在图的草稿上试算。",
    "left_out": "联合冲突未计入 {changes} 对图的修改。",
}


def _table(language: Language) -> Mapping[str, str]:
    return _ZH if language is Language.ZH else _EN


def edit_sentences(
    ci: str, edit: GraphEdit | None, names: Names | None = None, language: Language = Language.EN
) -> list[str]:
    """Return what an edit does, a sentence without its stop for each part, in the order it is written."""
    if edit is None:
        return []
    words, names = _table(language), names or {}
    said = []
    if edit.item is not None:
        said.append(words["add"].format(ci=ci, name=edit.item.name, ci_class=edit.item.ci_class.replace("_", " ")))
    said += [_relation(words, "unlink", each, names) for each in edit.ended]
    said += [_relation(words, "link", each, names, each.strength) for each in edit.relations]
    return said + [_group(words, each, names) for each in edit.groups]


def _relation(
    words: Mapping[str, str], key: str, each: EndedRelation, names: Names, strength: str | None = None
) -> str:
    return words[key].format(
        source=called_in(names, each.source),
        target=called_in(names, each.target),
        type=each.type,
        group=words["in"].format(group=each.group) if each.group is not None else "",
        strength=f"{words['comma']}{strength}" if strength else "",
    )


def _group(words: Mapping[str, str], each: EditedGroup, names: Names) -> str:
    strength = f"{words['comma']}{each.strength}" if each.strength else ""
    item = called_in(names, each.item)
    return words["needs"].format(item=item, name=each.name, needs=each.needs, strength=strength)


def rewiring_sentences(
    rewiring: Rewiring | None, names: Names | None = None, language: Language = Language.EN
) -> list[str]:
    """Return what is left behind, a sentence for each service that stands otherwise and for each ring."""
    if rewiring is None:
        return []
    words, names = _table(language), names or {}
    said = [_service(words, each, names) for each in rewiring.services]
    for source, target in rewiring.rings:
        said.append(words["ring"].format(source=called_in(names, source), target=called_in(names, target)))
    return said


def note_sentences(
    rewiring: Rewiring | None, names: Names | None = None, language: Language = Language.EN
) -> list[str]:
    """Return what of the edits does nothing, and what was not looked at because the change edits the graph."""
    if rewiring is None:
        return []
    words, names = _table(language), names or {}
    said = [_note(words, note, names) for note in rewiring.notes]
    if rewiring.unexamined:
        said.append(words["unexamined"].format(count=f"{rewiring.unexamined:,}"))
    return [*said, words["untried"]]


def untried_sentence(language: Language = Language.EN) -> str:
    """Return that no measure was tried, because the change edits the graph."""
    return _table(language)["untried"]


def left_out_sentence(changes: Sequence[str], language: Language = Language.EN) -> str:
    """Return whose edits of the graph joint conflicts leave out."""
    words = _table(language)
    return words["left_out"].format(changes=_listed(words, changes))


def _service(words: Mapping[str, str], each: ServiceAfterwards, names: Names) -> str:
    outcome, before = words[each.outcome.value], words[each.before.value]
    was = "" if each.before in (Outcome.UNAFFECTED, each.outcome) else words["was"].format(before=before)
    details = "".join(_details(words, each, names))
    return words["afterwards"].format(service=each.name, outcome=outcome, was=was, details=details)


def _details(words: Mapping[str, str], each: ServiceAfterwards, names: Names) -> Iterator[str]:
    for key, points in (("fresh", each.new_single_points), ("lost", each.lost_single_points)):
        if points:
            shown = _listed(words, [called_in(names, ci) for ci in points])
            yield words[key if len(points) == 1 else f"{key}_many"].format(points=shown)
    if each.margin != each.margin_before:
        yield words["margin"].format(margin=_margin(words, each.margin), before=_margin(words, each.margin_before))


def _margin(words: Mapping[str, str], margin: int | None) -> str:
    key = "no_failures" if margin is None else {0: "none_down", 1: "one_failure"}.get(margin, "failures")
    return words[key].format(count=margin)


def _note(words: Mapping[str, str], note: EditNote, names: Names) -> str:
    subject = list(note.subject)
    if note.gap in (EditGap.RELATION_GONE, EditGap.RELATION_THERE):
        subject[0], subject[2] = called_in(names, subject[0]), called_in(names, subject[2])
    else:
        subject = [called_in(names, ci) for ci in subject]
    return words[note.gap.value].format(ci=called_in(names, note.ci), subject=" ".join(subject))


def _listed(words: Mapping[str, str], texts: Sequence[str]) -> str:
    shown = list(texts[:NAMED_AT_MOST])
    if len(texts) > len(shown):
        shown.append(words["more"].format(count=len(texts) - len(shown)))
    return words["and"].join([words["comma"].join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
