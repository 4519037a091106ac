"""The settings of a Kubernetes source hold references, and a token never goes in the clear."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError

from discovery.connectors.kubernetes.config import KubernetesSettings

RIGHT = {"cluster": "prod", "server": "https://10.0.0.1:6443"}


def test_every_setting_is_described():
    """What a page or the command line shows beside each field."""
    assert all(field.metadata.get("description") for field in KubernetesSettings().fields.values())


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"cluster": "a/b"}, "cluster"),
        ({"server": "http://10.0.0.1:8080"}, "server"),
        ({"server": "https://user:word@10.0.0.1"}, "server"),
        ({"manifests": ["here"]}, "server"),
        ({"token": "eyJhbGciOi"}, "token"),
        ({"client_certificate": "env:CERT"}, "client_certificate"),
        ({"token": "env:TOKEN", "client_certificate": "env:CERT", "client_key": "env:KEY"}, "token"),
        ({"pods": "some"}, "pods"),
        ({"page": 0}, "page"),
        ({"namespaces": []}, "namespaces"),
        ({"kubeconfig": "file:here"}, "kubeconfig"),
    ],
)
def test_a_setting_that_can_not_be_right_is_named(change, place):
    """The fault is told at its field, without the credential."""
    with pytest.raises(ValidationError) as wrong:
        KubernetesSettings().load({**RIGHT, **change})
    assert place in wrong.value.messages
    assert "eyJhbGciOi" not in str(wrong.value)


def test_neither_an_api_nor_manifests_is_nothing_to_read():
    """One of the two is needed."""
    with pytest.raises(ValidationError, match="give a server or manifests"):
        KubernetesSettings().load({"cluster": "prod"})
