"""
Records the samples of this connector from the test estate, and writes what becomes of them.

``python -m tests.discovery.connectors.ssh_linux.record`` writes every ``expected.json`` anew; with ``--estate``, as
root, it first makes an estate and reads its hosts. What would tell of the machine that recorded is replaced.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from discovery.connectors.ssh_linux import CONNECTOR
from discovery.ports import Part, Target
from tests.discovery.conformance import FOLDER, samples_of, told
from tests.discovery.connectors.ssh_linux.helpers import Line

SAMPLES = FOLDER / CONNECTOR.name / "sample"
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
            _store(name, target, given | {"known_hosts": "/var/lib/foreshock/known_hosts"}, parts)


def _store(name: str, target: Target, given: dict[str, Any], parts: list[Part]) -> None:
    folder = SAMPLES / name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "parts").mkdir(parents=True)
    _write(folder / "target.json", {"id": target.id, "facts": dict(target.facts)})
    _write(folder / "settings.json", given)
    _write(folder / "expected.json", {})
    for n, part in enumerate(parts, 1):
        stem = f"{n:02}-{part.name}{'' if part.whole else '.partial'}"
        if isinstance(part.body, str):
            (folder / "parts" / f"{stem}.txt").write_text(_replaced(part.body), encoding="utf-8")
        else:
            _write(folder / "parts" / f"{stem}.json", part.body)


def _replaced(text: str) -> str:
    for pattern, other in _REPLACED:
        text = pattern.sub(other, text)
    return text


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if "--estate" in sys.argv[1:]:
        record()
    write_expected()
