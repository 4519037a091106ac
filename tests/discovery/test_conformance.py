"""Every connector of ours, one by one, held to what ``discovery.testing`` asks of any, and those checks too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from discovery import registry
from discovery.ports import Sentence
from discovery.testing import ConnectorChecks
from discovery.testing.fitness import IDENTIFIER_KINDS
from discovery.testing.notes import faults_of_notes

DISCOVERY = Path(registry.__file__).parent


def _checks_of(name: str) -> type[ConnectorChecks]:
    return type(f"Test_{name}", (ConnectorChecks,), {"connector": registry.connectors()[name], "__doc__": name})


NETWORKED = ("aws", "backstage", "itop", "kubernetes", "netbox", "servicenow", "ssh_linux")
"""These are in ``test_hostile.py``, where more is asked of them."""

for _name in sorted(registry.connectors().keys() - set(NETWORKED)):
    globals()[f"Test_{_name}"] = _checks_of(_name)


@pytest.mark.parametrize("connector", registry.connectors().values(), ids=lambda each: each.name)
def test_a_connector_is_the_folder_of_its_name(connector):
    """So that it is found, and nothing else has to say that it is there."""
    assert (DISCOVERY / "connectors" / connector.name / "__init__.py").is_file()


def test_the_kinds_of_identifiers_are_those_of_the_page():
    """What a connector may give is what the README of the room lists."""
    page = (DISCOVERY / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == IDENTIFIER_KINDS


def test_no_two_connectors_have_one_code():
    """Each sentence is the one of the connector that notes it."""
    codes = [code for each in registry.connectors().values() for code in each.notes]
    assert len(codes) == len(set(codes)) == len(registry.sentences())


def test_a_note_without_a_sentence_is_found(tmp_path):
    """The check can fail: a code nobody words, a sentence nobody uses, a fact that is not there."""
    (tmp_path / "shape.py").write_text(
        'Said("acme.bare")\nline.note("acme.cut", count=3)\nSaid("acme.sold", {"by": 1})\n'
    )
    sentences = {
        "acme.cut": Sentence("{most} are taken", "{most}"),
        "acme.gone": Sentence("it is gone", "没有了"),
        "acme.sold": Sentence("sold by {by}", "卖了"),
    }
    assert list(faults_of_notes(tmp_path, sentences)) == [
        "shape.py:1: acme.bare has no sentence",
        "shape.py:2: the sentence of acme.cut names most",
        "acme.gone has a sentence, and nothing notes it",
        "the sentences of acme.sold name different facts",
    ]
