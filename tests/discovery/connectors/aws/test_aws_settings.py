"""The settings of an AWS source hold references and nothing that would leak."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError

from discovery.connectors.aws.config import AwsSettings

RIGHT = {"accounts": [{"id": "111111111111"}], "regions": ["eu-central-1"]}


def test_every_setting_is_described():
    """What a page or the command line shows beside each field."""
    fields = [*AwsSettings().fields.values(), *AwsSettings().fields["accounts"].inner.schema.fields.values()]
    assert all(field.metadata.get("description") for field in fields)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"regions": []}, "regions"),
        ({"regions": ["Frankfurt"]}, "regions"),
        ({"regions": ["eu-central-1", "eu-central-1"]}, "regions"),
        ({"accounts": [{"id": "1"}]}, "accounts"),
        ({"accounts": [{"id": "111111111111"}, {"id": "111111111111"}]}, "accounts"),
        ({"accounts": [{"id": "111111111111", "role_arn": "arn:aws:iam::222222222222:role/x"}]}, "accounts"),
        ({"access_key_id": "env:KEY"}, "access_key_id"),
        ({"session_token": "env:TOKEN"}, "session_token"),
        ({"profile": "ops", "access_key_id": "env:KEY", "secret_access_key": "env:SECRET"}, "profile"),
        ({"endpoint_url": "ftp://somewhere"}, "endpoint_url"),
        ({"page": 1}, "page"),
        ({"region": "eu-central-1"}, "region"),
    ],
)
def test_a_setting_that_can_not_be_right_is_named(change, place):
    """The fault is told at its field."""
    with pytest.raises(ValidationError) as wrong:
        AwsSettings().load({**RIGHT, **change})
    assert place in wrong.value.messages


def test_a_key_itself_is_refused_and_not_repeated():
    """A credential that was written where its reference belongs is not shown again."""
    with pytest.raises(ValidationError) as wrong:
        AwsSettings().load({**RIGHT, "access_key_id": "env:KEY", "secret_access_key": "wJalrXUtnFEMI"})
    assert "wJalrXUtnFEMI" not in str(wrong.value)
