"""Installed packages: a CI for each product in its version, which hosts share, and who has it."""

from __future__ import annotations

import re
from urllib.parse import quote

from cmdb.model.observation import EvidenceKind
from cmdb.model.relation import Strength
from discovery.connectors.ssh_linux.shape.draft import Draft, here
from discovery.connectors.ssh_linux.shape.host import Host
from discovery.connectors.ssh_linux.shape.reading import Reading

MOST_PACKAGES = 10_000
_LINE = re.compile(r"(deb|rpm) ([A-Za-z0-9][\w.+-]{0,127}) ([\w.:+~^-]{1,128}) (\S{1,16}) ii\s*", re.ASCII)


def read_packages(reading: Reading, host: Host, whole: Draft) -> list[Draft]:
    """Return an observation of each package, and another one of the host that names them."""
    lines = reading.lines("packages")
    if len(lines) > MOST_PACKAGES:
        reading.note("ssh.limit_reached", what="packages", limit=MOST_PACKAGES)
        reading.doubt("packages")
    scope = f"{reading.target}/packages"
    drafts: dict[str, Draft] = {}
    mine = Draft(scope, host.native_id, whole.ci_class, whole.name)
    for line in lines[:MOST_PACKAGES]:
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        kind, name, version = match[1], match[2], match[3]
        # The number before the colon says which line of versions it is, and is no part of the version people know.
        url = f"pkg:{kind}/{_distribution(reading)}{quote(name)}@{quote(version.removeprefix('0:'))}"
        draft = drafts[url] = Draft(scope, url, "software", f"{name} {version}")
        draft.put(version=version, package_url=url)
        mine.relate("uses", EvidenceKind.ITSELF, target=here(url), strength=Strength.NONE)
    return [mine, *drafts.values()]


def _distribution(reading: Reading) -> str:
    for line in reading.lines("os"):
        key, _, value = line.partition("=")
        if key == "ID" and re.fullmatch(r"[a-z0-9_-]{1,32}", value.strip("\"'")):
            return f"{value.strip(chr(34) + chr(39))}/"
    return ""
