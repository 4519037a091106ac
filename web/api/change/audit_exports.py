"""The export of a change for an auditor over the JSON API; its twins are the page and the command of this name."""

from __future__ import annotations

from flask import Response
from flask.views import MethodView

from cmdb.change.record.audit_export import audit_export
from web.api.blueprint import Blueprint
from web.request import context

blueprint = Blueprint("audit_exports", __name__, url_prefix="/changes", description="A change, for an auditor")

ZIP = "application/zip"


@blueprint.route("/<change_id>/export")
class AuditExport(MethodView):
    @blueprint.response(200, {"type": "string", "format": "binary"}, content_type=ZIP)
    def get(self, change_id: str) -> Response:
        """
        Fetch all that was recorded about a change, and what it was decided from, as a ZIP archive.

        Assessments stand in it as the very bytes their hashes cover; README.txt tells how to check the chain with
        sha256sum alone.
        """
        answer = Response(audit_export(context(), change_id), mimetype=ZIP)
        answer.headers.set("Content-Disposition", "attachment", filename=f"{change_id}.zip")
        return answer
