"""
The export of a change for an auditor: its records, what they were made from, and how to check them without us.

An assessment's file holds exactly the bytes that its hash covers, and a kept text stands under its own hash, so the
whole chain can be followed with ``sha256sum``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cmdb.chain import canonical
from cmdb.context import Context
from cmdb.errors import NotFound
from cmdb.exchange.archive import archive
from cmdb.model.assessment import ASSESSMENTS, unsigned
from cmdb.model.attachment import ATTACHMENTS
from cmdb.model.ballot import BALLOTS, VOTES
from cmdb.model.change import CHANGES
from cmdb.model.comment import COMMENTS
from cmdb.model.decision import DECISIONS
from cmdb.model.go_check import GO_CHECKS
from cmdb.model.kind import Document, Kind
from cmdb.model.review import REVIEWS
from cmdb.model.task import TASKS
from cmdb.ports.store import Equals

FORMAT = "foreshock-audit/1"
_GIVEN_ON = ("id", "ballot", "seat", "assessment", "assessment_hash", "by", "choice")
_BESIDE: Mapping[str, Kind[Any]] = {
    "decisions": DECISIONS,
    "ballots": BALLOTS,
    "tasks": TASKS,
    "comments": COMMENTS,
    "attachments": ATTACHMENTS,
    "go_checks": GO_CHECKS,
    "reviews": REVIEWS,
}
"""By their folder, the kinds of record that belong to a change."""

README = """\
A change, what was decided about it, and what the decisions were made from.

contents.json      what is here: each assessment with its hash and that of the one before, each decision and vote with
                   the hash of the assessment it was given on, the texts that inputs name by their SHA-256, and the
                   revision and hash at which the store's own log ended when this was written
change.json        the change as it stands; change-history.jsonl has every version of it, oldest first
assessments/       the bytes that the hash of each assessment covers: its canonical JSON (RFC 8785) without "hash"
decisions/, votes/, ballots/, tasks/, comments/, reviews/, go_checks/    the other records of the change
policies/, defaults/, models/    the texts the assessments were computed from, each named by its SHA-256
attachments/       the files that were attached, each named by its id; its record, with name and SHA-256, beside it

To check it with nothing but sha256sum:

1. sha256sum -c SHA256SUMS        nothing here was altered since it was written.
2. The sum of each file in assessments/ is the "hash" that contents.json gives for it.
3. "previous" in each of these files is the sum of the one before; that of the first is 64 zeros.
4. "assessment_hash" of each file in decisions/, ballots/ and votes/ is the sum of one of these files.
5. Each file in policies/, defaults/ and models/ has its own sum for a name, and "inputs" of an assessment names it.

That the answers follow from the inputs is proved where the store is: foreshock replay CHANGE. That nobody altered the
store: foreshock audit verify, whose log ends in, or goes on from, the hash that contents.json names.
"""


def audit_export(context: Context, change_id: str) -> bytes:
    """
    Return a ZIP archive of all that was recorded about a change, as ``README.txt`` in it describes.

    The same records give the same bytes, as of the same revision of the store.

    Raises:
        NotAllowed: the actor may not read changes.
        NotFound: there is no such change.
    """
    context.allow("change:read")
    stored = context.store.get(CHANGES, change_id)
    if stored is None:
        raise NotFound(kind="change", ids=(change_id,))
    made = sorted(_found(context, ASSESSMENTS, "change", change_id), key=lambda each: (each["number"], each["id"]))
    beside = {folder: list(_found(context, kind, "change", change_id)) for folder, kind in _BESIDE.items()}
    beside["votes"] = [vote for each in beside["ballots"] for vote in _found(context, VOTES, "ballot", each["id"])]
    kept = {**dict(_texts(context, made)), **dict(_attached(context, beside["attachments"]))}
    given = [*beside["decisions"], *beside["ballots"], *beside["votes"]]
    contents = {
        "format": FORMAT,
        "change": change_id,
        "store": _end_of_log(context),
        "assessments": [_line(each) for each in made],
        "given_on": [{key: each[key] for key in _GIVEN_ON if key in each} for each in given],
        "missing": sorted(name for name, content in kept.items() if content is None),
    }
    return archive(
        {
            "README.txt": README.encode(),
            "contents.json": _bytes(contents),
            "change.json": _bytes(stored.document),
            "change-history.jsonl": b"".join(_bytes(each) + b"\n" for each in _history(context, change_id)),
            **{_name(each): _bytes(unsigned(each)) for each in made},
            **{name: _bytes(each) for folder in beside for name, each in _numbered(folder, beside[folder])},
            **{name: content for name, content in kept.items() if content is not None},
        }
    )


def _numbered(folder: str, documents: Iterable[Document]) -> Iterator[tuple[str, Document]]:
    """Yield documents under the names of their files: their ids, of those that have none their places."""
    for place, document in enumerate(documents, start=1):
        yield f"{folder}/{document.get('id', f'{place:03}')}.json", document


def _name(assessment: Document) -> str:
    return f"assessments/{assessment['number']:04}-{assessment['id']}.json"


def _line(assessment: Document) -> Document:
    kept = {key: assessment.get(key) for key in ("id", "number", "graph_revision", "verdict", "hash", "previous")}
    return {**kept, "file": _name(assessment)}


def _texts(context: Context, made: Iterable[Document]) -> Iterator[tuple[str, bytes | None]]:
    """Yield the name and content of every text that inputs name, None where the store does not keep it any more."""
    for inputs in (each["inputs"] for each in made):
        figures = inputs.get("failure") or {}
        for name, sha256 in (
            ("policies/{}.toml", inputs["policy_sha256"]),
            ("defaults/{}.json", inputs["defaults_sha256"]),
            ("models/{}.json", figures.get("model")),
        ):
            if sha256:
                yield name.format(sha256), context.store.get_blob(sha256)


def _attached(context: Context, attachments: Iterable[Document]) -> Iterator[tuple[str, bytes | None]]:
    for each in attachments:
        yield f"attachments/{each['id']}", context.store.get_blob(each["sha256"])


def _history(context: Context, change_id: str) -> Iterable[Document]:
    """Return every version of the change, oldest first: who made it when and why, and what it then said."""
    found: list[Document] = []
    before = None
    while page := context.store.history(CHANGES, change_id, before=before, limit=200):
        for past in page:
            header = {"version": past.version, "revision": past.revision, "actor": past.actor, "reason": past.reason}
            found.append({**header, "at": past.at.isoformat(), "document": past.after})
        before = page[-1].version
    return reversed(found)


def _end_of_log(context: Context) -> Document:
    newest = context.store.revision()
    (last,) = context.store.changes(newest - 1)
    return {"revision": last.number, "hash": last.hash}


def _found(context: Context, kind: Kind[Any], field: str, value: str) -> Iterator[Document]:
    after = None
    while True:
        page = context.store.find(kind, [Equals(field, value)], after=after, limit=1000)
        yield from (row.document for row in page.rows)
        if page.after is None:
            return
        after = page.after


def _bytes(document: Mapping[str, Any]) -> bytes:
    """Return the canonical bytes; of what somebody altered into what has none, other bytes, which prove just that."""
    try:
        return canonical(document)
    except ValueError:
        return json.dumps(document, sort_keys=True).encode()
