"""Full text with and without FTS5: the index only preselects, so both give the same."""

from __future__ import annotations

from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cmdb.model.ci import CIS
from cmdb.ports.store import Delete
from cmdb.stores.sqlite import open_store, schema
from tests.contracts.plain import texts
from tests.contracts.things import NOTES, ci, ids, note, write

# Letters whose case folds are longer, or meet those of others: Straße, İ, ſ, ﬁ, K, ŉ, ǰ, ΐ, final sigma.
LETTERS = st.text(st.sampled_from('aAbBsSßſiIİıfﬁkK\u212aŉǰΐΣσς%_"\\\0 0é\u0301\U0001f600'), max_size=12)


@pytest.fixture
def store(tmp_path):
    with closing(open_store(tmp_path / "store.db")) as store:
        yield store


@pytest.mark.parametrize("full_text", [True, False], ids=["FTS5", "without"])
def test_search_equals_a_plain_scan(tmp_path, monkeypatch, full_text):
    """For texts and words of awkward letters."""
    if full_text and not schema.has_full_text():
        pytest.skip("this SQLite has no FTS5")
    monkeypatch.setattr(schema, "has_full_text", lambda: full_text)
    with closing(open_store(tmp_path / "store.db")) as store:

        @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.lists(LETTERS, min_size=1, max_size=6), st.lists(LETTERS, min_size=1, max_size=8))
        def check(titles, words):
            write(store, *[note(str(n), title=title) for n, title in enumerate(titles)])
            rows = store.find(NOTES).rows
            words += [title[start : start + 4] for title in titles for start in (0, 3)]
            for wanted in words:
                found = [
                    row.key
                    for row in rows
                    if all(
                        any(word.casefold() in text.casefold() for text in texts(row.document["title"]))
                        for word in wanted.split()
                    )
                ]
                assert ids(store.search(NOTES, wanted)) == found

        check()


def test_a_store_moves_between_machines_with_and_without_fts5(store, monkeypatch):
    """What the one writes the other finds, and back again; the index is made anew by the first that can."""
    if not schema.has_full_text():
        pytest.skip("this SQLite has no FTS5")
    write(store, ci("a", name="alpha"))
    with monkeypatch.context() as without:
        without.setattr(schema, "has_full_text", lambda: False)
        assert ids(store.search(CIS, "alpha")) == ["a"]
        write(store, ci("b", name="alphabet"))
        assert ids(store.search(CIS, "alpha")) == ["a", "b"]
    assert ids(store.search(CIS, "alpha")) == ["a", "b"]
    write(store, ci("c", name="alphanumeric"), Delete(CIS, "a"))
    assert schema.shape_of(store._database.connection, "ci").text == CIS.text
    assert ids(store.search(CIS, "alpha")) == ["b", "c"]
    assert ids(store.search(CIS, "alpha", at=1)) == ["a"]
