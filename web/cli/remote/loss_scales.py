"""The scale of losses, asked of a server."""

from __future__ import annotations

from typing import Any

from cmdb.model.kind import Kind
from cmdb.model.loss_scale import LOSS_SCALES, LossScale, LossScaleVersion
from cmdb.records import Held, from_document
from cmdb.service.loss_scales import ScaleInForce
from web.cli.remote import RemoteContext
from web.cli.remote.reading import held

_SCALE = Kind(LossScale, name="scale")


def in_force(context: RemoteContext, *, at: Any = None) -> ScaleInForce:
    found = context.server.get("loss-scale", at=at).document
    return ScaleInForce(found["version"], from_document(_SCALE, found["scale"]))


def set_scale(context: RemoteContext, *, expected_version: int | None = None, **given: Any) -> Held[LossScaleVersion]:
    version = context.server.version_of("loss-scale") if expected_version is None else expected_version
    body = {name: value for name, value in given.items() if value is not None}
    return held(LOSS_SCALES, context.server.send("PUT", "loss-scale", body=body, version=version))
