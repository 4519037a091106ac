"""The nouns of kinds of record: every kind has one, and what people read says it instead of the name of the kind."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import cmdb.model
from cmdb.configuration.planned import TOUCHING
from cmdb.errors import NotFound
from cmdb.model.kind import Kind
from cmdb.model.run import Said
from cmdb.nouns import NOUNS
from cmdb.ports.errors import VersionConflict
from web.wording import problem_json, sentence
from web.wording_run import said_words


def kinds() -> list[str]:
    """Return the names of all kinds of record there are."""
    found = {TOUCHING.name}
    for module in pkgutil.iter_modules(cmdb.model.__path__, "cmdb.model."):
        there = vars(importlib.import_module(module.name)).values()
        found.update(each.name for each in there if isinstance(each, Kind))
    return sorted(found)


def test_every_kind_of_record_has_a_noun_and_no_noun_is_of_none() -> None:
    """Who adds a kind of record says what people call it."""
    assert sorted(NOUNS) == kinds()
    assert len(set(NOUNS.values())) == len(NOUNS)
    assert not [noun for noun in NOUNS.values() if "_" in noun]


@pytest.mark.parametrize("kind", kinds())
def test_no_sentence_about_a_record_has_the_name_of_its_kind(kind: str) -> None:
    """In the terminal, in the API, and in what a run says alike; programmes find the name among the facts."""
    missing = NotFound(kind=kind, ids=["x-1"])
    changed = VersionConflict(kind=kind, key="x-1", expected=1, actual=2)

    assert NOUNS[kind] in sentence(missing)
    assert problem_json(missing)["title"] == sentence(missing)
    assert sentence(changed) == f"{NOUNS[kind]} x-1 is at version 2, not at 1: it was changed meanwhile; read it again"
    assert said_words(Said(missing.code, missing.facts)) == f"no {NOUNS[kind]} with id x-1" == str(missing)
    assert missing.facts["kind"] == changed.facts["kind"] == kind
