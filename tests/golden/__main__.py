"""
Write the golden answers that are missing: ``python -m tests.golden``. What is there is never written again.

A new method comes with its answers, a new estate with those of every method. An answer that differs is no reason to
write it anew: assessments that were decided on were made that way, so the computation needs a new method.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cmdb.chain import digest
from cmdb.context import Context
from impact.questions.replay import kept_texts
from tests.golden.answering import (
    ANSWERS,
    CASES,
    METHODS,
    TEXTS,
    Answer,
    Case,
    answers,
    assessed,
    cases,
    context_of,
    texts,
)
from tests.golden.estates import ESTATES


def main() -> None:
    """Add what is missing to the three files."""
    known, answered, kept = cases(), answers(), texts()
    for name, build in ESTATES.items():
        known.setdefault(name, _case(name, build()))
    there = {(answer.case, answer.method) for answer in answered}
    for name, method in ((name, method) for name in known for method in METHODS if (name, method) not in there):
        context = context_of(known[name])
        document = assessed(context, method)
        blobs = [context.store.get_blob(sha256) for sha256 in kept_texts(document["inputs"])]
        kept += [blob.decode() for blob in blobs if blob is not None and blob.decode() not in kept]
        answered.append(Answer(name, method, digest(document), document))
        print(f"{name}, method {method}: {document['verdict']} {', '.join(document['reasons'])}")
    _write(CASES, [case._asdict() for case in known.values()])
    _write(ANSWERS, [answer._asdict() for answer in answered])
    _write(TEXTS, [{"text": text} for text in kept])


def _case(name: str, context: Context) -> Case:
    entries = (entry for revision in context.store.changes(0) for entry in revision.entries)
    # What was written twice stands as it was written last.
    last = {(entry.kind, entry.key): entry.after for entry in entries}
    return Case(name, [(kind, after) for (kind, _), after in last.items() if after is not None])


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows]
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
