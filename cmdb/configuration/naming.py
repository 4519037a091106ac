"""
The desk of names: what CIs are called, what they are parts of, and which CIs have a name that was given for an id.

A name alone says little of a part of something: a process, a port or an interface is known by what it runs on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from cmdb.configuration.discovered import is_path
from cmdb.context import Context
from cmdb.errors import ForeshockError, InvalidInput, NotFound
from cmdb.model.called import Called, Namesake, Namesakes, names_behind
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.ci_class import CI_CLASSES
from cmdb.model.kind import Document
from cmdb.model.relation import RELATIONS
from cmdb.ports.errors import HistoryGone
from cmdb.ports.store import Equals, OneOf

_NAMED = frozenset(("data_service", "database_instance", "message_broker", "cache", "database"))
PARTS = _NAMED | {"application_component", "endpoint", "container", "interface", "volume", "file_share"}
"""
The classes of what is known by the one CI it runs on or is part of, with those below them. People give databases and
the like names of their own ("Orders database"); the name that a source found ("postgresql") needs its host.
"""

TIES = ("runs_on", "part_of")
"""The types of the relations to what a part is a part of, the first that it has counts."""

MOST_NAMESAKES = 10
"""So many CIs of a name are told, and how many there are."""
MOST_ASKED = 20
_AT_ONCE = 500
_DEPTH = 3
_LINEAGE = 20
_UNKNOWN = {
    "calendar.unknown_ci": "ci",
    "change.unknown_ci": "ci",
    "incident.unknown_ci": "ci",
    "service_level.unknown_ci": "ci",
    "estate.missing_end": "id",
}
"""The problems that a CI is not there, each with the fact that has what was given for its id."""


def called(context: Context, cis: Iterable[str], *, at: int | None = None) -> dict[str, Called]:
    """
    Return what CIs are called, by id, and what those are called that they are parts of; unknown ones are left out.

    Of a part of several, none is told. Cost: three look-ups for some hundred CIs at once, for each step up.

    Raises:
        NotAllowed: the actor may not read CIs.
        HistoryGone: the store no longer keeps the revision ``at``.
    """
    context.allow("ci:read")
    found: dict[str, Called] = {}
    wanted = sorted({ci for ci in cis if ci})
    for _ in range(_DEPTH):
        fresh = _called(context, [ci for ci in wanted if ci not in found], at)
        found |= fresh
        wanted = sorted({each.whole for each in fresh.values() if each.whole is not None})
    return found


def called_then(context: Context, cis: Iterable[str], *, at: int | None = None) -> dict[str, Called]:
    """Return the same, nothing where the store no longer keeps the revision: then there are ids alone."""
    try:
        return called(context, cis, at=at)
    except HistoryGone:
        return {}


def called_since(
    context: Context, cis: Iterable[str], *, at: int | None, before: int | None = None
) -> dict[str, Called]:
    """Return the same as of a revision, and of what was none of it, as of ``before`` (None: the newest)."""
    wanted = list(dict.fromkeys(cis))
    found = called_then(context, wanted, at=at)
    others = [ci for ci in wanted if ci not in found] if at is not None else []
    return {**called_then(context, others, at=before), **found}


def _some(cis: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield them in parts that a store is asked for at once."""
    return (cis[start : start + _AT_ONCE] for start in range(0, len(cis), _AT_ONCE))


def _called(context: Context, cis: Sequence[str], at: int | None) -> dict[str, Called]:
    documents: dict[str, Document] = {}
    for some in _some(cis):
        documents |= {ci: each.document for ci, each in context.store.get_many(CIS, some, at=at).items()}
    parts = _classes_of_parts(context, {each["class"] for each in documents.values()}, at)
    ties = _ties(context, [ci for ci, each in documents.items() if each["class"] in parts or "@" in each["name"]], at)
    return {ci: _one(each, parts.get(each["class"]), ties.get(ci, _ALONE)) for ci, each in documents.items()}


def _one(document: Document, part: str | None, tie: Called) -> Called:
    own = part is None or (part in _NAMED and not document.get("seen_as"))
    ci, ci_class, name = document["id"], document["class"], document["name"]
    return replace(tie, id=ci, ci_class=ci_class, name=name, own=own and tie.whole is not None, path=is_path(document))


_ALONE = Called("", "", "")


def _ties(context: Context, cis: Sequence[str], at: int | None) -> dict[str, Called]:
    """Return for the parts of one CI each what it is, and by which relation."""
    found: dict[tuple[str, str], set[str]] = {}
    for some in _some(sorted(cis)):
        after: str | None = None
        where = [OneOf("source", tuple(some)), OneOf("type", TIES)]
        while True:
            page = context.store.find(RELATIONS, where, after=after, limit=1000, at=at)
            for row in page.rows:
                found.setdefault((row.document["source"], row.document["type"]), set()).add(row.document["target"])
            after = page.after
            if after is None:
                break
    first = {ci: next((each for each in TIES if (ci, each) in found), "") for ci in cis}
    return {
        ci: replace(_ALONE, relation=type_, whole=next(iter(found[ci, type_])))
        for ci, type_ in first.items()
        if len(found.get((ci, type_), ())) == 1
    }


def _classes_of_parts(context: Context, classes: Iterable[str], at: int | None) -> dict[str, str]:
    """Return for those classes that are of parts which of :data:`PARTS` each is or, of one's own, descends from."""
    lineage = {name: name for name in classes if name not in PARTS}
    parts = {name: name for name in classes if name in PARTS}
    for _ in range(_LINEAGE):
        defined = context.store.get_many(CI_CLASSES, sorted(set(lineage.values())), at=at)
        lineage = {
            name: parent
            for name, own in lineage.items()
            if own in defined and (parent := defined[own].document.get("parent"))
        }
        parts |= {name: parent for name, parent in lineage.items() if parent in PARTS}
        lineage = {name: parent for name, parent in lineage.items() if parent not in PARTS}
        if not lineage:
            break
    return parts


def namesakes(context: Context, texts: Iterable[str], *, at: int | None = None) -> dict[str, Namesakes]:
    """
    Return for texts that were given for ids which CIs, but for retired ones, have them for a name; others are left out.

    The first :data:`MOST_ASKED` texts are looked at. A part is also found by what words call it ("sshd on db1").

    Raises:
        NotAllowed: the actor may not read CIs.
    """
    context.allow("ci:read")
    found = ((text, _namesakes(context, text, at)) for text in sorted({text for text in texts if text})[:MOST_ASKED])
    return {text: each for text, each in found if each.count}


def _namesakes(context: Context, text: str, at: int | None) -> Namesakes:
    behind = names_behind(text)
    page = context.store.find(CIS, [OneOf("name", tuple(behind))], limit=_AT_ONCE, at=at)
    living = [row.key for row in page.rows if row.document.get("status") != CIStatus.RETIRED.value]
    known = called(context, living, at=at)
    meant = [one for ci in living if (one := known.get(ci)) and _is_meant(one, behind, known)]
    plain = [one for one in meant if one.name == text] or meant
    count = len(plain) if page.after is None else _count(context, text, at)
    return Namesakes(tuple(_namesake(one, known) for one in plain[:MOST_NAMESAKES]), count)


def _count(context: Context, name: str, at: int | None) -> int:
    every, retired = [Equals("name", name)], Equals("status", CIStatus.RETIRED.value)
    return context.store.count(CIS, every, at=at) - context.store.count(CIS, [*every, retired], at=at)


def _is_meant(one: Called, behind: Mapping[str, str | None], known: Mapping[str, Called]) -> bool:
    of = behind[one.name]
    return of is None or (one.whole in known and known[one.whole or ""].name == of)


def _namesake(one: Called, known: Mapping[str, Called]) -> Namesake:
    whole = known.get(one.whole or "")
    return Namesake(one.id, one.ci_class, whole.name if whole else None)


def given_for_ids(error: ForeshockError) -> list[str]:
    """Return what was given for the ids of CIs that are not there, as far as an error says so."""
    return list(dict.fromkeys(_given(error)))


def _given(error: ForeshockError) -> Iterator[str]:
    if isinstance(error, NotFound) and error.facts["kind"] == CIS.name:
        yield from error.facts["ids"]
    for problem in error.problems if isinstance(error, InvalidInput) else ():
        fact = _UNKNOWN.get(problem.code)
        if fact is not None:
            yield str(problem.facts[fact])
