"""The page of libraries names every one that an installation needs, with its extra."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "explanation" / "dependencies.md").read_text(encoding="utf-8")
ROWS = {name.lower(): extra for name, extra in re.findall(r"^\| ([\w-]+) \| `?(\w*)`? \|", PAGE, re.MULTILINE)}


def names(requirements: str) -> list[str]:
    """Return the names of requirements, without extras and versions."""
    return [re.split(r"[\s\[<>=]", line, maxsplit=1)[0].lower() for line in requirements.split("\n") if line.strip()]


def test_every_library_has_a_row_under_its_extra():
    """Nothing is added to setup.cfg without its licence, its size and its reason."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    needed = dict.fromkeys(names(config["options"]["install_requires"]), "")
    for extra, requirements in config["options.extras_require"].items():
        if extra not in ("test", "lint"):
            needed |= dict.fromkeys(names(requirements), extra)
    assert {name: ROWS.get(name) for name in needed} == needed
