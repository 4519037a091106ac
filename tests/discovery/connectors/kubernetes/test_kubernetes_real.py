"""
A real API server is read, where one is given.

``FORESHOCK_TEST_KUBERNETES=https://HOST:PORT`` names it, ``FORESHOCK_TEST_KUBERNETES_TOKEN`` is a token that may list
everything the README names, ``FORESHOCK_TEST_KUBERNETES_CA`` a file with its authority.
"""

from __future__ import annotations

import os

import pytest

from discovery.testing import TrialLine
from tests.discovery.connectors.kubernetes.reading import by_id, read

SERVER = os.environ.get("FORESHOCK_TEST_KUBERNETES", "")
AUTHORITY = os.environ.get("FORESHOCK_TEST_KUBERNETES_CA", "")


@pytest.mark.skipif(not SERVER, reason="no data: FORESHOCK_TEST_KUBERNETES names no API server")
def test_a_real_cluster_is_read_whole():
    """Its nodes and its own namespace are there, every scope is complete, and small pages change nothing."""
    more = (
        {"ca_file": os.environ["FORESHOCK_TEST_KUBERNETES_CA"]} if "FORESHOCK_TEST_KUBERNETES_CA" in os.environ else {}
    )
    line = TrialLine({"env:TOKEN": os.environ.get("FORESHOCK_TEST_KUBERNETES_TOKEN", "")})
    _, shaped = read(SERVER, line, token="env:TOKEN", **more)
    _, again = read(SERVER, line, token="env:TOKEN", page=2, **more)
    assert "Namespace/kube-system" in by_id(shaped)
    assert {each.ci_class for each in shaped.observations} >= {"kubernetes_node", "kubernetes_namespace"}
    assert len(shaped.complete) == 14
    assert by_id(again).keys() == by_id(shaped).keys()
