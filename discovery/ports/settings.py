"""The settings of a source: a marshmallow schema with words that every connector shares. Secrets are references."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields

_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:.+")


class Settings(Schema):
    """What the settings of a source have in common; an unknown key is an error that is named."""

    class Meta:
        unknown = RAISE


class Secret(fields.String):
    """A reference to a credential: ``env:NAME`` or ``file:PATH``. The credential itself is refused."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        text = super()._deserialize(value, attr, data, **more)
        if not _REFERENCE.fullmatch(text):
            # The value is not repeated: it may be the credential.
            raise ValidationError("must be a reference, env:NAME or file:PATH, not the credential itself")
        return text


class Seconds(fields.Float):
    """A time in seconds, above 0 and up to a day."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> float:
        number = super()._deserialize(value, attr, data, **more)
        if number is None or not 0 < number <= 86_400:
            raise ValidationError("must be a number of seconds above 0 and up to 86400")
        return number


class Texts(fields.List):  # type: ignore[type-arg]
    """A list of texts, none of them empty."""

    def __init__(self, **more: Any) -> None:
        super().__init__(fields.String(validate=_not_blank), **more)


def _not_blank(text: str) -> None:
    if not text.strip():
        raise ValidationError("must not be blank")
