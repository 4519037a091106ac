"""The settings of a source: which controllers are asked, and with which token."""

from marshmallow import fields, validate

from discovery.ports import Seconds, Secret, Settings
from discovery.ports.http import WebAddress


class ShelfSettings(Settings):
    """Controllers that share a token."""

    controllers = fields.List(
        WebAddress(),
        required=True,
        validate=validate.Length(1, 1_000),
        metadata={"description": "addresses of the controllers: https://shelf-7.example.org"},
    )
    token = Secret(required=True, metadata={"description": "reference to a token that may read"})
    seconds = Seconds(load_default=30.0, metadata={"description": "how long one answer may take"})
    most = fields.Integer(
        load_default=10_000,
        validate=validate.Range(1, 1_000_000),
        metadata={"description": "so many devices of a controller are read, and no more"},
    )
