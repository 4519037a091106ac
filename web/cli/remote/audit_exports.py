"""The export of a change for an auditor, asked of a server."""

from __future__ import annotations

import io

from web.cli.remote import RemoteContext


def audit_export(context: RemoteContext, change_id: str) -> bytes:
    content = io.BytesIO()
    context.server.download(content, "changes", change_id, "export")
    return content.getvalue()
