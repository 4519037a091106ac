"""
Records the samples of the connector from a served cluster: ``python -m tests.discovery.connectors.kubernetes.record``.

The same objects give the same bytes, so nothing changes unless the connector or the objects do.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from discovery.connectors.kubernetes import CONNECTOR
from discovery.ports import Part, Target
from discovery.testing import TrialLine, told
from tests.discovery.connectors.kubernetes.bodies import shop
from tests.discovery.connectors.kubernetes.served import expires, serving, status

FOLDER = Path(__file__).parents[4] / "discovery/connectors/kubernetes/sample"
SETTINGS = {"cluster": "prod", "server": "https://127.0.0.1:6443", "token": "env:TOKEN", "page": 20}


def files_of(target: Target, settings: dict[str, Any], parts: list[Part]) -> dict[str, str]:
    """Return the files of one sample, with the observations it gives now."""
    shaped = CONNECTOR.shape(target, CONNECTOR.settings().load(settings), parts)
    files: dict[str, Any] = {
        "target.json": {"id": target.id, "facts": dict(target.facts)},
        "settings.json": settings,
        "expected.json": told(shaped),
    }
    for at, part in enumerate(parts, start=1):
        files[f"parts/{at:02d}-{part.name}{'' if part.whole else '.partial'}.json"] = part.body
    return {place: json.dumps(files[place], indent=1, ensure_ascii=False) + "\n" for place in files}


def samples() -> dict[str, dict[str, str]]:
    """
    Return the samples: the shop's cluster, all of its pods as CIs, and one read under difficulties.

    In that one the pods begin again after their rest expired, and the nodes may not be listed.
    """
    made = {}
    for name, more, faults in (
        ("shop", {}, []),
        ("all_pods", {"pods": "all"}, []),
        ("denied", {}, [expires("pods", 1), status("nodes", 403)]),
    ):
        with serving(shop(12, 4)) as (address, server):
            server.faults += faults
            settings = {**SETTINGS, **more}
            own = CONNECTOR.settings().load({**settings, "server": address})
            [target] = CONNECTOR.targets(own, TrialLine())
            parts = list(CONNECTOR.fetch(target, own, TrialLine({"env:TOKEN": "token"})))
            made[name] = files_of(target, settings, parts)
    return made


def main() -> None:
    """Write all samples anew."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    for name, files in samples().items():
        for place, content in files.items():
            path = FOLDER / name / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
