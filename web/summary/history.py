"""Points 9 and 10: how similar changes went, and the record: hashes, decisions, duties, what the standard asks."""

from __future__ import annotations

from cmdb.model.decision import POLICY, Choice
from cmdb.model.similar import SimilarChange
from cmdb.model.summary import Approval
from web.summary.blocks import Block, Listing, Place, Style
from web.summary.writing import Writer


def similar(writer: Writer) -> Block:
    """Point 9: the three most similar past changes, how alike they are in each part, and how they went."""
    found, page = writer.summary.similar, writer.page
    entries = tuple((_similar(writer, each),) for each in found.similar)
    none = ((page["no_similar"],),)
    facts = {"past": f"{found.past:,}", "compared": f"{found.compared:,}", "alike": f"{found.alike:,}"}
    more = max(found.alike - len(entries), 0)
    return Block(
        9,
        "similar",
        page["similar"],
        Place.RIGHT,
        (Listing("similar", Style.LINES, entries or none, rank=7, unlisted=more, least=0 if entries else 1),),
        note=writer.say("similar_note", **facts) if found.past else "",
    )


def _similar(writer: Writer, one: SimilarChange) -> str:
    words = writer.words
    parts = [f"{words.PARTS[part.name]} {words.percent(part.value)}" for part in one.parts if part.value is not None]
    return writer.say(
        "similar_line",
        id=one.id,
        title=writer.cut(one.title, 60),
        went=words.went(one),
        ended=words.local_day(one.ended, writer.zone),
        similarity=words.percent(one.similarity),
        parts=", ".join(parts),
    )


def record(writer: Writer) -> Block:
    """Point 10: hashes of graph, policy and model, who decided, whether duties are apart, and what 8.5.1 asks."""
    return Block(
        10,
        "record",
        writer.page["record"],
        Place.BOTTOM,
        (
            _hashes(writer),
            _decisions(writer),
            Listing("iso", Style.FLOW, _iso(writer), rank=0, heading=writer.page["iso"], least=8),
        ),
    )


def _hashes(writer: Writer) -> Listing:
    assessment, page = writer.assessment, writer.page
    rows = []
    if assessment is not None:
        inputs = assessment.inputs
        graph = writer.say("graph_words", revision=assessment.graph_revision, sha=inputs.defaults_sha256)
        policy = writer.say("policy_words", version=inputs.policy_version, sha=inputs.policy_sha256)
        rows += [(page["assessment"], f"{assessment.id} {assessment.hash}")]
        rows += [(page["graph_hash"], graph), (page["policy"], policy)]
        prediction = assessment.prediction
        learned = "" if prediction is None else f"{prediction.outcomes:,}"
        model = writer.say("model_words", sha=prediction.model, outcomes=learned) if prediction else page["model_none"]
        rows.append((page["model"], model))
    rows.append((page["duties"], _duties(writer)))
    return Listing("record", Style.FACTS, tuple(rows), rank=0, least=len(rows))


def _decisions(writer: Writer) -> Listing:
    said = tuple((_decision(writer, each),) for each in reversed(writer.summary.approvals))
    none = ((writer.page["no_approvals"],),)
    return Listing("approvals", Style.LINES, said or none, rank=1, least=1, heading=writer.page["approvals"])


def _decision(writer: Writer, approval: Approval) -> str:
    words, decision = writer.words, approval.decision
    choice = words.CHOICES.get(decision.choice.value, decision.choice.value)
    when = words.moment(decision.at, writer.zone)
    revision = writer.say("revision", revision=decision.change_revision)
    said = [writer.short(decision.by), choice, when, revision]
    if approval.void:
        because = words.VOIDS.get(approval.because or "", approval.because or "")
        said.append(writer.say("void", because=because))
    comment = words.decision_words(decision)
    return writer.cut(" · ".join([*said, *([f"“{comment}”"] if comment else [])]), 200)


def _duties(writer: Writer) -> str:
    """Return whether those who decided have no other part in the change."""
    change = writer.summary.change
    own = {change.requester, *change.authors, *([change.implementer] if change.implementer else [])}
    by = {each.decision.by for each in writer.summary.approvals if not each.void} - {POLICY}
    if not by:
        return writer.page["duties_open"]
    both = sorted(by & own)
    return writer.say("duties_broken", who=writer.listed(both)) if both else writer.page["duties_kept"]


def _iso(writer: Writer) -> tuple[tuple[str, ...], ...]:
    """Return what ISO/IEC 20000-1:2018, 8.5.1, asks of a change, each with whether the record shows it."""
    change, page = writer.summary.change, writer.page
    assessed = writer.assessment is not None and writer.assessment.change_revision == change.revision
    approved = any(each.decision.choice is Choice.APPROVE and not each.void for each in writer.summary.approvals)
    plan = change.back_out
    shown = {
        "classified": "yes",
        "assessed": "yes" if assessed else "open",
        "benefit": "yes" if getattr(change, "benefit", "") else "not_recorded",
        "approved": "yes" if approved else "open",
        "reversal": "yes" if plan else "no",
        "tested": "yes" if plan and plan.tested_on else "no",
        "told": "yes" if getattr(change, "communications", "") else "not_recorded",
        "reviewed": "yes" if change.state.value in ("reviewed", "closed") else "open",
    }
    return tuple((writer.brackets(writer.words.ISO[each], page[how]),) for each, how in shown.items())
