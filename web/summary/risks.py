"""Points 4, 5, 7 and 8: what stops a service now, whom the change meets, what is in doubt, what helps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cmdb.model.assessment import Assessment
from cmdb.model.explanation import Explanation
from cmdb.model.outlook import Outlook
from web.summary.blocks import Block, Listing, Place, Style, lines_of
from web.summary.calendar import calendar_words
from web.summary.failure import contributions
from web.summary.writing import Writer
from web.wording_change import single_points
from web.wording_explained import Words, effects_of, explanation_sentence
from web.wording_outlook import stopping_groups
from web.wording_rewiring import note_sentences, rewiring_sentences, untried_sentence
from web.wording_story import tree_lines
from web.wording_whatif import measure_words, never_words, unexamined_words

MOST_GROUPS = 3
MOST_MEASURES = 3


def weak_points(writer: Writer) -> Block:
    """Point 4: the CIs that become single points of failure, the most probable risk groups, the graph of the worst."""
    assessment, page = writer.assessment, writer.page
    found = single_points(assessment.services) if assessment else []
    points = [
        writer.line(writer.words.point(ci, writer.listed(stopped), writer.summary.why, writer.short_names))
        for ci, stopped in found
    ]
    if assessment is not None:
        points += [
            writer.line(said) for said in rewiring_sentences(assessment.rewiring, writer.short_names, writer.language)
        ]
    groups = _groups(writer, assessment)
    return Block(
        4,
        "weak_points",
        page["weak"],
        Place.LEFT,
        (
            lines_of("single_points", points or [page["no_points"]], rank=2, least=1, heading=page["points"]),
            lines_of("risk_groups", groups or [page["no_groups"]], rank=3, most=MOST_GROUPS, heading=page["groups"]),
            *_graph(writer),
        ),
    )


def _groups(writer: Writer, assessment: Assessment | None) -> list[str]:
    outlook = assessment.outlook if assessment else None
    if outlook is None:
        return []
    return [writer.line(writer.words.group(each, writer.short_names)) for each in stopping_groups(outlook)]


def conflicts(writer: Writer) -> Block:
    """Point 5: whom the change meets in a joint conflict, the move that frees it, and freezes."""
    page, outlook = writer.page, _outlook(writer)
    assessment, unlisted = writer.brief, 0
    if assessment is None or outlook is None:
        said = [page["conflicts_unknown"]]
    else:
        unlisted = outlook.conflicts_unlisted
        said = []
        for each in outlook.conflicts:
            moves = [writer.words.move(move, writer.zone) for move in each.moves]
            said.append(
                writer.line(
                    writer.sentences(writer.words.conflict(each, assessment, writer.short_names), *moves[:2]), 420
                )
            )
        said = said or [page["no_conflicts"]]
    listed = lines_of("conflicts", said, rank=1, least=1, unlisted=unlisted)
    told = [writer.line(each) for each in calendar_words(writer)]
    calendar = lines_of("calendar", told, rank=1, least=len(told))
    return Block(5, "conflicts", page["conflicts"], Place.LEFT, (listed, calendar))


def unknown(writer: Writer) -> Block:
    """Point 7: what nobody is sure of, and whether it could flip the verdict."""
    assessment, page, outlook = writer.brief, writer.page, _outlook(writer)
    first: list[str] = []
    doubts: list[str] = []
    if assessment is not None and outlook is not None:
        doubts = [writer.line(writer.words.flip(each, assessment, writer.short_names)) for each in outlook.flips]
        first.append(_flips(writer, assessment, outlook))
        first += writer.words.unknown(outlook)
        first += [writer.line(s) for s in note_sentences(assessment.rewiring, writer.short_names, writer.language)]
    if assessment is not None and assessment.retired:
        first.append(writer.say("retired", targets=writer.listed_cis(assessment.retired)))
    if assessment is not None and writer.summary.why is None:
        first.append(page["why_gone"])
    consequence = assessment.consequence if assessment is not None else None
    first += [page["p_fail_unknown"]] if consequence is None else writer.words.limits(consequence)
    unlisted = outlook.flips_unlisted if outlook is not None else 0
    return Block(
        7,
        "unknown",
        page["unknown"],
        Place.RIGHT,
        (
            lines_of("unknown", first, rank=1, least=min(2, len(first))),
            lines_of("doubts", doubts, rank=2, least=1, unlisted=unlisted, heading=page["doubts"]),
        ),
    )


def _flips(writer: Writer, assessment: Assessment, outlook: Outlook) -> str:
    could_be, now = writer.summary.could_be, assessment.verdict
    if not outlook.doubtful and not outlook.flips:
        return writer.page["nothing_unknown"]
    if could_be is None:
        return writer.page["flips_unknown" if outlook.doubtful else "flips_not"].format(now=now.value)
    if could_be is now:
        return writer.say("flips_not", now=now.value)
    return writer.say("flips_verdict", now=now.value, then=could_be.value)


def helps(writer: Writer) -> Block:
    """Point 8: what the outcomes hang on, and the three cheapest mitigations with their gain."""
    page, outlook = writer.page, _outlook(writer)
    listings = [*contributions(writer), *_drivers(writer), *_measures(writer, outlook)]
    return Block(8, "help", page["help"], Place.RIGHT, tuple(listings))


def _graph(writer: Writer) -> Iterable[Listing]:
    """Yield the graph behind the first service: at most twelve nodes, all of it or none."""
    found = _explained(writer)
    if not found:
        return
    first, words = found[0], _words(writer)
    lines = tuple((writer.line(line, 120),) for line in tree_lines(first, words, writer.language))
    yield Listing(
        "graph",
        Style.TREE,
        lines,
        rank=9,
        heading=writer.say("graph", service=words.full_name(first.service)),
        whole=True,
        left_out=writer.say("graph_left", count=len(first.story.nodes)),
    )


def _explained(writer: Writer) -> Sequence[Explanation]:
    why = writer.summary.why
    return () if why is None or writer.assessment is None else why.explained.explanations


def _words(writer: Writer) -> Words:
    why, assessment = writer.summary.why, writer.assessment
    assert why is not None
    assert assessment is not None
    return Words(writer.short_names, why.explained.labels, effects_of(assessment.inputs.targets))


def _drivers(writer: Writer) -> Iterable[Listing]:
    explained, assessment = _explained(writer), writer.assessment
    if not explained or assessment is None:
        return
    words = _words(writer)
    said = [writer.line(explanation_sentence(each, words, writer.language)) for each in explained]
    more = len(assessment.services) - len(explained)
    yield lines_of("drivers", said, rank=4, unlisted=more, heading=writer.page["drivers"])


def _measures(writer: Writer, outlook: Outlook | None) -> Iterable[Listing]:
    page, assessment = writer.page, writer.assessment
    if outlook is None or assessment is None:
        yield lines_of("measures", [page["measures_unknown"]], rank=0, least=1)
        return
    window = assessment.inputs.window
    told = [measure_words(each, window, writer.short_names, writer.language) for each in outlook.measures]
    said = [writer.line(writer.sentences(each.what, *each.gains), 360) for each in told]
    if assessment.rewiring is not None:
        said = said or [untried_sentence(writer.language)]
    yield lines_of(
        "measures", said or [page["no_measures"]], rank=1, least=1, most=MOST_MEASURES, heading=page["measures"]
    )
    never = [writer.line(never_words(each, writer.short_names, writer.language)) for each in outlook.never]
    yield lines_of("never", never, rank=6, heading=page["never"])
    limits = [unexamined_words(each, writer.language) for each in outlook.measures_unexamined]
    yield lines_of("unexamined", limits, rank=5, heading=page["unexamined"])


def _outlook(writer: Writer) -> Outlook | None:
    return writer.assessment.outlook if writer.assessment else None
