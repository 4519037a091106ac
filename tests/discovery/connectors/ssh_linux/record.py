"""
Records the samples of this connector from the test estate, and writes what becomes of them.

``python -m tests.discovery.connectors.ssh_linux.record`` writes every ``expected.json`` anew, and the commands into the
README; with ``--estate``, as root, it first makes an estate and reads its hosts. What would tell of the machine that
recorded is replaced.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from discovery.connectors.ssh_linux import CONNECTOR
from discovery.connectors.ssh_linux.commands import PUBLISHED
from discovery.testing import samples_of, told, write_sample
from discovery.testing.samples import folder_of
from tests.discovery.connectors.ssh_linux.helpers import Line

FOLDER = folder_of(CONNECTOR)
SAMPLES = FOLDER / "sample"
RECORDED = (
    ("load_balancer", "lb1", "root"),
    ("web_server", "web1", "root"),
    ("database_server", "db1", "root"),
)
_REPLACED = (
    (re.compile(r"(?<=^Linux )\S+", re.MULTILINE), "6.1.0-28-amd64"),
    (re.compile(r"(?<=MemTotal:)\s+\d+"), "        8146692"),
)


def write_expected() -> None:
    """Write what becomes of every sample."""
    for sample in samples_of(CONNECTOR):
        _write(SAMPLES / sample.name / "expected.json", told(sample.shaped()))
        print(sample.name, len(sample.shaped().observations))


def write_commands() -> None:
    """Write the published commands into the README, between its two marks."""
    readme = FOLDER / "README.md"
    before, begin, rest = readme.read_text(encoding="utf-8").partition("<!-- commands -->\n")
    _, end, after = rest.partition("<!-- end of commands -->\n")
    listed = "\n".join(f"**`{each.name}`**: {each.reads}\n\n```sh\n{each.text}\n```\n" for each in PUBLISHED)
    readme.write_text(f"{before}{begin}{listed}{end}{after}", encoding="utf-8")


def record() -> None:
    """Read hosts of a new estate and write them down as samples."""
    from tests.estate.description import BY_NAME
    from tests.estate.estate import up

    with up("record") as estate, estate.within():
        for name, host, user in RECORDED:
            given = {
                "hosts": [{"address": BY_NAME[host].addresses[0], "name": host, "user": user}],
                "key": "file:/etc/foreshock/keys/discovery",
                "known_hosts": str(estate.access.known_hosts),
            }
            settings = CONNECTOR.settings().load(given)
            line = Line(secrets={given["key"]: Path(estate.access.ssh_key).read_text(encoding="ascii")})
            (target,) = CONNECTOR.targets(settings, line)
            parts = list(CONNECTOR.fetch(target, settings, line))
            plain = [replace(part, body=_replaced(part.body)) for part in parts]
            known = given | {"known_hosts": "/var/lib/foreshock/known_hosts"}
            write_sample(SAMPLES / name, CONNECTOR, known, target, plain)


def _replaced(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    for pattern, other in _REPLACED:
        text = pattern.sub(other, text)
    return text


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if "--estate" in sys.argv[1:]:
        record()
    write_expected()
    write_commands()
