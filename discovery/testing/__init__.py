"""
What holds a connector to its promises: for ours, and for those that other packages bring.

A test file of a connector is a class, and pytest does the rest; see ``docs/guides/write-a-connector.md``::

    from discovery.testing import ConnectorChecks
    from acme_cmdb import CONNECTOR

    class TestAcme(ConnectorChecks):
        connector = CONNECTOR

It needs pytest, which Foreshock itself does not.
"""

import pytest

pytest.register_assert_rewrite("discovery.testing.checks", "discovery.testing.networked")

from discovery.testing.checks import ConnectorChecks  # noqa: E402
from discovery.testing.hostile import Place  # noqa: E402
from discovery.testing.line import SECRET, Ended, TrialLine  # noqa: E402
from discovery.testing.networked import HttpChecks, NetworkedChecks  # noqa: E402
from discovery.testing.samples import Sample, samples_of, told, write_sample  # noqa: E402

__all__ = [
    "SECRET",
    "ConnectorChecks",
    "Ended",
    "HttpChecks",
    "NetworkedChecks",
    "Place",
    "Sample",
    "TrialLine",
    "samples_of",
    "told",
    "write_sample",
]
