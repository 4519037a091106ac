"""
Records the samples of the connector from moto's AWS: ``python -m tests.discovery.connectors.aws.record``.

The ids are moto's and new each time, so the samples change as a whole.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from discovery.connectors.aws import CONNECTOR
from discovery.testing import TrialLine, write_sample
from tests.discovery.connectors.aws.conftest import Aws
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
        line = TrialLine({"env:AWS_KEY": "key", "env:AWS_SECRET": "secret"})
        [target] = CONNECTOR.targets(settings, line)
        write_sample(FOLDER / "region", CONNECTOR, SETTINGS, target, list(CONNECTOR.fetch(target, settings, line)))
        aws.faults({"service": "elasticloadbalancing", "status": 403, "code": "AccessDenied"})
        write_sample(FOLDER / "denied", CONNECTOR, SETTINGS, target, list(CONNECTOR.fetch(target, settings, line)))
    finally:
        server.kill()


if __name__ == "__main__":
    main()
