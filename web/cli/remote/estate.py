"""The estate in and out, asked of a server; the file goes as it is, and the server reads it."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, BinaryIO

from web.cli.remote import RemoteContext


def import_estate(context: RemoteContext, stream: BinaryIO, *, progress: Any = None, **options: Any) -> Any:  # noqa: ARG001
    """Send the bytes; how far the server is, nobody hears."""
    return _brought(context, stream, "estate", **options)


def import_open_psa(context: RemoteContext, stream: BinaryIO, *, progress: Any = None, **options: Any) -> Any:  # noqa: ARG001
    """Send the bytes of a fault tree likewise."""
    return _brought(context, stream, "estate", "open-psa", **options)


def import_table(
    context: RemoteContext,
    stream: BinaryIO,
    *,
    ci_class: str | None = None,
    mapping: Any = None,
    form: str | None = None,
    progress: Any = None,  # noqa: ARG001
    **options: Any,
) -> Any:
    """Send the bytes of a table likewise; the mapping goes with them as JSON."""
    stated = None if mapping is None else json.dumps(mapping, ensure_ascii=False)
    named = {"class": ci_class, "mapping": stated, "format": form}
    return _brought(context, stream, "estate", "table", **named, **options)


def _brought(context: RemoteContext, stream: BinaryIO, *path: str, **options: Any) -> Any:
    media = "application/octet-stream"
    report = context.server.upload("POST", *path, content=stream, media=media, headers={}, **options).document
    return SimpleNamespace(as_json=lambda: report)


def export_estate(
    context: RemoteContext,
    out: BinaryIO,
    *,
    lines: bool = False,
    compressed: bool = False,
    at: Any = None,
    progress: Any = None,  # noqa: ARG001
) -> None:
    """Write the server's bytes to ``out``; how many records they hold the server does not say."""
    shape = ("jsonl" if lines else "json") + (".gz" if compressed else "")
    context.server.download(out, "estate", format=shape, at=at)
