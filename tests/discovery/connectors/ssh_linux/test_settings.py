"""The settings of a source and the targets that come of them."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError

from discovery.connectors.ssh_linux import CONNECTOR
from tests.discovery.connectors.ssh_linux.helpers import Line, settings


def problems(**given: object) -> dict[str, object]:
    values = {"hosts": ["10.0.0.1"], "key": "file:/keys/discovery", **given}
    return CONNECTOR.settings().validate({name: value for name, value in values.items() if value is not None})


def test_a_credential_itself_is_refused_and_not_repeated():
    """Who pastes a password into the settings is told so, without seeing it again."""
    found = problems(password="correct horse battery")
    assert "password" in found
    assert "correct horse" not in str(found)


def test_a_source_needs_a_credential():
    """Without a key or a password nothing can be read, and the settings say so."""
    assert "key" in problems(key=None)
    assert not problems(key=None, password="env:PASSWORD")


def test_keys_of_new_hosts_are_accepted_only_where_they_are_written_down():
    """An accepted key that is not recorded would be accepted again next time, changed or not."""
    assert "known_hosts" in problems(host_keys="accept_new")
    assert not problems(host_keys="accept_new", known_hosts="/var/lib/foreshock/known_hosts")


@pytest.mark.parametrize("address", ["-oProxyCommand=id", "a b", "web1\nweb2", "web1;id", "$(id)", "../etc", "", "a/b"])
def test_what_is_no_address_is_refused(address: str):
    """An address goes into scopes and into known_hosts, so it can hold neither a separator nor an option."""
    assert "hosts" in problems(hosts=[address])


def test_a_target_has_a_name_that_stays_when_its_address_changes():
    """The name of a host, else its address, is the target's id; a port of its own is a part of it."""
    hosts = [
        "10.0.0.1",
        {"address": "10.0.0.2", "name": "db1", "user": "reader"},
        {"address": "10.0.0.1", "port": 2222},
    ]
    found = list(CONNECTOR.targets(settings(hosts=[*hosts, "10.0.0.1"]), Line()))
    assert [target.id for target in found] == ["10.0.0.1", "db1", "10.0.0.1:2222"]
    assert found[1].facts == {"address": "10.0.0.2", "port": 22, "user": "reader"}


def test_an_unknown_setting_is_an_error():
    """A misspelt setting is told, not ignored."""
    with pytest.raises(ValidationError):
        settings(hosts=["10.0.0.1"], sudoo=True)
