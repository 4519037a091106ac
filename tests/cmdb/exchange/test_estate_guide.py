"""The guide to estate files says what the reader does."""

from __future__ import annotations

import io
import re
from pathlib import Path

from cmdb.exchange.estate import Faults, limits, read

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "guides" / "estate-files.md").read_text(encoding="utf-8")


def test_the_estate_of_the_guide_can_be_read():
    """What people copy from it works."""
    [example] = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
    faults = Faults()

    kinds = [kind for _, kind, _, _ in read(io.BytesIO(example.encode()), faults)]

    assert faults.problems == []
    assert kinds == ["item"] * 3 + ["relation"] * 2 + ["group"]


def test_the_guide_names_the_limits_of_the_code():
    """A limit that changes changes here too."""
    for told, limit in (
        ("a line of JSON Lines | 4 MiB", limits.MAX_LINE == 4 * limits.MIB),
        ("unpacked | 256 MiB", limits.MAX_DOCUMENT == 256 * limits.MIB),
        ("a text within attributes | 1 MiB", limits.MAX_TEXT == limits.MIB),
        ("1,000 characters", limits.MAX_NAME == 1_000),
        ("within one another | 64", limits.MAX_DEPTH == 64),
        ("at most 64 GiB, and from 64 MiB on", limits.MAX_UNPACKED == 2**36 and limits.RATIO_FROM == 2**26),
        ("300 times its size", limits.MAX_RATIO == 300),
        ("Up to 10,000 faults", limits.MAX_SHOWN == 10_000),
    ):
        assert told in GUIDE
        assert limit, told
