"""Settings are checked before anybody is asked."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError

from discovery.connectors.snmp_network.config import SnmpSettings

V3 = {"devices": ["10.0.0.1"], "user": "reader", "authentication_secret": "env:A", "privacy_secret": "env:P"}


def test_version_3_with_sha256_and_aes_is_what_one_gets():
    """Who names a user and two secrets gets authentication and encryption that hold."""
    loaded = SnmpSettings().load(V3)
    assert (loaded["version"], loaded["authentication"], loaded["privacy"]) == ("3", "sha256", "aes128")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"version": "2c"}, "community"),
        ({"user": None}, "user"),
        ({"authentication_secret": None}, "authentication_secret"),
        ({"version": "1"}, "version"),
        ({"privacy": "rot13"}, "privacy"),
        ({"devices": []}, "devices"),
        ({"devices": [" "]}, "devices"),
        ({"port": 0}, "port"),
        ({"rows": 0}, "rows"),
        ({"hosts": ["10.0.0.1"]}, "hosts"),
    ],
)
def test_what_is_wrong_is_named(change, field):
    """The error names the field that is wrong or missing."""
    given = {name: value for name, value in {**V3, **change}.items() if value is not None}
    with pytest.raises(ValidationError) as refused:
        SnmpSettings().load(given)
    assert field in refused.value.messages


def test_a_password_in_place_of_its_reference_is_refused_and_not_repeated():
    """A secret is named, never given; what was given may be one, so the error does not show it."""
    with pytest.raises(ValidationError) as refused:
        SnmpSettings().load({**V3, "privacy_secret": "correct horse"})
    assert "correct horse" not in str(refused.value)
