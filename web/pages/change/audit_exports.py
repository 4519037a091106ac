"""The export of a change for an auditor as a file to save; its twins are the resource and the command of this name."""

from __future__ import annotations

from flask import Response

from cmdb.change.record.audit_export import audit_export
from web.pages.blueprint import pages
from web.request import context


@pages.get("/changes/<id>/export.zip", endpoint="change_export")
def export(id: str) -> Response:  # noqa: A002 - the name is part of the address
    """Send the archive."""
    answer = Response(audit_export(context(), id), mimetype="application/zip")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{id}.zip")
    return answer
