"""Reads state files from disk; what leaves is the resources, without the secrets that a state holds."""

from __future__ import annotations

import io
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cmdb.exchange.estate.faults import Faults
from cmdb.exchange.terraform_json import MAX_BYTES, document_of, kind_of, sound_lineage
from discovery.connectors.terraform.reading import read
from discovery.ports import Line, Part, Target, Unreachable, Unreadable

PAGE = 2_000  # resources in one part
_CHUNK = 1 << 20
MOST_FAULTS = 100  # faults of a file that are kept; all are counted
_TOLD = 5  # faults that stand in the sentence; all are in the error's facts


def targets(settings: Any, line: Line) -> Iterator[Target]:
    """Yield one target for each file, by its name."""
    line.check()
    for file in settings["files"]:
        yield Target(file["name"], {key: file[key] for key in ("path", "lineage", "cluster") if key in file})


def fetch(target: Target, settings: Any, line: Line) -> Iterator[Part]:
    """
    Yield what the file says of itself (``state``), then its resources, :data:`PAGE` a part.

    Raises:
        Unreachable: there is no such file, or it may not be read.
        Unreadable: it is no state or plan, of another version, or broken; ``problems`` has every fault.
    """
    line.pace()
    line.check()
    faults = Faults(limit=MOST_FAULTS)
    document = document_of(io.BytesIO(_bytes(target, line)), faults)
    line.check()
    kind = kind_of(document, faults) if document is not None else None
    if document is None or kind is None:
        raise _refused(target, faults)
    lineage = sound_lineage(document.get("lineage") if kind == "state" else None, "/lineage", faults)
    most = settings["most"]
    listed = read(document, kind, faults, most=most, check=line.check)
    line.check()
    if faults.count:
        raise _refused(target, faults)
    if listed.cut:
        line.note("terraform.too_many", limit=most)
    version = document.get("terraform_version")
    header = {
        "kind": kind,
        "lineage": lineage,
        "terraform_version": version[:50] if isinstance(version, str) else "",
        "passed": dict(sorted(listed.passed.items())),
        "known": kind != "plan" or isinstance(document.get("prior_state"), dict),
    }
    yield Part("state", header)
    for start in range(0, len(listed.resources), PAGE) or (0,):
        line.check()
        last = start + PAGE >= len(listed.resources)
        yield Part("resources", listed.resources[start : start + PAGE], whole=not (listed.cut and last))


def _bytes(target: Target, line: Line) -> bytes:
    """Return the file's bytes, at most one more than may be read, so that whoever reads them sees that."""
    pieces, size = [], 0
    try:
        path = Path(str(target.facts["path"]))
        # A pipe or a device could keep the worker waiting for ever.
        if not stat.S_ISREG(path.stat().st_mode):
            raise Unreadable(target=target.id, reason="its path names no file")
        with path.open("rb") as file:
            while size <= MAX_BYTES and (piece := file.read(min(_CHUNK, MAX_BYTES + 1 - size))):
                line.check()
                pieces.append(piece)
                size += len(piece)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its path is none"
        raise Unreachable(target=target.id, reason=reason or "it can not be opened") from None
    return b"".join(pieces)


def _refused(target: Target, faults: Faults) -> Unreadable:
    told = [f"{fault.place}: {fault.message}" for fault in faults.problems[:_TOLD]]
    more = [f"and {faults.count - _TOLD:,} more"] if faults.count > _TOLD else []
    problems = [{"place": fault.place, "code": fault.code, "message": fault.message} for fault in faults.problems]
    return Unreadable(target=target.id, reason="; ".join([*told, *more]), problems=problems, count=faults.count)
