"""What would help a change, asked of a server."""

from __future__ import annotations

from collections.abc import Sequence

from cmdb.change.text_input import read_targets
from cmdb.errors import InvalidInput
from cmdb.model.kind import Kind
from cmdb.records import from_document
from impact.questions.whatif import WhatIfAnswer
from web.cli.remote import RemoteContext
from web.cli.remote.changes import edit_body

_ANSWER = Kind(WhatIfAnswer, name="whatif")


def whatif_of(
    context: RemoteContext,
    change_id: str,
    *,
    without: Sequence[str] = (),
    start: str | None = None,
    end: str | None = None,
) -> WhatIfAnswer:
    query = {"without": list(without), "from": start, "to": end}
    return from_document(_ANSWER, context.server.get("changes", change_id, "whatif", **query).document)


def imagined_whatif(
    context: RemoteContext,
    *,
    targets: Sequence[str],
    window: tuple[str, str] | None,
    without: Sequence[str] = (),
) -> WhatIfAnswer:
    """
    Ask about a change that nobody raised.

    Raises:
        InvalidInput: a target can not be read; the API takes targets as objects.
    """
    read, problems, _ = read_targets(targets)
    if problems:
        raise InvalidInput(problems, what="the question", setting=True)
    body = {
        "targets": [
            {
                "ci": t.ci,
                "effect": t.effect.value,
                "offset": t.offset,
                "minutes": t.minutes,
                "expected": dict(t.expected),
                "edit": edit_body(t),
            }
            for t in read
        ],
        "window": None if window is None else {"start": window[0], "end": window[1]},
        "without": list(without),
    }
    return from_document(_ANSWER, context.server.send("POST", "whatif", body=body).document)
