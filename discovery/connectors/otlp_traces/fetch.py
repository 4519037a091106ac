"""Reads what receivers left in the spool: every slice that is young enough, newest first, as it is."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from discovery.connectors.otlp_traces.receiver import SLICE
from discovery.connectors.otlp_traces.spool import MAX_ALL, MAX_FILE, MAX_FILES, Spool
from discovery.ports import Line, Part, Target, Unreachable

TARGET = "traces"


def targets(settings: Any, line: Line) -> Iterator[Target]:  # noqa: ARG001
    """Yield the one target there is."""
    line.check()
    yield Target(TARGET)


def fetch(target: Target, settings: Any, line: Line) -> Iterator[Part]:
    """
    Yield when it is read (``reading``), then each slice (``slice``).

    A slice that can not be read is a part that is not whole; so is the last one where the limits end the reading.

    Raises:
        Unreachable: there is no such folder; no receiver has run yet.
    """
    spool, now = Spool(settings["folder"]), int(time.time())
    line.pace()
    line.check()
    try:
        names = spool.names(now - settings["keep_hours"] * 3_600 - 2 * SLICE)
    except OSError as error:
        reason = f"the folder of the receivers: {error.strerror}"
        raise Unreachable(target=target.id, reason=reason) from None
    yield Part("reading", {"at": now})
    size = 0
    for position, name in enumerate(names):
        line.check()
        line.pace()
        try:
            raw = spool.read(name)
        except FileNotFoundError:
            continue  # Its receiver found it too old.
        except OSError:
            raw = b""
        size += len(raw)
        if position >= MAX_FILES or size > MAX_ALL:
            line.note("traces.too_many", files=MAX_FILES, bytes=MAX_ALL)
            yield Part("slice", {}, whole=False)
            return
        body = _parsed(raw)
        yield Part("slice", {} if body is None else body, whole=body is not None)


def _parsed(raw: bytes) -> Any:
    if not raw or len(raw) > MAX_FILE:
        return None
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None
