"""A shop as three recorded hosts tell of it by SSH, and the services that people put on them."""

from __future__ import annotations

from cmdb.configuration import observing
from cmdb.context import Context
from discovery.registry import connector_of
from discovery.testing.samples import samples_of
from tests.builders import a_service, add, depends, needs

SOURCE, CONNECTOR = "estate", "ssh_linux"
DB1 = "estate:84b93c462d318e48b5ad1cc9641da810-00163e15501a"
WEB1 = "estate:cd1807a8bdf87b88627faf319f7c9ee8-00163e6bd8f8"
SSH_DB1, SSH_WEB1 = f"{DB1}/process:sshd", f"{WEB1}/process:sshd"
POSTGRES = f"{DB1}/database_instance:postgresql:5432"


def discover_shop(context: Context) -> None:
    """Take in what the hosts told; Orders hangs on the database, Logins on either login of the two servers."""
    seen, complete = [], set()
    for sample in samples_of(connector_of(CONNECTOR)):
        shaped = sample.shaped()
        seen += shaped.observations
        complete |= shaped.complete
    observing.take(context, SOURCE, CONNECTOR, seen, complete, run="discover:estate@1")
    add(
        context,
        a_service("orders", name="Orders"),
        a_service("logins", tier=2, name="Logins"),
        *depends("orders", POSTGRES),
        *needs("logins", 1, SSH_DB1, SSH_WEB1),
    )
