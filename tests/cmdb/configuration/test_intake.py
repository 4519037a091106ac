"""What an import may be relied on to do: plan, tell the difference, apply it whole, and nothing twice."""

from __future__ import annotations

import gzip
import io
import json
import threading

import pytest

from cmdb.configuration import register
from cmdb.configuration.export import export_estate
from cmdb.configuration.intake import import_estate
from cmdb.errors import InvalidInput, NotAllowed
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.ci_class import CI_CLASSES, AttributeType
from cmdb.model.relation import RELATIONS
from cmdb.ports.errors import VersionConflict
from cmdb.records import to_document
from tests.builders import a_server, as_actor, depends, needs, the_context
from tests.estate_files import (
    a_group,
    a_relation,
    an_estate,
    an_item,
    faults_of,
    given_out,
    lines_of,
    take,
)

SHOP = (
    an_item("shop", "service", attributes={"tier": 1}),
    an_item("web1", unavailability=0.001),
    an_item("web2"),
    a_relation("shop", "web1", group="web"),
    a_relation("shop", "web2", group="web"),
    a_group("shop", "web"),
)


def test_an_import_is_one_revision_and_what_it_wrote_is_what_the_records_mapping_writes():
    """Everything in one revision, and no document differs from the one that the one mapping makes of its record."""
    context = the_context()

    report = take(context, *SHOP)

    assert (report.total.new, report.items.new, report.relations.new, report.groups.new) == (6, 3, 2, 1)
    assert report.revision == context.store.revision() == 1
    for kind in (CIS, RELATIONS):
        for record in context.records.find(kind):
            key = kind.key(to_document(kind, record))
            assert to_document(kind, record) == context.store.get(kind, key).document
            assert record.sources == ("estate.json",)


def test_importing_twice_changes_nothing():
    """No revision, and the report says that everything was there already."""
    context = the_context()
    take(context, *SHOP)

    again = take(context, *SHOP)

    assert (again.total.new, again.total.changed, again.total.unchanged, again.revision) == (0, 0, 6, None)
    assert context.store.revision() == 1


def test_a_dry_run_tells_the_difference_and_writes_nothing():
    """New, changed, unchanged and missing, in all and by kind, and each difference with what it was and becomes."""
    context = the_context()
    take(context, *SHOP, an_item("old"))
    changed = an_item("web1", unavailability=0.002, attributes={"site": "west"})

    report = take(context, SHOP[0], changed, *SHOP[2:], an_item("web3"), dry_run=True)

    assert context.store.revision() == 1
    assert (report.total.new, report.total.changed, report.total.unchanged, report.total.missing) == (1, 1, 5, 1)
    assert (report.items.unchanged, report.relations.unchanged, report.groups.unchanged) == (2, 2, 1)
    told = {(each.what, each.key): each for each in report.differences}
    assert told["changed", "web1"].fields == (("attributes.site", None, "west"), ("unavailability", 0.001, 0.002))
    assert told["changed", "web1"].place == "/items/1"
    assert set(told) == {("changed", "web1"), ("missing", "old"), ("new", "web3")}
    assert json.loads(json.dumps(report.as_json()))["missing"] == 1


def test_only_as_many_differences_are_listed_as_were_asked_for_and_all_are_counted():
    """A report of a million new CIs stays small and honest."""
    report = take(the_context(), *(an_item(f"s{n}") for n in range(50)), show=3)

    assert len(report.differences) == 3
    assert report.difference_count == 50


def test_true_is_not_1_and_1_is_1_0():
    """What Python takes for equal and JSON does not is a change; what JSON takes for equal is none."""
    context = the_context()
    take(context, an_item("a", "rig", attributes={"x": 1.5, "y": [{"z": 1}]}), create_classes=True)
    take(context, an_item("a", "rig", attributes={"x": 2.0, "y": [{"z": 1}]}))

    same = take(context, an_item("a", "rig", attributes={"x": 2, "y": [{"z": 1.0}]}), dry_run=True)
    other = take(context, an_item("a", "rig", attributes={"x": 2, "y": [{"z": True}]}), dry_run=True)

    assert (same.total.changed, other.total.changed) == (0, 1)


# where records come from ---------------------------------------------------------------------------------------------
def test_what_an_earlier_import_of_the_source_brought_is_missing_only_for_that_source():
    """Another file that lacks everything misses nothing."""
    context = the_context()
    take(context, *SHOP, source="a")

    assert take(context, an_item("x"), source="b", dry_run=True).total.missing == 0
    assert take(context, an_item("x"), source="a", dry_run=True).total.missing == 6
    assert context.store.revision() == 1


def test_missing_is_told_and_retired_only_on_request():
    """A CI retires and keeps its record; its relations and groups end; all in one revision."""
    context = the_context()
    take(context, *SHOP, an_item("old"), a_relation("old", "web1"))

    told = take(context, *SHOP)
    assert (told.items.missing, told.relations.missing, told.revision) == (1, 1, None)

    done = take(context, *SHOP, retire_missing=True)
    assert (done.retired, done.ended, done.revision) == (1, 1, 2)
    assert context.records.get(CIS, "old").status is CIStatus.RETIRED
    assert len(given_out(context)["relations"]) == 2
    assert take(context, *SHOP, retire_missing=True).revision is None


def test_what_another_source_brings_as_well_only_loses_this_one():
    """A CI that two files know does not go because one of them forgets it."""
    context = the_context()
    take(context, an_item("x"), an_item("y"), source="a")
    adopted = take(context, an_item("x"), source="b")
    assert (adopted.total.adopted, adopted.total.changed, adopted.total.unchanged) == (1, 0, 1)

    report = take(context, an_item("y"), source="a", retire_missing=True)

    assert (report.total.missing, report.total.released, report.retired) == (0, 1, 0)
    assert context.records.get(CIS, "x").sources == ("b",)
    assert context.records.get(CIS, "x").status is CIStatus.ACTIVE


def test_what_people_entered_is_not_missed_by_a_file_that_once_had_it():
    """A CI of the form stays when a file that listed it too no longer does."""
    context = the_context()
    register.add_ci(context, id="x", ci_class="server")
    take(context, an_item("x"), source="a")

    take(context, an_item("y"), source="a", retire_missing=True)

    assert context.records.get(CIS, "x").status is CIStatus.ACTIVE


@pytest.mark.parametrize("source", ["form", "", " ", "a\nb", " padded", "s" * 1001])
def test_a_file_can_not_pass_for_what_people_entered(source):
    """A file whose source is "form" could make everything that people entered go missing."""
    context = the_context()
    with pytest.raises(InvalidInput) as refused:
        take(context, an_item("x"), source=source)

    assert refused.value.problems[0].pointer == "/source"
    assert context.store.revision() == 0


def test_one_source_does_not_empty_what_another_filled():
    """Attributes that this file lacks stay while another source vouches for the CI, and go when none does."""
    context = the_context()
    take(context, an_item("x", attributes={"site": "west"}, mtbf_hours=100), source="a")
    take(context, an_item("x", attributes={"roles": ["db"]}), source="b")
    assert context.records.get(CIS, "x").attributes == {"site": "west", "roles": ["db"]}
    assert context.records.get(CIS, "x").mtbf_hours == 100

    alone = the_context()
    take(alone, an_item("x", attributes={"site": "west"}, mtbf_hours=100), source="a")
    take(alone, an_item("x"), source="a")
    assert alone.records.get(CIS, "x").attributes == {}
    assert alone.records.get(CIS, "x").mtbf_hours is None


def test_a_retired_ci_comes_back_with_the_file_that_lists_it_again():
    """Its history goes on, and the difference says so."""
    context = the_context()
    take(context, an_item("x"))
    register.retire_ci(context, ["x"])

    report = take(context, an_item("x"))

    assert report.differences[0].fields == (("status", "retired", None),)
    assert context.records.held(CIS, "x").version == 3
    assert context.records.get(CIS, "x").status is CIStatus.ACTIVE


def test_a_name_left_out_is_the_id_and_takes_no_name_away():
    """A new CI is called by its id; one that has a name keeps it."""
    context = the_context()
    take(context, {"id": "x", "class": "server"})
    assert context.records.get(CIS, "x").name == "x"

    take(context, an_item("x", name="Web 1"))
    take(context, {"id": "x", "class": "server"})

    assert context.records.get(CIS, "x").name == "Web 1"


# creating classes ----------------------------------------------------------------------------------------------------
def test_unknown_classes_and_attributes_are_created_on_request_in_the_same_revision():
    """Types are inferred from all values; a second import needs nothing more."""
    context = the_context()
    records = (
        an_item("a", "satellite", attributes={"orbit": 1, "beams": ["x"], "name_of_crew": "none"}),
        an_item("b", "satellite", attributes={"orbit": 1.5, "spare": True}),
        an_item("c", "server", attributes={"moons": 3}),
    )
    assert {code for code, _ in faults_of(context, *records)} == {"class.unknown", "attribute.unknown"}

    report = take(context, *records, create_classes=True)

    assert (report.classes_created, report.revision) == (("satellite",), 1)
    assert "server.moons" in report.attributes_created
    made = context.records.get(CI_CLASSES, "satellite")
    assert made.parent == "ci"
    types = {each.name: (each.type, each.of) for each in made.attributes}
    assert types["orbit"] == (AttributeType.DECIMAL, None)
    assert types["beams"] == (AttributeType.LIST, AttributeType.TEXT)
    assert types["spare"] == (AttributeType.BOOLEAN, None)
    assert take(context, *records).revision is None
    assert take(context, an_item("d", "satellite", attributes={"mass": 1}), create_classes=True).revision == 2
    assert {each.name for each in context.records.get(CI_CLASSES, "satellite").attributes} >= {"orbit", "mass"}


def test_a_failed_import_creates_no_class():
    """Nothing is half-written: a class that only a faulty file needs is not made."""
    context = the_context()

    found = faults_of(context, an_item("a", "satellite"), a_relation("a", "nowhere"), create_classes=True)

    assert found == [("estate.missing_end", "/relations/0/target")]
    assert faults_of(context, an_item("a", "No Name"), create_classes=True)[0] == ("name.wrong", "/items/0/class")


# rights --------------------------------------------------------------------------------------------------------------
def test_a_viewer_can_export_and_not_import():
    """The desk asks itself, so no door can forget it."""
    context = the_context(a_server("web1"))
    viewer = as_actor(context, "viewer")

    with pytest.raises(NotAllowed):
        take(viewer, an_item("x"))
    assert [item["id"] for item in given_out(viewer)["items"]] == ["web1"]


# two writers, and a reader who stops ---------------------------------------------------------------------------------
def test_two_imports_at_once_both_count(monkeypatch):
    """The one that comes second plans again on what the first one wrote."""
    context = the_context()
    import cmdb.configuration.intake as desk

    real = desk.apply
    calls = []

    def apply_late(*args, **kwargs):
        if not calls:
            calls.append("the other writes first")
            take(as_actor(context, "engineer", "other"), an_item("x", attributes={"site": "west"}), source="b")
        return real(*args, **kwargs)

    monkeypatch.setattr(desk, "apply", apply_late)
    report = take(context, an_item("x"), an_item("y"), source="a")

    assert (report.items.new, report.items.adopted, report.revision) == (1, 1, 2)
    assert context.records.get(CIS, "x").attributes == {"site": "west"}
    assert context.records.get(CIS, "x").sources == ("a", "b")


def test_a_writer_who_is_always_late_is_told_and_overwrites_nothing(monkeypatch):
    """A second conflict goes to the caller (exit status 5)."""
    context = the_context(a_server("x"))
    import cmdb.configuration.intake as desk

    real = desk.apply
    names = iter("ab")

    def apply_late(*args, **kwargs):
        monkeypatch.setattr(desk, "apply", real)
        take(as_actor(context, "engineer", "other"), an_item("x", name=next(names)), source="b")
        monkeypatch.setattr(desk, "apply", apply_late)
        return real(*args, **kwargs)

    monkeypatch.setattr(desk, "apply", apply_late)
    with pytest.raises(VersionConflict):
        take(context, an_item("x", name="mine"), source="a")

    assert context.records.get(CIS, "x").name == "b"


def test_imports_from_several_threads_lose_nothing():
    """Eight imports of different files with a CI in common: all there, and every source remembered."""
    context = the_context()
    failed = []

    def run(number: int) -> None:
        own = as_actor(context, "engineer", f"e{number}")
        for _ in range(20):
            try:
                take(own, an_item("common"), an_item(f"own{number}"), source=f"f{number}")
                return
            except VersionConflict:
                continue
        failed.append(number)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert context.store.count(CIS) == 9
    assert context.records.get(CIS, "common").sources == tuple(f"f{n}" for n in range(8))


@pytest.mark.parametrize("step", ["read", "compare", "write"])
def test_who_stops_in_the_middle_leaves_nothing(step):
    """Ctrl-C while it is read, compared or written: the store is as it was, and a later import is whole."""
    context = the_context()
    content = lines_of(an_estate(*(an_item(f"s{n}") for n in range(12_000))))

    def stop(at: str, count: int) -> None:
        if at == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_estate(context, io.BytesIO(content), source="a", progress=stop)

    assert context.store.revision() == 0
    assert context.store.count(CIS) == 0
    assert take(context, an_item("x")).revision == 1


# in and out ----------------------------------------------------------------------------------------------------------
def test_the_export_is_sorted_and_the_same_bytes_each_time():
    """So that two exports can be compared by a tool that knows nothing of estates."""
    context = the_context()
    take(context, *reversed(SHOP))

    outs = []
    for _ in range(2):
        out = io.BytesIO()
        report = export_estate(context, out, lines=True, compressed=True)
        outs.append(out.getvalue())

    assert (report.items, report.relations, report.groups, report.revision) == (3, 2, 1, 1)
    assert outs[0] == outs[1]
    assert [json.loads(line).get("id") for line in gzip.decompress(outs[0]).splitlines()][1:4] == [
        "shop",
        "web1",
        "web2",
    ]


def test_the_export_shows_any_revision_and_leaves_retired_cis_out():
    """What was exported then can be exported again now."""
    context = the_context()
    take(context, *SHOP)
    before = given_out(context)
    register.retire_ci(context, ["shop"])

    assert {item["id"] for item in given_out(context)["items"]} == {"web1", "web2"}
    assert given_out(context, at=1) == before


def test_what_still_names_a_retired_ci_is_left_out_and_counted():
    """An export can always be taken in again, also of a store that was written to without the desks."""
    retired = a_server("old", status=CIStatus.RETIRED)
    context = the_context(a_server("app"), retired, a_server("a"), *needs("old", 1, "a"), *depends("app", "old"))

    out = io.BytesIO()
    report = export_estate(context, out)

    assert (report.items, report.relations, report.groups, report.retired, report.loose) == (2, 0, 0, 1, 3)
    assert import_estate(the_context(), io.BytesIO(out.getvalue()), source="a").total.new == 2


def test_the_wikimedia_estate_goes_in_and_out_unaltered(data):
    """A real estate: 3,233 items, 21,753 relations, 356 groups; nothing lost, nothing altered, nothing twice."""
    file = data / "wikimedia" / "estate.json.gz"
    context = the_context()

    with file.open("rb") as stream:
        report = import_estate(context, stream, source="wikimedia")
    with file.open("rb") as stream:
        again = import_estate(context, stream, source="wikimedia")

    assert (report.items.new, report.relations.new, report.groups.new) == (3233, 21753, 356)
    assert (again.total.unchanged, again.revision) == (25342, None)
    original, out = json.loads(gzip.decompress(file.read_bytes())), given_out(context)
    for part in ("items", "relations", "groups"):
        assert sorted(json.dumps(each, sort_keys=True) for each in original[part]) == sorted(
            json.dumps(each, sort_keys=True) for each in out[part]
        )


# large enough to meet several batches --------------------------------------------------------------------------------
def test_records_of_several_batches_are_compared_with_what_is_there():
    """Three thousand items and as many relations, one of each changed, one of each missing."""
    context = the_context()
    items = [an_item(f"s{n:04}") for n in range(3_000)]
    relations = [a_relation(f"s{n:04}", f"s{(n * 7 + 1) % 3_000:04}") for n in range(3_000)]
    take(context, *items, *relations)

    report = take(
        context, *items[:-1], {**items[5], "id": "s2999", "name": "z"}, *relations[1:-1],
        {**relations[-1], "confidence": 0.5},
    )  # fmt: skip

    assert (report.items.changed, report.items.unchanged) == (1, 2_999)
    assert (report.relations.changed, report.relations.unchanged, report.relations.missing) == (1, 2_998, 1)


def test_a_pool_that_is_in_the_store_gets_members_from_a_file():
    """A group may be in the store already; the file brings more of its members and not the group."""
    context = the_context(a_server("app"), a_server("a"), a_server("b"), *needs("app", 2, "a", "b"))

    report = take(context, an_item("c"), a_relation("app", "c", group="pool"))

    assert (report.items.new, report.relations.new) == (1, 1)


def test_a_relation_to_what_only_the_store_has_is_right():
    """An end may be in the file or in the store."""
    context = the_context(a_server("web1"), a_server("db1"), *depends("web1", "db1"))

    take(context, an_item("app"), a_relation("app", "db1"))

    assert context.store.count(RELATIONS) == 2


def test_invalid_input_names_the_source():
    """The sentence says which file it is about, and how many faults it has."""
    with pytest.raises(InvalidInput) as refused:
        take(the_context(), an_item("x", "nothing"), an_item("y", "nothing"), source="a.json")

    assert str(refused.value) == "2 problems in a.json; nothing was written"
