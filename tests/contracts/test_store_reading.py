"""What everyone who reads may rely on, in every store: now, and as of any revision."""

from __future__ import annotations

import pytest

from cmdb.errors import InvalidInput, NotFound
from cmdb.model.ci import CIS
from cmdb.model.kind import Kind
from cmdb.model.relation import RELATIONS
from cmdb.ports.store import Between, Delete, Equals, Holds, OneOf, Page, Patch
from tests.contracts.things import NOTES, Note, ci, every, ids, key_of, note, relation, rows_of, write

NEVER = Kind(Note, name="never_written", indexed=("rank",), text=("id",))


# by key --------------------------------------------------------------------------------------------------------------
def test_get_many_gives_those_that_are_there(store):
    """Asked for thousands, some of them twice and some missing."""
    write(store, *[ci(f"c{n}") for n in range(1200)])
    found = store.get_many(CIS, [f"c{n}" for n in range(0, 3000, 2)] * 2)
    assert set(found) == {f"c{n}" for n in range(0, 1200, 2)}
    assert found["c4"] == store.get(CIS, "c4")
    assert store.get_many(CIS, []) == {}


def test_every_reading_can_be_as_of_a_revision(store):
    """A document is seen as it was, or not yet, or no longer."""
    write(store, ci("other"))
    write(store, ci("a", name="first"))
    write(store, ci("a", name="second"))
    write(store, Delete(CIS, "a"))
    write(store, ci("a", name="third"))
    names = [(row.document["name"] if (row := store.get(CIS, "a", at=at)) else None) for at in range(6)]
    assert names == [None, None, "first", "second", None, "third"]
    assert [store.get_many(CIS, ["a"], at=at).keys() for at in (1, 3)] == [set(), {"a"}]
    assert [ids(store.find(CIS, at=at)) for at in (1, 2, 4, 5)] == [
        ["other"],
        ["a", "other"],
        ["other"],
        ["a", "other"],
    ]
    assert [ids(store.search(CIS, "second", at=at)) for at in (2, 3, 4)] == [[], ["a"], []]
    assert [store.count(CIS, at=at) for at in range(6)] == [0, 1, 2, 2, 1, 2]
    assert (store.get(CIS, "a", at=3).version, store.get(CIS, "a", at=3).revision) == (2, 3)


@pytest.mark.parametrize("at", [3, -1])
def test_a_revision_that_was_never_made_is_not_found(store, at):
    """Rather than answered with something else, by every method that takes one."""
    write(store, ci("a"))
    write(store, ci("b"))
    asks = [
        lambda: store.get(CIS, "a", at=at),
        lambda: store.get_many(CIS, ["a"], at=at),
        lambda: store.find(CIS, at=at),
        lambda: store.count(CIS, at=at),
        lambda: store.search(CIS, "a", at=at),
        lambda: store.neighbours("a", "out", at=at),
        lambda: store.history(CIS, "a", at=at),
        lambda: store.snapshot(at=at).__enter__(),
        lambda: list(store.changes(at)),
    ]
    for ask in asks:
        with pytest.raises(NotFound) as refused:
            ask()
        assert refused.value.facts["kind"] == "revision"


def test_a_kind_that_was_never_written_is_empty(store):
    """Not an error: a new programme meets an old store every day."""
    write(store, ci("a"))
    assert store.get(NEVER, "a") is None
    assert store.get_many(NEVER, ["a"]) == {}
    assert store.find(NEVER, [Equals("rank", 1)], order="rank") == Page(())
    assert store.search(NEVER, "a") == Page(())
    assert store.neighbours("a", "both") == Page(())
    assert store.history(NEVER, "a") == ()
    assert store.count(NEVER) == 0
    with store.snapshot() as state:
        assert list(state.columns(NEVER, "id")) == []
        assert list(state.documents(NEVER)) == []


@pytest.mark.parametrize("broken", ["\ud800", "a\udcff"])
def test_text_that_is_not_unicode_names_nothing(store, broken):
    """A command line may hand over any bytes."""
    write(store, ci("a"))
    assert store.get(CIS, broken) is None
    assert store.search(CIS, broken) == Page(())
    assert store.neighbours(broken, "both") == Page(())
    assert store.history(CIS, broken) == ()
    assert store.find(CIS, [Equals("name", broken)]) == Page(())
    assert store.find(CIS, [OneOf("name", ("a", broken))]).rows[0].key == "a"
    assert store.find(CIS, [Holds("sources", broken)]) == Page(())


# find ----------------------------------------------------------------------------------------------------------------
def test_keys_come_by_code_point(store):
    """Upper case before lower, and letters beyond the first plane after all others."""
    keys = ["a", "B", "ä", "\uffee", "\U0001f600", "10", "9", "a\0", "a ", ""]
    write(store, *[note(key) for key in keys])
    assert ids(store.find(NOTES)) == sorted(keys)
    assert ids(store.find(NOTES, descending=True)) == sorted(keys, reverse=True)
    with store.snapshot() as state:
        assert [row.key for row in state.documents(NOTES)] == sorted(keys)


@pytest.mark.parametrize("path", ["rank", "plain", "made.at", "deep.er.still"])
def test_values_of_another_type_are_another_value(store, path):
    """1, true and "1" are three values, indexed or not; 1 and 1.0 are one."""
    values = {"whole": 1, "true": True, "text": "1", "half": 0.5, "false": False, "zero": 0, "none": None, "list": [1]}
    write(store, *[note(name, **_nested(path, value)) for name, value in values.items()], note("missing"))
    for value, found in [(1, "whole"), (1.0, "whole"), (True, "true"), ("1", "text"), (False, "false"), (0, "zero")]:
        assert ids(store.find(NOTES, [Equals(path, value)])) == [found]
        assert store.count(NOTES, [Equals(path, value)]) == 1
    assert ids(store.find(NOTES, [OneOf(path, (1, "1", "no"))])) == ["text", "whole"]
    assert ids(store.find(NOTES, [OneOf(path, ())])) == []
    assert ids(store.find(NOTES, [Between(path, 0, 1)])) == ["half", "whole", "zero"]
    assert ids(store.find(NOTES, [Between(path, low=1)])) == ["whole"]
    assert ids(store.find(NOTES, [Between(path, high=0.5)])) == ["half", "zero"]
    assert ids(store.find(NOTES, [Between(path, low="")])) == ["text"]
    assert ids(store.find(NOTES, [Between(path, high="2")])) == ["text"]
    assert ids(store.find(NOTES, [Between(path, low="2", high="1")])) == []
    assert ids(store.find(NOTES, [Holds(path, 1)])) == ["list"]
    assert ids(store.find(NOTES, [Equals(path, 10**30)])) == []
    assert ids(store.find(NOTES, [Between(path, low=-(10**30), high=10**400)])) == ["half", "whole", "zero"]
    assert ids(store.find(NOTES, [Between(path, low=2**63)])) == []


def _nested(path: str, value: object) -> dict:
    """A document in which the dotted path leads to the value."""
    names = path.split(".")
    for name in reversed(names):
        value = {name: value}
    return value  # type: ignore[return-value]


@pytest.mark.parametrize("text", ["", "a\0b", 'a"b', "a\\b", "a'b", "%", "\U0001f600", "é", "line\nbreak", "x" * 5000])
@pytest.mark.parametrize("path", ["state", "free"])
def test_any_text_can_be_asked_for(store, path, text):
    """Quotes, NUL and wildcards mean themselves."""
    write(store, note("it", **{path: text, "tags": [text]}), note("other", **{path: text + "x", "tags": [text + "x"]}))
    assert ids(store.find(NOTES, [Equals(path, text)])) == ["it"]
    assert ids(store.find(NOTES, [OneOf(path, (text, "zzz"))])) == ["it"]
    assert ids(store.find(NOTES, [Between(path, text, text)])) == ["it"]
    assert ids(store.find(NOTES, [Holds("tags", text)])) == ["it"]


@pytest.mark.parametrize("path", ["odd'name", 'odd"name', "odd\\name", "odd name", "ödd", "$", "a.b'c"])
def test_any_name_may_be_a_path(store, path):
    """Attributes are named by people."""
    write(store, note("it", **_nested(path, 7)), note("other", **_nested(path, 8)))
    assert ids(store.find(NOTES, [Equals(path, 7)])) == ["it"]
    with store.snapshot() as state:
        assert rows_of(state, NOTES, "id", path) == [("it", 7), ("other", 8)]


def test_a_path_reaches_into_objects_only(store):
    """A list has no fields, and an empty step is a field of no name."""
    write(store, note("list", made=[{"at": 1}]), note("text", made="at"), note("object", made={"at": 1, "": 2}))
    assert ids(store.find(NOTES, [Equals("made.at", 1)])) == ["object"]
    assert ids(store.find(NOTES, [Equals("made.0.at", 1)])) == []
    assert ids(store.find(NOTES, [Equals("made.", 2)])) == ["object"]


def test_holds_means_one_of_a_list(store):
    """Not a text that contains it, not a list within the list."""
    write(
        store, note("a", tags=["x", "y"]), note("b", tags="x"), note("c", tags=[["x"], 1]), note("d", tags=[True, "1"])
    )
    assert ids(store.find(NOTES, [Holds("tags", "x")])) == ["a"]
    assert ids(store.find(NOTES, [Holds("tags", 1)])) == ["c"]
    assert ids(store.find(NOTES, [Holds("tags", "1")])) == ["d"]


def test_every_filter_must_hold(store):
    """Filters narrow each other, on indexed and other fields."""
    write(store, *[note(f"n{n}", rank=n % 3, state="even" if n % 2 == 0 else "odd", extra=n) for n in range(12)])
    where = [Equals("state", "even"), OneOf("rank", (0, 1)), Between("extra", 3, 9)]
    assert ids(store.find(NOTES, where)) == ["n4", "n6"]
    assert store.count(NOTES, where) == 2


@pytest.mark.parametrize("path", ["rank", "made.at", "free", "free.deep"])
def test_what_ended_meets_no_filter(store, path):
    """Nor does it disturb one, whichever field is asked for."""
    write(store, *[note(key, **_nested(path, value)) for key, value in [("a", 1), ("b", True), ("c", [1]), ("d", "x")]])
    write(store, *[Delete(NOTES, key) for key in "abcd"], note("e", **_nested(path, 2)))
    for at, found in [(None, ["e"]), (2, ["e"]), (1, ["a"])]:
        assert ids(store.find(NOTES, [Between(path, low=0)], at=at)) == found
        assert store.count(NOTES, [Between(path)], at=at) == (4 if at == 1 else 1)
    for one in (Equals(path, 1), Equals(path, True), OneOf(path, (1, "x"))):
        assert ids(store.find(NOTES, [one])) == []
    assert ids(store.find(NOTES, [Holds(path, 1)], at=1)) == ["c"]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_in_the_order_of_a_field_lose_and_repeat_nothing(store, descending, limit):
    """Ties go by key, and documents without the field come last both ways."""
    ranks = {"a": 2, "b": None, "c": 1, "d": 2, "e": 1.5, "f": 2, "g": None, "h": -3}
    write(store, *[note(key, rank=rank) if rank is not None else note(key) for key, rank in ranks.items()])
    having = sorted((rank, key) for key, rank in ranks.items() if rank is not None)
    expected = [key for _, key in (reversed(having) if descending else having)]
    expected += ["g", "b"] if descending else ["b", "g"]
    assert every(store.find, NOTES, order="rank", descending=descending, limit=limit) == expected
    write(store, *[Patch(NOTES, key, {"rank": 0}) for key in ranks])
    assert every(store.find, NOTES, order="rank", descending=descending, limit=limit, at=1) == expected


def test_an_order_may_be_by_a_dotted_field_and_by_text(store):
    """Texts by code point."""
    write(store, *[note(key, made={"at": at}) for key, at in [("a", "b"), ("b", "B"), ("c", "ä"), ("d", "a")]])
    assert every(store.find, NOTES, order="made.at") == ["b", "d", "a", "c"]


def test_pages_go_on_where_they_were_although_others_write(store):
    """What is added before is not seen, what is added behind is, and nothing comes twice."""
    write(store, *[ci(key) for key in "bdfh"])
    first = store.find(CIS, limit=2)
    write(store, ci("a"), ci("e"), Delete(CIS, "d"))
    assert ids(store.find(CIS, limit=9, after=first.after)) == ["e", "f", "h"]


def test_the_end_of_an_answer_says_so(store):
    """A full last page has no continuation."""
    write(store, ci("a"), ci("b"))
    assert store.find(CIS, limit=2).after is None
    assert store.find(CIS, limit=1).after is not None
    assert store.find(CIS, [Equals("class", "none")]) == Page(())


@pytest.mark.parametrize("after", ["", "x", "!", "bnVsbA", "WzFd", "W10", "ä", "WyJhIiwiYiIsImMiXQ"])
def test_a_continuation_that_no_answer_gave_is_bad_input(store, after):
    """Said as such, by every method that takes one."""
    write(store, note("a"))
    asks = [
        lambda: store.find(NOTES, after=after),
        lambda: store.find(NOTES, order="rank", after=after),
        lambda: store.search(NOTES, "a", after=after),
        lambda: store.neighbours("a", "out", after=after),
    ]
    for ask in asks:
        with pytest.raises(InvalidInput):
            ask()


def test_only_indexed_fields_give_an_order(store):
    """Anything else would read everything; that is a fault of the programme."""
    with pytest.raises(ValueError, match="free"):
        store.find(NOTES, order="free")


def test_a_kind_may_gain_fields_later(store):
    """A newer programme indexes more, and asks for what older ones have written."""
    write(store, *[note(f"n{n}", weight=n % 4, title="old") for n in range(8)])
    write(store, Patch(NOTES, "n0", {"weight": 9}))
    newer = Kind(Note, name="note", indexed=("rank", "weight"), text=("title", "label"))
    assert ids(store.find(newer, [Equals("weight", 3)])) == ["n3", "n7"]
    write(store, Patch(newer, "n1", {"weight": 3, "label": "brand new"}))
    assert ids(store.find(newer, [Equals("weight", 3)])) == ["n1", "n3", "n7"]
    assert every(store.find, newer, order="weight", at=1) == ["n0", "n4", "n1", "n5", "n2", "n6", "n3", "n7"]
    assert ids(store.search(newer, "brand")) == ["n1"]
    assert len(ids(store.search(newer, "old"))) == 8
    write(store, note("n8", rank=1, weight=3))
    assert ids(store.find(newer, [Equals("weight", 3)])) == ["n1", "n3", "n7", "n8"]
    assert store.check() == ()


# search --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("strasse", "Hauptstraße 5"),
        ("STRASSE", "Hauptstraße 5"),
        ("straße", "HAUPTSTRASSE"),
        ("ss", "Straße"),
        ("s", "ſ"),
        ("k", "\u212a"),  # KELVIN SIGN
        ("i\u0307stanbul", "İSTANBUL"),
        ("İ", "xi\u0307x"),
        ("fi", "ﬁlter"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("ab", "xABx"),
        ("a", "A"),
        ('"', 'say "yes"'),
        ("\\", "back\\slash"),
        ("\\n", "a\\nb"),
        ("100%", "at 100% now"),
        ("a_b", "xa_bx"),
        ("数据库", "主数据库服务器"),
        ("据", "主数据库服务器"),
        ("\U0001f600", "a\U0001f600b"),
        ("\0", "a\0b"),
        ("b\0cd", "ab\0cde"),
        ("AND", "this and that"),
        ("NEAR(x", "near(x y)"),
        ("*", "a*b"),
        ("x" * 3000, "y" + "X" * 3000),
    ],
)
def test_a_word_is_a_case_folded_substring(store, words, text):
    """In any script, however short, and without any character of a special meaning."""
    write(store, note("it", title=text), note("other", title="qqq"))
    assert ids(store.search(NOTES, words)) == ["it"]


@pytest.mark.parametrize(
    ("words", "text"), [("a_b", "axb"), ("a%b", "axxb"), ("ab", "a b"), ("abcd", "abc bcd"), ("é", "e")]
)
def test_what_is_not_a_substring_is_not_found(store, words, text):
    """Wildcards, gaps and trigrams that stand apart make no match."""
    write(store, note("it", title=text))
    assert store.search(NOTES, words) == Page(())


def test_every_word_must_occur_somewhere(store):
    """In the same text or in another, in any order, split at any white space."""
    write(store, note("a", title="web server", body="in Rome"), note("b", title="web server"), note("c", body="rome"))
    assert ids(store.search(NOTES, "ROME\u00a0\tserver \n web")) == ["a"]
    assert ids(store.search(NOTES, "server")) == ["a", "b"]
    assert ids(store.search(NOTES, "serverin")) == []
    assert ids(store.search(NOTES, "  ")) == ["a", "b", "c"]


def test_only_text_fields_are_searched_and_mappings_with_all_their_values(store):
    """Values at any depth and numbers count, names of attributes, true and false do not."""
    write(
        store,
        ci(
            "a", attributes={"serial": "XK-42", "ports": [8080, {"note": "edge"}], "ok": True, "load": 1.5}, extra="zzz"
        ),
    )
    for word in ("xk-42", "8080", "edge", "1.5", "80"):
        assert ids(store.search(CIS, word)) == ["a"], word
    for word in ("serial", "note", "true", "zzz", "server"):
        assert ids(store.search(CIS, word)) == [], word


def test_a_kind_without_text_fields_holds_no_words(store):
    """However long they are; no word at all is held by everything."""
    write(store, ci("a"), ci("b"), relation("a", "b"))
    assert ids(store.search(RELATIONS, "depends")) == []
    assert ids(store.search(RELATIONS, "")) == [key_of("a", "b")]


def test_search_follows_what_is_written(store):
    """New words are found at once, words that went are not, except as of then."""
    write(store, ci("a", name="alpha"))
    write(store, ci("a", name="beta"), ci("b", name="alphabet"))
    write(store, Delete(CIS, "b"))
    assert ids(store.search(CIS, "alpha")) == []
    assert ids(store.search(CIS, "bet")) == ["a"]
    assert ids(store.search(CIS, "alpha", at=1)) == ["a"]
    assert ids(store.search(CIS, "bet", at=2)) == ["a", "b"]


def test_search_gives_pages_by_key(store):
    """Also when far more match than a page holds, and when most of what is preselected does not."""
    store.apply(
        (ci(f"c{n:05}", name="common abc bcd" if n % 2 else "common abcd") for n in range(7000)),
        txn_id="many",
        actor="a",
        reason="r",
    )
    assert every(store.search, CIS, "common", limit=999) == [f"c{n:05}" for n in range(7000)]
    assert every(store.search, CIS, "abcd", limit=1000) == [f"c{n:05}" for n in range(0, 7000, 2)]
    assert every(store.search, CIS, "c0123", limit=3) == [f"c0123{n}" for n in range(10)]
    assert len(store.search(CIS, "mm", limit=10, at=1).rows) == 10


# neighbours and history ----------------------------------------------------------------------------------------------
def test_neighbours_are_relations_by_direction(store):
    """The source depends on the target; a relation with itself is one neighbour."""
    write(
        store, ci("a"), ci("b"), ci("c"), relation("a", "b"), relation("a", "b", type_="uses"), relation("b", "c"),
        relation("b", "b"),
    )  # fmt: skip
    assert ids(store.neighbours("a", "out")) == [key_of("a", "b"), key_of("a", "b", "uses")]
    assert ids(store.neighbours("a", "in")) == []
    assert ids(store.neighbours("b", "in")) == [key_of("a", "b"), key_of("a", "b", "uses"), key_of("b", "b")]
    assert ids(store.neighbours("b", "out")) == [key_of("b", "b"), key_of("b", "c")]
    both = [key_of("a", "b"), key_of("a", "b", "uses"), key_of("b", "b"), key_of("b", "c")]
    assert ids(store.neighbours("b", "both")) == both
    assert every(store.neighbours, "b", "both", limit=1) == both
    assert store.neighbours("b", "out").rows[0] == store.get(RELATIONS, key_of("b", "b"))


def test_neighbours_as_of_a_revision(store):
    """Relations that came later, changed, or ended."""
    write(store, ci("a"), ci("b"), ci("c"), relation("a", "b"))
    write(store, relation("a", "c"), relation("a", "b", strength="soft"))
    write(store, Delete(RELATIONS, key_of("a", "b")))
    assert every(store.neighbours, "a", "both", at=1, limit=1) == [key_of("a", "b")]
    assert every(store.neighbours, "a", "both", at=2, limit=1) == [key_of("a", "b"), key_of("a", "c")]
    assert "strength" not in store.neighbours("a", "out", at=1).rows[0].document
    assert every(store.neighbours, "a", "both", at=3, limit=1) == [key_of("a", "c")]
    assert every(store.neighbours, "b", "in", limit=1) == []


def test_history_tells_every_version_newest_first(store):
    """With before and after, who, why and when; the delete is one of them."""
    before = store.revision_at
    for number, ops in enumerate(
        [[ci("a", name="1")], [Patch(CIS, "a", {"name": "2"})], [Delete(CIS, "a")], [ci("a")]]
    ):
        store.apply(ops, txn_id=f"t{number}", actor=f"role:{number}", reason=f"because {number}")
        write(store, ci("other", name=str(number)))
    past = store.history(CIS, "a")
    assert [(one.version, one.revision, one.actor, one.reason) for one in past] == [
        (4, 7, "role:3", "because 3"),
        (3, 5, "role:2", "because 2"),
        (2, 3, "role:1", "because 1"),
        (1, 1, "role:0", "because 0"),
    ]
    assert [one.after and one.after["name"] for one in past] == ["a", None, "2", "1"]
    assert [one.before and one.before["name"] for one in past] == [None, "2", "1", None]
    assert [before(one.at) for one in past] == [7, 5, 3, 1]


def test_history_has_pages_and_an_as_of(store):
    """``before`` is a version, ``at`` a revision."""
    for n in range(10):
        write(store, ci("a", name=str(n)))
    assert [one.version for one in store.history(CIS, "a", limit=3)] == [10, 9, 8]
    assert [one.version for one in store.history(CIS, "a", limit=3, before=8)] == [7, 6, 5]
    assert [one.version for one in store.history(CIS, "a", at=2)] == [2, 1]
    assert [one.version for one in store.history(CIS, "a", at=9, before=9, limit=1)] == [8]
    assert store.history(CIS, "a", before=1) == ()
    assert store.history(CIS, "nobody") == ()


def test_history_below_a_version_that_no_store_can_count_to(store):
    """Is the whole of it, or nothing."""
    write(store, ci("a"))
    assert [past.version for past in store.history(CIS, "a", before=2**80)] == [1]
    assert store.history(CIS, "a", before=-(2**80)) == ()


def test_a_number_and_more_is_no_text(store):
    """The empty text least of all; in pages and in counts, now and as of then."""
    write(store, note("empty", state=""), note("text", state="x"), note("one", state=1), note("two", state=2.5))
    write(store, note("later", state=""))
    for at in (None, 1):
        for where, found in ((Between("state", 1), ["one", "two"]), (Between("state", None, 2), ["one"])):
            assert ids(store.find(NOTES, [where], at=at)) == found
            assert store.count(NOTES, [where], at=at) == len(found)
