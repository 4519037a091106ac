"""What a connector noted, in words: its own sentence, in the reader's language, after what it was said of."""

from __future__ import annotations

import doctest

import pytest

from cmdb.model.run import Said
from discovery.ports import Sentence
from discovery.registry import connectors
from web import wording_note
from web.languages import Language
from web.wording_note import note_words
from web.wording_run import said_words


def test_a_note_is_told_in_the_readers_language():
    """Chinese where there is Chinese, and English for everybody where there is not."""
    said = Said("ssh.file_not_read", {"target": "web1", "file": "/etc/haproxy/haproxy.cfg"})
    assert said_words(said) == "web1: the file /etc/haproxy/haproxy.cfg could not be read"
    assert said_words(said, Language.ZH) == "web1：文件 /etc/haproxy/haproxy.cfg 无法读取"
    assert note_words(said, Sentence("lost"), Language.ZH) == "web1: lost (file /etc/haproxy/haproxy.cfg)"


def test_what_a_sentence_does_not_name_follows_it():
    """Lists are lists, what is not there is a dash, and nothing is silently dropped."""
    said = Said("a.b", {"target": "t", "names": ["x", "y"], "most": None, "kinds": {"Job": 2}})
    assert note_words(said, Sentence("{names} of {most}")) == "t: x, y of - (kinds Job 2)"


def test_a_sentence_whose_facts_are_not_there_is_not_told_in_part():
    """The code and the facts are, as of one that nobody knows."""
    assert note_words(Said("a.b", {}), Sentence("{count} of them")) is None
    assert said_words(Said("ssh.file_not_read", {"target": "web1"})) == "ssh.file_not_read: target web1"


@pytest.mark.parametrize("connector", connectors().values(), ids=lambda each: each.name)
def test_each_note_of_ours_is_told_in_both_languages(connector):
    """No connector of ours leaves Chinese readers with English."""
    assert [code for code, sentence in connector.notes.items() if not sentence.zh] == []


def test_the_examples_hold():
    """Those in the module itself."""
    assert doctest.testmod(wording_note).failed == 0
