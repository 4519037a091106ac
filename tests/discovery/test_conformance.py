"""Every connector, one by one: its samples, its settings, its words."""

from __future__ import annotations

import json
import random
import socket
import subprocess

import pytest

from cmdb.model.observation import OBSERVATIONS
from discovery.ports import Secret
from discovery.registry import connectors
from tests.discovery.conformance import FOLDER, Sample, cut, faults_of, samples_of, told

SAMPLES = [sample for connector in connectors().values() for sample in samples_of(connector)]
each_connector = pytest.mark.parametrize("connector", connectors().values(), ids=lambda each: each.name)
each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda each: f"{each.connector.name}-{each.name}")


@each_connector
def test_a_connector_says_what_it_is(connector):
    """Its folder's name, a line of purpose, classes it finds, a page, a sample, and a word for each setting."""
    folder = FOLDER / connector.name
    assert folder.is_dir()
    assert connector.purpose
    assert "\n" not in connector.purpose
    assert connector.classes
    assert (folder / "README.md").read_text(encoding="utf-8").startswith("# ")
    assert samples_of(connector), "it has no recorded sample"
    silent = [name for name, field in connector.settings().fields.items() if not field.metadata.get("description")]
    assert not silent, f"settings without a description: {silent}"


@each_connector
def test_what_is_secret_is_a_reference(connector):
    """No setting that holds a credential takes the credential itself."""
    words = ("password", "token", "secret", "passphrase", "community", "private_key")
    fields = connector.settings().fields.items()
    plain = [name for name, field in fields if any(word in name for word in words) and not isinstance(field, Secret)]
    nested = [name for name in plain if not hasattr(connector.settings().fields[name], "schema")]
    assert not nested, f"settings that take a credential as it is: {nested}"


@each_sample
def test_a_sample_is_shaped_as_expected(sample: Sample):
    """The same observations, complete scopes and notes as were written down."""
    assert told(sample.shaped()) == sample.expected


@each_sample
def test_shaping_is_pure(sample: Sample, monkeypatch):
    """The same parts give the same bytes again, without network, processes, or chance."""
    first = json.dumps(told(sample.shaped()), sort_keys=True)

    def refused(*_, **__):
        raise AssertionError("shape reaches outside")

    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr(subprocess, "Popen", refused)
    monkeypatch.setattr(random, "random", refused)
    assert json.dumps(told(sample.shaped()), sort_keys=True) == first


@each_sample
def test_what_is_observed_fits_the_catalogue(sample: Sample):
    """Classes, attributes and their types, relation types and their ends, identifiers, scopes."""
    assert not list(faults_of(sample, sample.shaped()))


@each_sample
def test_a_listing_that_broke_off_certifies_less(sample: Sample):
    """Whichever part was not read to its end: some scope that was complete no longer is, or nothing rested on it."""
    whole = sample.shaped()
    for name, parts in cut(sample):
        less = sample.shaped(parts)
        assert less.complete <= whole.complete, name
        if whole.complete and less.complete == whole.complete:
            assert (
                told(sample.shaped([part for part in parts if part.name != name]))["observations"]
                == (told(whole)["observations"])
            ), f"{name} broke off, and every scope is complete all the same"


@each_sample
def test_keys_are_told_apart(sample: Sample):
    """No two observations have one key."""
    keys = [OBSERVATIONS.key(document) for document in told(sample.shaped())["observations"]]
    assert len(keys) == len(set(keys))
