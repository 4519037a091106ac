"""
Where senders push: the bytes of a POST go to the connector of the source they name, and its answer goes back.

Not in the API's description: what is sent and answered is another protocol's, such as OTLP.
"""

from __future__ import annotations

from flask import Blueprint, Flask, current_app, request
from werkzeug.wrappers import Response

from cmdb.errors import NotFound
from discovery.receiving import Reception
from web.request import RECEPTION, UPLOAD_BYTES, context

blueprint = Blueprint("receiving", __name__)


@blueprint.post("/receive/<source>/<path:path>")
def receive(source: str, path: str) -> Response:
    """
    Hand a body to what receives for the source.

    Where its settings name no token, whoever reaches this server acts as the person it acts as, as at every other door.
    """
    reception: Reception | None = current_app.extensions.get(RECEPTION)
    receiving = None if reception is None else reception.of(source)
    if receiving is None:
        raise NotFound(kind="source that receives", ids=(source,))
    if not receiving.guarded:
        context().allow("discovery:take")
    request.max_content_length = UPLOAD_BYTES  # What is too much the connector says, in the words of its protocol.
    answer = receiving.take(path, dict(request.headers), request.stream.read(receiving.most_bytes + 1))
    return Response(answer.body, status=answer.status, headers=dict(answer.headers))


def register(app: Flask, prefix: str) -> None:
    """Open the way in."""
    app.register_blueprint(blueprint, url_prefix=prefix)
