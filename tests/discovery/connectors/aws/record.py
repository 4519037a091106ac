"""
Records the samples of the connector from moto's AWS: ``python -m tests.discovery.connectors.aws.record``.

The ids are moto's and new each time, so the samples change as a whole.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from cmdb.model.observation import OBSERVATIONS, observation_key
from cmdb.records import to_document
from discovery.connectors.aws import CONNECTOR
from discovery.ports import Part, Target
from tests.discovery.connectors.aws.conftest import Aws
from tests.discovery.connectors.aws.line import TestLine
from tests.discovery.connectors.aws.rented import Renter

FOLDER = Path(__file__).parents[4] / "discovery/connectors/aws/sample"
ACCOUNT, REGION = "111111111111", "eu-central-1"
SETTINGS = {
    "accounts": [{"id": ACCOUNT, "name": "shop", "role_arn": f"arn:aws:iam::{ACCOUNT}:role/foreshock"}],
    "regions": [REGION],
    "access_key_id": "env:AWS_KEY",
    "secret_access_key": "env:AWS_SECRET",
    "page": 5,
}


def write(name: str, target: Target, settings: dict[str, Any], parts: list[Part]) -> None:
    """Write one sample with the observations it gives now."""
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "parts").mkdir(parents=True)
    shaped = CONNECTOR.shape(target, CONNECTOR.settings().load(settings), parts)
    expected = {
        "observations": sorted((to_document(OBSERVATIONS, each) for each in shaped.observations), key=observation_key),
        "complete": sorted(shaped.complete),
        "notes": [{"code": each.code, "facts": each.facts} for each in shaped.notes],
    }
    files = {
        "target.json": {"id": target.id, "facts": dict(target.facts)},
        "settings.json": settings,
        "expected.json": expected,
    }
    for at, part in enumerate(parts, start=1):
        files[f"parts/{at:02d}-{part.name}{'' if part.whole else '.partial'}.json"] = part.body
    for place, content in files.items():
        (folder / place).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    """Record a region read whole, and one in which load balancers may not be listed."""
    script = Path(__file__).with_name("moto_server.py")
    server = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        aws = Aws(f"http://127.0.0.1:{int(server.stdout.readline())}")
        renter = Renter(aws.url, ACCOUNT, REGION)
        renter.rent(6, 6)
        renter.close()
        settings = CONNECTOR.settings().load({**SETTINGS, "endpoint_url": aws.url})
        line = TestLine({"env:AWS_KEY": "key", "env:AWS_SECRET": "secret"})
        [target] = CONNECTOR.targets(settings, line)
        write("region", target, SETTINGS, list(CONNECTOR.fetch(target, settings, line)))
        aws.faults({"service": "elasticloadbalancing", "status": 403, "code": "AccessDenied"})
        write("denied", target, SETTINGS, list(CONNECTOR.fetch(target, settings, line)))
    finally:
        server.kill()


if __name__ == "__main__":
    main()
