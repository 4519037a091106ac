"""Settings are checked before anything is sent, and nothing in them can become an option of nmap."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError

from discovery.connectors.nmap_sweep.config import NmapSettings
from discovery.connectors.nmap_sweep.process import arguments

RANGE = {"ranges": ["10.77.1.0/24"]}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "ranges"),
        ({"ranges": []}, "ranges"),
        ({"ranges": ["10.77.1.5/24"]}, "ranges"),
        ({"ranges": ["web1.example.com"]}, "ranges"),
        ({"ranges": ["-iL/etc/passwd"]}, "ranges"),
        ({"ranges": ["10.77.1.0/24 --script=x"]}, "ranges"),
        ({"ranges": ["$(reboot)"]}, "ranges"),
        ({"ranges": ["10.0.0.0/8"]}, "ranges"),
        ({"ranges": ["224.0.0.0/24"]}, "ranges"),
        ({"ranges": ["10.77.1.0/24", "10.77.1.128/25"]}, "ranges"),
        ({**RANGE, "excluded": ["--"]}, "excluded"),
        ({**RANGE, "ports": "22;id"}, "ports"),
        ({**RANGE, "ports": "0"}, "ports"),
        ({**RANGE, "ports": "90-80"}, "ports"),
        ({**RANGE, "ports": "1-70000"}, "ports"),
        ({**RANGE, "ports": "-"}, "ports"),
        ({**RANGE, "scripts": "all"}, "scripts"),
    ],
)
def test_what_is_wrong_is_named(given, field):
    """The error names the field that is wrong or missing."""
    with pytest.raises(ValidationError) as refused:
        NmapSettings().load(given)
    assert field in refused.value.messages


def test_the_range_stands_behind_the_end_of_options():
    """What is swept is the last argument, after the two hyphens that end the options."""
    loaded = NmapSettings().load({"ranges": [" 10.77.1.0/24 ", "2001:db8::/120"], "ports": "22,8000-8100"})
    assert loaded["ranges"] == ["10.77.1.0/24", "2001:db8::/120"]
    assert arguments("10.77.1.0/24", loaded)[-4:] == ["-p", "22,8000-8100", "--", "10.77.1.0/24"]
    assert "-6" in arguments("2001:db8::/120", loaded)
    assert "-6" not in arguments("10.77.1.0/24", loaded)
