"""Any history whatever: the store does what a plain dictionary does."""

from __future__ import annotations

import tempfile
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from cmdb.errors import ForeshockError
from cmdb.model.ci import CIS
from cmdb.model.group import GROUPS
from cmdb.model.relation import RELATIONS
from cmdb.ports.store import Applied, Between, Delete, Entry, Equals, Holds, OneOf, Patch, Put
from tests.contracts.plain import PlainStore
from tests.contracts.things import NOTES, rows_of

# Explaining a failure takes minutes here, and the shrunken history says enough.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)
KINDS = [CIS, GROUPS, NOTES, RELATIONS]
IDS = st.sampled_from(["a", "b", "c", "d", "Ä", "a\0", "\U0001f600"])
TEXTS = st.sampled_from(["", "x", "Straße", "STRASSE 7", "web-01", 'q"\\', "\U0001f600\0"])
NUMBERS = st.sampled_from([0, 1, -1, 2, 0.5, 1e20, 2**53 - 1])
SCALARS = TEXTS | NUMBERS | st.booleans()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(IDS, inner, max_size=2), max_leaves=3
)
EXPECTED = st.none() | st.none() | st.none() | st.integers(0, 3)
CLAIMS = st.lists(st.sampled_from(["k:1", "k:2", "k:3"]), max_size=2).map(tuple)

_ci = st.fixed_dictionaries(
    {"id": IDS, "class": st.sampled_from(["server", "service"]), "name": TEXTS},
    optional={
        "attributes": st.dictionaries(st.sampled_from(["tier", "os"]), VALUES, max_size=2),
        "status": st.just("active"),
    },
)
_relation = st.fixed_dictionaries(
    {"source": IDS, "type": st.sampled_from(["uses", "runs_on"]), "target": IDS},
    optional={"group": st.sampled_from(["g", None]), "strength": TEXTS, "confidence": st.floats(0.25, 1)},
)
_group = st.fixed_dictionaries({"item": IDS, "name": st.just("g"), "needs": st.integers(1, 3)})
_note = st.fixed_dictionaries(
    {"id": IDS},
    optional={
        "rank": st.integers(-2, 2),
        "state": SCALARS,
        "made": st.fixed_dictionaries({}, optional={"at": st.sampled_from(["2026", "2027"]), "by": VALUES}),
        "title": TEXTS,
        "body": VALUES,
        "tags": st.lists(SCALARS, max_size=3),
    },
)
DOCUMENTS = {"ci": _ci, "relation": _relation, "group": _group, "note": _note}
_changes = st.dictionaries(
    st.sampled_from(["name", "rank", "state", "title", "strength", "needs", "made", "tags"]),
    st.none() | VALUES | st.fixed_dictionaries({}, optional={"at": st.just("2028"), "by": st.none()}),
    max_size=2,
)


@st.composite
def op(draw):
    """Any op on any kind."""
    kind = draw(st.sampled_from(KINDS))
    document = draw(DOCUMENTS[kind.name])
    verb = draw(st.sampled_from(["put", "put", "put", "patch", "delete"]))
    expected = draw(EXPECTED)
    if verb == "put":
        return Put(kind, document, expected, draw(CLAIMS) if draw(st.booleans()) else ())
    if verb == "delete":
        return Delete(kind, kind.key(document), expected)
    changes = {name: value for name, value in draw(_changes).items() if not (kind is NOTES and name == "rank")}
    return Patch(kind, kind.key(document), changes, expected, draw(st.none() | CLAIMS))


FILTERS = st.one_of(
    st.builds(Equals, st.sampled_from(["state", "made.at", "made.by", "name", "rank", "type"]), SCALARS),
    st.builds(
        OneOf,
        st.sampled_from(["state", "class", "source", "item"]),
        st.lists(TEXTS | NUMBERS | IDS, max_size=3).map(tuple),
    ),
    st.builds(Between, st.sampled_from(["rank", "state", "confidence", "needs"]), NUMBERS, st.none() | NUMBERS),
    st.builds(Between, st.sampled_from(["name", "made.at", "state"]), st.none(), TEXTS),
    st.builds(Holds, st.sampled_from(["tags", "body", "made.by"]), TEXTS | NUMBERS),
)
WORDS = st.sampled_from(["", "s", "ss", "SSE", "strasse", "x", "web", "01 web", '"\\', "\0", "1", "nothing", "aße"])
ORDERS = {"ci": ["name", "class"], "relation": ["source", "type"], "group": ["item"], "note": ["rank", "made.at"]}


class StoreMachine(RuleBasedStateMachine):
    """Drives an adapter and the plain store side by side."""

    adapter = None

    @initialize()
    def open(self):
        # In memory where that can be had: what a sync costs is not the question here.
        self.folder = tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
        self.opener = self.adapter(Path(self.folder.name))
        self.store = self.opener()
        self.plain = PlainStore(KINDS)
        self.numbers = count()
        self.batches = []

    def teardown(self):
        if hasattr(self, "store"):
            try:
                assert self.store.check() == ()
            finally:
                self.store.close()
                self.folder.cleanup()

    def both(self, ops, txn_id):
        """Apply to both; either they say the same or they refuse the same."""
        wanted = _answer(lambda: Applied(*self.plain.apply(ops, txn_id)))
        got = _answer(lambda: self.store.apply(iter(ops), txn_id=txn_id, actor="a", reason="r"))
        assert got == wanted

    @rule(ops=st.lists(op(), max_size=6))
    def write(self, ops):
        txn_id = f"t{next(self.numbers)}"
        self.batches.append((ops, txn_id))
        self.both(ops, txn_id)

    @rule(document=_note, data=st.data())
    def edit(self, document, data):
        """An update that is likely to succeed, with the version that is there."""
        there = self.plain.states[-1].get(("note", document["id"]))
        expected = data.draw(st.sampled_from([None, there.version if there else 0]))
        self.both([Put(NOTES, document, expected, data.draw(CLAIMS))], f"t{next(self.numbers)}")

    @rule(ids=st.lists(IDS, min_size=2, max_size=4, unique=True))
    def build(self, ids):
        """CIs with relations among them."""
        ops = [Put(CIS, {"id": id_, "class": "server", "name": id_}) for id_ in ids]
        ops += [Put(RELATIONS, {"source": ids[0], "type": "uses", "target": id_}) for id_ in ids]
        self.both(ops, f"t{next(self.numbers)}")

    @rule(data=st.data())
    def retry(self, data):
        """The same again, or something else under a used id."""
        if self.batches:
            ops, txn_id = data.draw(st.sampled_from(self.batches))
            self.both(ops if data.draw(st.booleans()) else [*ops, Put(NOTES, {"id": "else"})], txn_id)

    @rule()
    def reopen(self):
        """A restart loses nothing."""
        self.store.close()
        self.store = self.opener()

    def at(self, data):
        return data.draw(st.none() | st.integers(0, self.plain.revision))

    @rule(kind=st.sampled_from(KINDS), where=st.lists(FILTERS, max_size=2), descending=st.booleans(), data=st.data())
    def find(self, kind, where, descending, data):
        at, order = self.at(data), data.draw(st.none() | st.sampled_from(ORDERS[kind.name]))
        if order == "name":
            order = None if kind is CIS and data.draw(st.booleans()) else order
        wanted = self.plain.find(kind, where, order, descending, at)
        limit = data.draw(st.integers(1, 4))
        got, after = [], None
        while True:
            page = self.store.find(kind, where, order=order, descending=descending, after=after, limit=limit, at=at)
            got += page.rows
            after = page.after
            if after is None:
                break
        assert got == wanted
        assert self.store.count(kind, where, at=at) == len(wanted)

    @rule(kind=st.sampled_from([CIS, NOTES]), words=WORDS, data=st.data())
    def search(self, kind, words, data):
        at = self.at(data)
        assert list(self.store.search(kind, words, at=at).rows) == self.plain.search(kind, words, at)

    @rule(key=IDS, direction=st.sampled_from(["out", "in", "both"]), data=st.data())
    def neighbours(self, key, direction, data):
        at = self.at(data)
        fields = {"out": ["source"], "in": ["target"], "both": ["source", "target"]}[direction]
        wanted = [
            row for row in self.plain.living(RELATIONS, at) if any(row.document[field] == key for field in fields)
        ]
        assert list(self.store.neighbours(key, direction, at=at).rows) == wanted

    @rule(kind=st.sampled_from(KINDS), data=st.data())
    def history(self, kind, data):
        at, key = self.at(data), kind.key(data.draw(DOCUMENTS[kind.name]))
        got = self.store.history(kind, key, at=at)
        assert [
            (one.revision, Entry(kind.name, key, one.version, one.before, one.after)) for one in got
        ] == self.plain.history(kind, key, at)

    @rule(kind=st.sampled_from(KINDS), data=st.data())
    def snapshot(self, kind, data):
        at = self.at(data)
        wanted = self.plain.living(kind, at)
        paths = ("id", "name", "state", "made.by", "attributes.tier", "source", "confidence", "made")
        with self.store.snapshot(at=at) as state:
            assert state.revision == (self.plain.revision if at is None else at)
            assert list(state.documents(kind)) == wanted
            got = rows_of(state, kind, *paths)
        found = self.store.get_many(kind, [row.key for row in wanted], at=at)
        assert list(found.values()) == wanted or found == {row.key: row for row in wanted}
        deep = [tuple(_reach(row.document, path) for path in paths) for row in wanted]
        assert got == deep
        assert [list(map(type, row)) for row in got] == [[_plain_type(value) for value in row] for row in deep]

    @rule(data=st.data())
    def changes(self, data):
        since = data.draw(st.integers(0, self.plain.revision))
        got = [(revision.number, revision.size, list(revision.entries)) for revision in self.store.changes(since)]
        wanted = enumerate(self.plain.entries[since + 1 :], since + 1)
        assert got == [(number, len(entries), entries) for number, entries in wanted]

    @invariant()
    def the_revision_is_the_same(self):
        if hasattr(self, "store"):
            assert self.store.revision() == self.plain.revision


def _answer(apply):
    """What a batch came to: what was applied, or the kind of refusal with its facts."""
    try:
        return apply()
    except ForeshockError as refused:
        return type(refused), refused.facts


def _reach(document, path):
    for name in path.split("."):
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _plain_type(value):
    """A whole float is the same JSON number as the integer, and the store may give either."""
    return int if isinstance(value, float) and value.is_integer() and abs(value) < 1e20 else type(value)


def test_any_history_agrees_with_a_plain_dictionary(adapter):
    """Writes, retries, conflicts, restarts, and every way to read, now and as of any revision."""
    _run(adapter, examples=100)


@pytest.mark.promises
def test_many_histories_agree_with_a_plain_dictionary(adapter):
    """The same, for longer; a question to a server takes ten times as long as one to a file."""
    _run(adapter, examples=300 if adapter.__name__ == "neo4j" else 2000)


def _run(adapter, examples):
    machine = type("Machine", (StoreMachine,), {"adapter": staticmethod(adapter)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            phases=PHASES,
            suppress_health_check=list(HealthCheck),
        ),
    )
