"""The recorded samples are what the connector reads and makes today."""

from __future__ import annotations

import pytest

from tests.discovery.connectors.kubernetes.record import FOLDER, samples


@pytest.fixture(scope="module")
def recorded():
    return samples()


@pytest.mark.parametrize("name", ["all_pods", "denied", "shop"])
def test_a_sample_is_as_it_would_be_recorded_now(recorded, name):
    """Byte for byte; ``python -m tests.discovery.connectors.kubernetes.record`` writes them anew."""
    stored = {
        str(path.relative_to(FOLDER / name)): path.read_text(encoding="utf-8")
        for path in (FOLDER / name).rglob("*.json")
    }
    assert stored == recorded[name]
