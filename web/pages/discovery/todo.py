"""Where to go about a finding: for each kind the pages on which the thing to do is done."""

from __future__ import annotations

from collections.abc import Iterator

from flask import url_for

from cmdb.configuration.findings import sources_of
from cmdb.model.finding import VERIFIED, Finding

Way = tuple[str, str]
"""An address, and the words of the link."""


def ways(found: Finding) -> list[Way]:
    """Return the pages that help with a finding, the one where it is dealt with first."""
    return list(dict.fromkeys([*_first(found), *_cis(found), *_sources(found)]))


def _first(found: Finding) -> Iterator[Way]:
    facts, cis = found.facts, found.cis
    if found.code == "scope.held" and facts.get("source"):
        yield url_for("pages.source", id=facts["source"]) + "#held", f"Believe it, or look at {facts['source']}"
    elif found.code == "verification.not_seen":
        yield url_for("pages.change", id=facts["change"]), f"Look at {facts['change']}"
    elif found.code.startswith(VERIFIED):
        yield url_for("pages.verification", id=facts["verification"]), "Decide about it in the verification"
    elif found.code == "identity.contradiction":
        yield url_for("pages.decisions"), "Look at the decisions"
    elif found.code == "ci.unfit_value" and cis:
        yield url_for("pages.edit_ci", id=cis[0]), f"Enter the value of {facts.get('attribute')}"
    elif found.code == "ci.unfit_class":
        yield url_for("pages.classes"), "Look at the classes"
    elif found.code == "ci.retired_alive" and cis:
        yield url_for("pages.ci", id=cis[0]), f"Bring {cis[0]} back"
    elif found.code in ("relation.unknown_end", "relation.ambiguous_end") and cis:
        yield url_for("pages.relate_ci", id=cis[0]), "Enter what it depends on"
        if found.code == "relation.unknown_end":
            yield url_for("pages.register"), "Register what is missing"
            yield url_for("pages.new_source"), "Add a source that sees it"
    elif found.code == "relation.unfit":
        yield url_for("pages.classes"), "Look at the classes and relation types"
    elif found.code.startswith("group.") and cis:
        yield url_for("pages.relate_ci", id=cis[0]), f"Enter what the group {facts.get('group')} needs"


def _cis(found: Finding) -> Iterator[Way]:
    yield from ((url_for("pages.ci", id=ci), f"Look at {ci}") for ci in found.cis)
    if found.code == "relation.ambiguous_end":
        yield from ((url_for("pages.ci", id=str(ci)), f"Look at {ci}") for ci in found.facts.get("of", ()))


def _sources(found: Finding) -> Iterator[Way]:
    # What is about very many sources is put right at none of them.
    yield from ((url_for("pages.source", id=each), f"Look at the source {each}") for each in sorted(sources_of(found)))
