"""The sentence of each service on a page, and the small graph behind one of them, drawn and as a table of its nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import request

from cmdb.model.change import Effect
from cmdb.model.explanation import Explanation, Explanations, Node, NodeKind, NodeState, Story
from cmdb.model.outcome import Outcome
from web.languages import Language, language_of
from web.pages.graph import MOST_PIPS, Box, Drawing, Edge, Pill
from web.pages.layout import Size, laid_out, layers_of
from web.pages.looks import OUTCOMES, Look
from web.pages.naming import page_names
from web.wording_explained import Words, explanation_sentence, words_of
from web.wording_story import below, left_words, node_ids, node_label, node_state, outcome_words

_WIDEST, _NARROWEST = 804.0, 560.0
_HEIGHT, _PILL = 44.0, 28.0
_BAD = (NodeState.FAILED, NodeState.DOWN, NodeState.DEGRADED)


@dataclass(frozen=True, slots=True)
class StoryRow:
    """One node in the table beside the drawing: what it is, its ids, how it stands, and on what."""

    label: str
    ids: str
    link: str
    look: Look
    on: str


@dataclass(frozen=True, slots=True)
class StoryShown:
    """The story of one service: its sentence, the drawing (None where it would be too wide), and the same as rows."""

    service: str
    name: str
    sentence: str
    drawing: Drawing | None
    rows: tuple[StoryRow, ...]
    left: str
    tag: str


@dataclass(frozen=True, slots=True)
class Told:
    """The sentences by service, in the language of the reader, and the story that the address asks for."""

    sentences: Mapping[str, str]
    tag: str
    story: StoryShown | None


def told(answer: Explanations, effects: Mapping[str, Effect] | None = None, *, at: int) -> Told:
    """
    Return what a page says of explained services; ``?explain=SERVICE`` in its address asks for one story.

    CIs have the names of the revision ``at``.
    """
    language = reader_language()
    names = page_names(answer.names, at=at, language=language)
    words, chosen = words_of(answer, effects, names), request.args.get("explain")
    sentences = {one.service: explanation_sentence(one, words, language) for one in answer.explanations}
    found = next((one for one in answer.explanations if one.service == chosen), None)
    story = _shown(found, sentences[found.service], words, language) if found else None
    return Told(sentences, language.tag, story)


def reader_language() -> Language:
    """Return the language of ``?lang=``, or else the one the browser asks for."""
    best = request.accept_languages.best_match(["en", "zh", "zh-Hans", "zh-CN"], "en")
    return language_of(request.args.get("lang") or best)


def _shown(one: Explanation, sentence: str, words: Words, language: Language) -> StoryShown:
    story = one.story
    return StoryShown(
        service=one.service,
        name=words.full_name(one.service),
        sentence=sentence,
        drawing=story_drawing(one, words, language),
        rows=tuple(_rows(one, words, language)),
        left=left_words(story, language),
        tag=language.tag,
    )


def _rows(one: Explanation, words: Words, language: Language) -> list[StoryRow]:
    story, on = one.story, below(one.story)
    labels = [node_label(node, words, language) for node in story.nodes]
    return [
        StoryRow(
            label=labels[place],
            ids=node_ids(node, words),
            link=node.ids[0] if node.kind is NodeKind.CI and len(node.ids) == 1 else "",
            look=_look(node, one.outcome if not place else None, language),
            on=("、" if language is Language.ZH else ", ").join(labels[low] for low in on[place]),
        )
        for place, node in enumerate(story.nodes)
    ]


def _look(node: Node, outcome: Outcome | None, language: Language) -> Look:
    """Return how a node looks: the service by its outcome, the others by their state."""
    if outcome is not None:
        look = OUTCOMES[outcome]
        return Look(look.css, look.icon, outcome_words(outcome, language))
    word = node_state(node, language)
    if node.kind is NodeKind.GATE:
        spares = node.members - node.lost - node.needs
        css = "down" if spares < 0 else "lost" if not spares else "reduced"
        return Look(css, css, word)
    if node.points:
        return Look("lost", "lost", word)
    css = {NodeState.UP: "up", NodeState.DEGRADED: "degraded"}.get(node.state, "down")
    return Look(css, css, word)


def story_drawing(one: Explanation, words: Words, language: Language) -> Drawing | None:
    """Return the drawing of a story, the service on top; None where a row would be wider than a page."""
    story = one.story
    pairs = [(low, high) for high, low in story.edges]
    layer = layers_of(len(story.nodes), pairs, [0])
    if layer is None:
        return None
    for place, node in enumerate(story.nodes[1:], 1):
        # What still stands is shown beside what does not, not at the bottom with what failed.
        if node.state is NodeState.UP and not any(high == place for high, _ in story.edges):
            layer[place] = min(layer[high] for high, low in story.edges if low == place) - 1
    faces = [_face(node, one.outcome if not place else None, words, language) for place, node in enumerate(story.nodes)]
    layout = laid_out([size for size, _ in faces], layer, pairs, _NARROWEST)
    if layout.width > _WIDEST:
        return None
    made = [make(x, y) for (_, make), (x, y) in zip(faces, layout.places, strict=True)]
    cis = [node for node in story.nodes if node.kind is not NodeKind.GATE]
    return Drawing(
        layout.width,
        layout.height,
        tuple(node for node in made if isinstance(node, Box)),
        tuple(node for node in made if isinstance(node, Pill)),
        tuple(_edge(path, low, high, story) for path, (low, high) in zip(layout.paths, pairs, strict=True)),
        sum(len(node.ids) for node in cis),
        sum(len(node.groups) for node in story.nodes),
        story.left,
    )


def _face(
    node: Node, outcome: Outcome | None, words: Words, language: Language
) -> tuple[Size, Callable[[float, float], Box | Pill]]:
    """Return how large a node is, and what makes it once its place is known."""
    label, look = node_label(node, words, language), _look(node, outcome, language)
    if node.kind is NodeKind.GATE:
        few = node.members <= MOST_PIPS
        pips = tuple(place >= node.lost for place in range(node.members)) if few else ()
        width = round(0.93 * _length(label, look.word)[0] + 24 + 13 * len(pips), 1)
        aside = _length("", look.word)[1] * 0.97
        size = Size(width + 8 + aside, _PILL, width / 2)
        return size, lambda x, y: Pill(x, y, width, label, pips, look.word, look.css)
    letters, state = _length(label, look.word)
    wide = max(112.0, letters + 26, state + 46)
    return Size(wide, _HEIGHT, wide / 2), lambda x, y: Box(x, y, wide, label, False, look, False)


def _length(label: str, word: str) -> tuple[float, float]:
    """Return how wide a label and the smaller word below it are; characters of other scripts take twice the room."""
    count = [sum(2 if ord(character) > 0x2E7F else 1 for character in text) for text in (label, word)]
    return 8.1 * count[0], 7.0 * count[1]


def _edge(path: str, low: int, high: int, story: Story) -> Edge:
    lower, upper = story.nodes[low], story.nodes[high]
    fails = lower.state in _BAD and (upper.kind is NodeKind.GATE or upper.state in _BAD)
    return Edge(path, fails, False)
