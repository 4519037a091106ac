"""What receives in a process follows the sources: entered, changed, switched off, broken."""

from __future__ import annotations

import json

import pytest

from cmdb.errors import InvalidInput, Problem
from cmdb.ports.errors import StoreUnavailable
from discovery import sources
from discovery.receiving import Reception
from tests.builders import the_context
from tests.discovery.connectors.otlp_traces.traces import document, told

JSON = {"content-type": "application/json"}


class Secrets:
    """One credential."""

    def read(self, reference):
        assert reference == "env:TOKEN"
        return "made-up-token"


@pytest.fixture
def context():
    return the_context(role="administrator")


@pytest.fixture
def reception(context):
    """Receivers that are handed bodies; what they said stands in ``said``."""
    said = []
    made = Reception(lambda: context.store, Secrets(), listen=False, say=said.append)
    made.said = said
    yield made
    made.close()


def entered(context, folder, **more):
    return sources.put(context, "traces", "otlp_traces", {"folder": str(folder), **more})


def status(reception, **headers):
    body = json.dumps(document([told()])).encode()
    return reception.of("traces").take("v1/traces", JSON | headers, body).status


def test_a_source_that_was_just_entered_receives(context, reception, tmp_path):
    """Nobody has to restart anything."""
    assert reception.of("traces") is None
    entered(context, tmp_path)

    assert status(reception) == 200


def test_a_source_with_other_settings_is_opened_anew_and_keeps_what_it_had(context, reception, tmp_path):
    """From then on the token is asked for; what came before is in the folder."""
    entered(context, tmp_path)
    before = status(reception)
    first = reception.of("traces")
    entered(context, tmp_path, token="env:TOKEN")
    reception.sync()

    assert (before, status(reception), status(reception, authorization="Bearer made-up-token")) == (200, 401, 200)
    assert first is not reception.of("traces")
    assert len(list(tmp_path.glob("*.json"))) == 1


def test_the_same_settings_keep_what_is_open(context, reception, tmp_path):
    """A look changes nothing."""
    entered(context, tmp_path)
    first = reception.of("traces")
    sources.put(context, "traces", "otlp_traces", {"folder": str(tmp_path)}, schedule="0 * * * *")
    reception.sync()

    assert reception.of("traces") is first


def test_a_source_that_is_switched_off_receives_no_more(context, reception, tmp_path):
    """And what it held is left behind."""
    entered(context, tmp_path)
    status(reception)
    sources.enable(context, "traces", enabled=False)
    reception.sync()

    assert reception.of("traces") is None
    assert len(list(tmp_path.glob("*.json"))) == 1


def test_one_that_can_not_be_opened_is_told_once(context, reception, tmp_path):
    """And keeps no other from receiving."""
    entered(context, tmp_path)
    sources.put(context, "broken", "otlp_traces", {"folder": str(tmp_path), "token": "env:NOT_THERE"})
    stubborn = Reception(lambda: context.store, Refusing(), listen=False, say=reception.said.append)
    for _ in range(3):
        stubborn.sync()

    (said,) = reception.said
    assert (said.code, said.facts["source"]) == ("receiving.failed", "broken")
    assert "it is not set" in said.facts["why"]
    assert stubborn.names() == ("traces",)
    stubborn.close()


class Refusing:
    """No credential at all."""

    def read(self, _reference):
        raise InvalidInput([Problem("secret.variable", "it is not set", {}, "")], what="a reference")


def test_what_is_open_goes_on_while_the_store_is_away(context, reception, tmp_path):
    """Senders do not notice; what they send is in the folder, and a run will find it."""
    entered(context, tmp_path)
    reception.sync()

    def away():
        raise StoreUnavailable(store="bolt://db:7687", cause="refused")

    reception._store = away
    with pytest.raises(StoreUnavailable):
        reception.sync()

    assert status(reception) == 200


def test_sources_that_are_only_read_are_none_of_its_business(context, reception, tmp_path):
    """Most connectors receive nothing."""
    sources.put(context, "state", "terraform", {"files": [{"name": "a", "path": str(tmp_path / "a")}]})

    assert reception.of("state") is None
