"""What P(fail) was worth, asked of a server."""

from __future__ import annotations

from cmdb.model.kind import Kind
from cmdb.records import from_document
from impact.questions.calibration import Calibration
from web.cli.remote import RemoteContext

_CALIBRATION = Kind(Calibration, name="calibration")


def calibration(context: RemoteContext) -> Calibration:
    return from_document(_CALIBRATION, context.server.get("calibration").document)
