"""Every pair of text and ground in the style sheet has the contrast of WCAG 2.2 AA, in both themes and on paper."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).resolve().parents[3] / "web" / "static" / "tokens.css"
TEXT = [
    ("text", "surface"),
    ("text", "bg"),
    ("muted", "surface"),
    ("muted", "bg"),
    ("accent", "surface"),
    ("accent", "bg"),
    ("text", "accent-weak"),
    ("on-accent", "accent"),
    *((name, f"{name}-bg") for name in ("down", "degraded", "lost", "reduced", "up", "unknown")),
    *((name, "surface") for name in ("down", "degraded", "lost", "reduced", "up", "unknown")),
    *(("text", f"{name}-bg") for name in ("down", "degraded", "lost", "reduced", "up", "unknown")),
]


def themes() -> dict[str, dict[str, str]]:
    """Return the tokens of the light theme, the dark one and paper."""
    screen, paper = re.findall(r":root \{(.*?)\n *\}", TOKENS.read_text(encoding="utf-8"), re.DOTALL)
    pairs = re.findall(r"--([\w-]+): light-dark\((#[0-9A-F]{6}), (#[0-9A-F]{6})\);", screen)
    return {
        "light": {name: light for name, light, _ in pairs},
        "dark": {name: dark for name, _, dark in pairs},
        "paper": dict(re.findall(r"--([\w-]+): (#[0-9A-F]{6});", paper)),
    }


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark", "paper"])
def test_text_is_readable_on_every_ground(theme):
    """Text has at least 4.5 to 1, the border of what can be pressed at least 3 to 1."""
    tokens = themes()[theme]

    for ink, ground in TEXT:
        assert contrast(tokens[ink], tokens[ground]) >= 4.5, (ink, ground)
    assert contrast(tokens["border"], tokens["surface"]) >= 3


def test_paper_has_a_value_for_every_colour_of_the_screen():
    """What sets a PDF knows no themes: on paper each colour is said once more, and plainly."""
    assert set(themes()["paper"]) == set(themes()["light"])


def test_every_colour_of_the_other_sheets_is_a_token():
    """No sheet but the tokens names a colour, so both themes hold everywhere."""
    for sheet in TOKENS.parent.glob("*.css"):
        if sheet != TOKENS:
            assert not re.findall(r"#[0-9A-Fa-f]{3,8}\b(?=[;,) ])", sheet.read_text(encoding="utf-8")), sheet.name
