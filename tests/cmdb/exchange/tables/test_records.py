"""Lists of records in JSON and YAML: what is a key is a column, plain words stay what people meant, no bomb unfolds."""

from __future__ import annotations

import json

import pytest

from tests.cmdb.exchange.tables.reading import seen

RECORDS = [{"id": "web1", "os": "Debian", "roles": ["web", "cache"]}, {"id": "web2", "cores": 8, "os": None}]
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{now}: &{now} [{', '.join([f'*{before}'] * 9)}]\n" for before, now in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.parametrize("raw", [json.dumps(RECORDS).encode(), json.dumps({"servers": RECORDS}).encode("utf-8-sig")])
def test_a_list_of_records_is_a_table(raw):
    """What one record lacks is empty there; a list within an object of nothing else is that list."""
    found = seen(raw)
    assert found.columns == ("id", "os", "roles", "cores")
    assert found.rows == [(1, ("web1", "Debian", ["web", "cache"], None)), (2, ("web2", None, None, 8))]


def test_plain_words_of_yaml_are_what_people_meant():
    """Serial numbers keep their zeros, ports are no times, the country is no "false", and a day is a text."""
    raw = b"- {id: a, serial: 00123, ports: 22:22, land: no, hex: 0x1f, day: 2026-03-02, n: 3, f: 1.5, t: true, e: ~}\n"
    assert seen(raw, form="yaml").rows == [(1, ("a", "00123", "22:22", "no", "0x1f", "2026-03-02", 3, 1.5, True, None))]


def test_anchors_and_merges_that_people_use_are_read():
    """An alias is fine as long as it unfolds to what fits; what is merged in may be said again."""
    raw = b"- &base {id: a, os: Debian}\n- {<<: *base, id: b}\n"
    assert seen(raw, form="yaml").rows == [(1, ("a", "Debian")), (2, ("b", "Debian"))]


@pytest.mark.parametrize(
    ("raw", "form", "code"),
    [
        (BOMB.encode(), "yaml", "table.yaml_large"),
        (b"a: &a [*a]", "yaml", "table.yaml_loop"),
        (b"[" * 10_000, "yaml", "table.nested"),
        (b"- a\n---\n- b\n", "yaml", "table.yaml_documents"),
        (b"- !!python/object/apply:os.system [echo]\n", "yaml", "table.not_yaml"),
        (b"a: [1, 2", "yaml", "table.not_yaml"),
        (b"- &a\n- *b\n", "yaml", "table.not_yaml"),
        (b"? [1, 2]\n: x\n", "yaml", "table.not_yaml"),
        (b"just text", "yaml", "table.not_records"),
        (b"[" * 100_000, "json", "table.nested"),
        (b'[{"id": 1', "json", "table.not_json"),
        (b"[" + b"9" * 5_000 + b"]", "json", "table.not_json"),
        (b'{"a": 1}', "json", "table.not_records"),
        (b"  ", "json", "table.empty"),
        (json.dumps([{str(n): 1 for n in range(600)}]).encode(), "json", "table.too_many_columns"),
    ],
)
def test_what_is_no_list_of_records_is_refused(raw, form, code):
    """Bombs, loops, depths and other languages: one reason each, and no row."""
    found = seen(raw, form=form)
    assert found.codes == [code]
    assert found.rows == []


def test_faults_of_records_are_told_by_pointer():
    """Each fault names the record and its key."""
    raw = b'[{"id": 1, "id": 2}, 5, {"a": NaN}, {"": 1}, {"id": "fine"}]'
    found = seen(raw)
    assert found.messages == [
        "/0/id: id: the key stands twice in the record; it may stand once",
        '/1: it is 5; a record, such as {"id": "web1"}, would be right',
        "/2/a: a: it shows the error NaN; right would be a value",
        '/3: a record has the key ""; text without line ends would be right',
    ]
    assert found.bad == [1, 2, 3, 4]
