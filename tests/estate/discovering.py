"""Discovery of the estate: its three sources, run as a worker would run them, into a store."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cmdb import jobs
from cmdb.context import Context
from cmdb.model.run import Run
from cmdb.running import Pace, Runner
from discovery import sources
from discovery.run import job_of
from tests.builders import as_actor, the_context
from tests.estate.description import HOSTS, NETWORKS, PROBE
from tests.estate.estate import Estate
from tests.estate.place import Access

SSH, SNMP, NMAP = "hosts", "devices", "sweep"
SOURCES = (SSH, SNMP, NMAP)
_CONNECTORS = {SSH: "ssh_linux", SNMP: "snmp_network", NMAP: "nmap_sweep"}


class _Credentials:
    """The credentials of an estate, by what the settings call them."""

    def __init__(self, access: Access) -> None:
        self._known = {
            "KEY": Path(access.ssh_key).read_text(encoding="ascii"),
            "AUTHENTICATION": access.snmp_auth_password,
            "PRIVACY": access.snmp_priv_password,
        }

    def read(self, reference: str) -> str:
        return self._known[reference.partition(":")[2]]


def settings_of(access: Access) -> Mapping[str, Mapping[str, Any]]:
    """Return the settings of each source: addresses and references to credentials, and nothing else of the estate."""
    servers = [host.addresses[0] for host in HOSTS if host.has_sshd]
    return {
        SSH: {"hosts": servers, "user": "root", "key": "env:KEY", "known_hosts": access.known_hosts},
        SNMP: {
            "devices": [host.addresses[0] for host in HOSTS],
            "user": access.snmp_user,
            "authentication_secret": "env:AUTHENTICATION",
            "privacy_secret": "env:PRIVACY",
        },
        # Who looks does not count itself among what there is.
        NMAP: {
            "excluded": list(PROBE.addresses),
            "ranges": sorted(NETWORKS.values()),
            "ports": "22,80,3306,5432,6379,8080",
            "names": False,
            "packets_per_second": 1000,
        },
    }


def with_sources(access: Access) -> Context:
    """Return a context on an empty store that knows the three sources."""
    context = the_context(role="engineer")
    for name, settings in settings_of(access).items():
        sources.put(context, name, _CONNECTORS[name], settings)
    return context


def discover(context: Context, estate: Estate, *names: str) -> list[Run]:
    """Run sources to their ends, all of them in turn unless some are named, and return how they ended."""
    ended = []
    for name in names or SOURCES:
        ended.append(_run(context, estate, name))
        context.clock.forward(minutes=5)
    return ended


def _run(context: Context, estate: Estate, name: str) -> Run:
    job = job_of(sources.get(context, name).record, _Credentials(estate.access))
    asked = jobs.queued(context, job.name, parameters={}).record.id
    runner = Runner(context.store, context.clock, {job.name: job}, holder="test", pace=Pace(tick=0.02))
    # Threads that are started within the estate's network stay there.
    with estate.within():
        assert runner.step(only=asked)
    return jobs.get(as_actor(context, "viewer"), asked).record
