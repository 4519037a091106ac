"""What every connector must do, judged by its recorded samples, its settings and its words."""

from __future__ import annotations

import json
import random
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from marshmallow import Schema, fields

from discovery.ports import Connector, Secret
from discovery.testing.fitness import faults_of
from discovery.testing.notes import faults_of_notes
from discovery.testing.samples import Sample, cut, folder_of, samples_of, told

_SECRETIVE = ("password", "token", "secret", "passphrase", "community", "private_key", "api_key")


class ConnectorChecks:
    """
    Tests of one connector: derive a class from this one whose name begins with ``Test``, and name the connector.

    ``folder`` is where its code and its ``sample/`` lie; left out, it is the folder that defines its settings.
    """

    connector: ClassVar[Connector]
    folder: ClassVar[Path | None] = None

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run a test that takes a ``sample`` on each of them."""
        if "sample" in metafunc.fixturenames:
            found = samples_of(self.connector, self.folder)
            metafunc.parametrize("sample", found, ids=[each.name for each in found])

    @property
    def place(self) -> Path:
        """The folder of the connector."""
        return self.folder or folder_of(self.connector)

    def test_it_says_what_it_is(self) -> None:
        """A line of purpose, the classes it finds, a page, a sample, and a word for each setting."""
        assert self.connector.purpose
        assert "\n" not in self.connector.purpose
        assert self.connector.classes
        assert (self.place / "README.md").read_text(encoding="utf-8").startswith("# ")
        assert samples_of(self.connector, self.folder), "it has no recorded sample"
        silent = [name for name, field in fields_of(self.connector.settings) if not field.metadata.get("description")]
        assert not silent, f"settings without a description: {silent}"

    def test_what_is_secret_is_a_reference(self) -> None:
        """No setting that holds a credential takes the credential itself."""
        plain = [
            name
            for name, field in fields_of(self.connector.settings)
            if any(word in name for word in _SECRETIVE) and not isinstance(field, (Secret, fields.Nested))
        ]
        assert not plain, f"settings that take a credential as it is: {plain}"

    def test_every_note_has_a_sentence(self) -> None:
        """Whatever it tells people it tells in words, with facts that the note has."""
        assert not list(faults_of_notes(self.place, self.connector.notes))

    def test_a_sample_is_shaped_as_expected(self, sample: Sample) -> None:
        """The same observations, complete scopes and notes as were written down."""
        assert told(sample.shaped()) == sample.expected

    def test_shaping_is_pure(self, sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
        """The same parts give the same bytes again, without network, processes, or chance."""
        first = json.dumps(told(sample.shaped()), sort_keys=True)

        def refused(*_: object, **__: object) -> None:
            raise AssertionError("shape reaches outside")

        monkeypatch.setattr(socket, "socket", refused)
        monkeypatch.setattr(subprocess, "Popen", refused)
        monkeypatch.setattr(random, "random", refused)
        assert json.dumps(told(sample.shaped()), sort_keys=True) == first

    def test_what_is_observed_fits_the_catalogue(self, sample: Sample) -> None:
        """Classes, attributes and their types, relation types and their ends, identifiers, scopes."""
        assert not list(faults_of(sample, sample.shaped()))

    def test_a_listing_that_broke_off_certifies_less(self, sample: Sample) -> None:
        """Whichever part was not read to its end: some scope that was complete is not, or nothing rested on it."""
        whole = sample.shaped()
        for name, parts in cut(sample):
            less = sample.shaped(parts)
            assert less.complete <= whole.complete, name
            if whole.complete and less.complete == whole.complete:
                without = sample.shaped([part for part in parts if part.name != name])
                assert told(without)["observations"] == told(whole)["observations"], (
                    f"{name} broke off, and every scope is complete all the same"
                )

    def test_two_targets_have_no_native_id_in_common(self, sample: Sample) -> None:
        """The same things, listed by another target, have other ids, unless its ids mean the same everywhere."""
        if self.connector.ids_of_source:
            return
        other = replace(sample, target=replace(sample.target, id=f"{sample.target.id}.other"))
        both = ids_of(sample) & ids_of(other)
        assert not both, (
            f"two targets that list the same give the same native ids: {sorted(both)[:5]}; put the id of the target in "
            "front, or say ids_of_source=True where an id means the same thing whichever target lists it (or where "
            "there is always one target)"
        )

    def test_notes_can_be_told(self, sample: Sample) -> None:
        """Each note of the sample has the facts that its sentence names."""
        for note in sample.shaped().notes:
            facts = {name: _Told(value) for name, value in {"target": sample.target.id, **note.facts}.items()}
            for text in self.connector.notes[note.code]:
                text.format(**facts)


class _Told:
    """A fact as a sentence takes it: in any way its value can be formatted, or as a ``duration`` if it is seconds."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __format__(self, form: str) -> str:
        return f"{float(self._value):g} s" if form == "duration" else format(self._value, form)


def ids_of(sample: Sample) -> set[str]:
    """Return the native ids of a sample."""
    return {each.native_id for each in sample.shaped().observations}


def fields_of(schema: type[Schema]) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a schema of settings by name, those within its fields too."""
    for name, field in schema().fields.items():
        yield name, field
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            yield from fields_of(type(inner.schema))
