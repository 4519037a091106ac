"""Attachments and comments: what is kept with a change, byte for byte and for ever."""

from __future__ import annotations

import hashlib

import pytest

from cmdb.change.record import attachments, comments
from cmdb.errors import InvalidInput, NotAllowed, NotFound
from cmdb.ports.errors import VersionConflict
from tests.builders import a_change, a_server, as_actor, the_context

PDF = b"%PDF-1.7 \x00\xff"


@pytest.fixture
def kept():
    return the_context(a_server("web1"), a_change("web1", id="CHG-1"))


def test_a_file_comes_back_byte_for_byte_under_its_hash(kept):
    """Name, type, size and SHA-256 are known, and the bytes are the ones that were given."""
    held = attachments.attach(kept, "CHG-1", PDF, name="test report.pdf", media_type="application/pdf")
    assert held.record.sha256 == hashlib.sha256(PDF).hexdigest()
    assert (held.record.size, held.record.by) == (len(PDF), "engineer")
    found, content = attachments.get(kept, held.record.id)
    assert (found.record, content) == (held.record, PDF)


def test_what_is_taken_off_stays_in_the_record(kept):
    held = attachments.attach(kept, "CHG-1", PDF, name="a.pdf", media_type="application/pdf")
    attachments.remove(kept, held.record.id, expected_version=1)
    with pytest.raises(VersionConflict):
        attachments.remove(kept, held.record.id, expected_version=1)
    (gone,) = attachments.of_change(kept, "CHG-1")
    assert (gone.removed_by, gone.sha256) == ("engineer", held.record.sha256)
    assert attachments.get(kept, gone.id)[1] == PDF


@pytest.mark.parametrize(
    ("content", "name", "media_type", "codes"),
    [
        (b"", "a/b", "pdf", {"attachment.empty", "attachment.name", "attachment.media_type"}),
        (b"x" * (attachments.LARGEST + 1), "a", "text/plain", {"attachment.too_large"}),
        (b"x", "", "text/plain\n", {"attachment.name", "attachment.media_type"}),
        (b"x", "a\x00b", "text/plain", {"attachment.name"}),
    ],
)
def test_every_fault_of_a_file_is_told_at_once_and_nothing_is_kept(kept, content, name, media_type, codes):
    with pytest.raises(InvalidInput) as refused:
        attachments.attach(kept, "CHG-1", content, name=name, media_type=media_type)
    assert {p.code for p in refused.value.problems} == codes
    assert attachments.of_change(kept, "CHG-1") == ()


def test_a_comment_has_its_author_and_its_moment_and_stays(kept):
    board = as_actor(kept, "cab_member")
    comments.add(board, "CHG-1", "Is the spare here?")
    kept.clock.forward(minutes=1)
    comments.add(kept, "CHG-1", "It is")
    assert [(each.by, each.text, each.move) for each in comments.of_change(kept, "CHG-1")] == [
        ("cab_member", "Is the spare here?", None),
        ("engineer", "It is", None),
    ]
    with pytest.raises(InvalidInput):
        comments.add(kept, "CHG-1", " ")
    with pytest.raises(NotFound):
        comments.add(kept, "CHG-9", "Hello")
    with pytest.raises(NotAllowed):
        comments.add(as_actor(kept, "viewer"), "CHG-1", "Hello")
