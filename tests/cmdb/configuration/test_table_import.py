"""The desk for tables: what columns mean, what rows come to, what is told of bad ones, and what is kept."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from cmdb.configuration.table_import import import_table
from cmdb.errors import InvalidInput, NotAllowed
from cmdb.exchange.tables import Findings, read
from cmdb.model.ci import CIS
from cmdb.model.relation import RELATIONS
from cmdb.model.table_mapping import TABLE_MAPPINGS
from tests.builders import a_server, a_service, as_actor, the_context

SERVERS = (
    "Asset tag;Hostname;IP address;CPU cores;Purchased on;Depends on\n"
    "A-1;web1;10.0.0.1 10.0.1.1;8;2024-03-02;db9\n"
    "A-2;web2;10.0.0.2;16;2024/3/5;db9, web1\n"
)
CHINESE = (
    "资产编号,主机名,IP地址,CPU核数,采购日期,所属部门,依赖于\n"
    "A-1,web1,10.0.0.1、10.0.1.1,8,2024年3月2日,运维团队,db9\n"
    "A-2,web2,10.0.0.2,16,2024/3/5,运维团队,db9；web1\n"
)


@pytest.fixture
def context():
    """An engineer on a store that holds one server."""
    return the_context(a_server("db9"))


def brought(context, content: str | bytes, **how: Any):
    """Import a table of servers."""
    raw = content.encode() if isinstance(content, str) else content
    how = {"source": "assets", "ci_class": "server", **how}
    return import_table(context, io.BytesIO(raw), **how)


def faults(context, content, **how) -> list[str]:
    """Return where an import fails and why, having written nothing."""
    before = context.store.revision()
    with pytest.raises(InvalidInput) as refused:
        brought(context, content, **how)
    assert context.store.revision() == before
    return [f"{fault.place}: {fault.message}" for fault in refused.value.problems]


def relations_of(context) -> set[tuple[str, str, str]]:
    """Return (source, type, target) of every relation."""
    return {(one.source, one.type, one.target) for one in context.records.find(RELATIONS)}


@pytest.mark.parametrize("content", [SERVERS.encode(), CHINESE.encode(), CHINESE.encode("gbk")])
def test_a_table_of_servers_needs_no_more_than_their_class(context, content):
    """The headers say which attribute a column holds, in English and Chinese; a list of ids makes relations."""
    report = brought(context, content)
    assert (report.report.total.new, report.report.revision, report.bad_count) == (5, 2, 0)
    web1 = context.records.get(CIS, "web1")
    assert web1.ci_class == "server"
    assert web1.sources == ("assets",)
    known = {name: web1.attributes[name] for name in ("asset_tag", "ip_addresses", "cpu_cores", "purchased_on")}
    assert known == {
        "asset_tag": "A-1",
        "ip_addresses": ["10.0.0.1", "10.0.1.1"],
        "cpu_cores": 8,
        "purchased_on": "2024-03-02",
    }
    assert relations_of(context) == {
        ("web1", "depends_on", "db9"),
        ("web2", "depends_on", "db9"),
        ("web2", "depends_on", "web1"),
    }


def test_a_dry_run_shows_the_mapping_and_the_difference_and_writes_nothing(context):
    """What would be new and changed, with the row it comes from, as of any import."""
    brought(context, SERVERS)
    changed = SERVERS.replace("10.0.0.2;16", "10.0.0.2;32") + "A-3;web3;;;;\n"
    report = brought(context, changed, dry_run=True)
    assert [(one.what, one.kind, one.key, one.place) for one in report.report.differences] == [
        ("changed", "item", "web2", 3),
        ("new", "item", "web3", 4),
    ]
    assert report.report.differences[0].fields == (("attributes.cpu_cores", 16, 32),)
    assert context.store.revision() == 2
    assert report.mapping.attributes == {
        "Asset tag": "asset_tag",
        "IP address": "ip_addresses",
        "CPU cores": "cpu_cores",
        "Purchased on": "purchased_on",
    }


def test_the_same_table_twice_changes_nothing(context):
    """Neither the estate nor the kept mapping gets a new revision."""
    brought(context, SERVERS)
    again = brought(context, SERVERS)
    assert (again.report.revision, again.report.total.unchanged) == (None, 5)
    assert context.store.revision() == 2


def test_the_mapping_is_kept_for_the_next_table_of_its_source(context):
    """What was stated once counts next time without a word; another source begins anew."""
    stated = {"id": "Box", "class": "server", "attributes": {"Cores": "cpu_cores"}, "separators": "+"}
    stated["relations"] = [{"column": "Feeds", "type": "depends_on", "reverse": True}]
    first = brought(context, "Box,Cores,Feeds\nweb1,8,db9\n", mapping=stated, ci_class=None)
    assert first.mapping_is == "given"
    assert relations_of(context) == {("db9", "depends_on", "web1")}
    assert context.records.get(TABLE_MAPPINGS, "assets").attributes == {"Cores": "cpu_cores"}

    second = brought(context, "Feeds,Box,Cores,More\ndb9+web1,web2,16,x\n", ci_class=None)
    assert second.mapping_is == "kept"
    assert second.unmapped == (("More", "unknown"),)
    assert context.records.get(CIS, "web2").attributes == {"cpu_cores": 16}
    assert faults(context, "Box,Cores\nweb3,8\n", source="other", anew=True)[0].startswith("/mapping/id: no column")


def test_a_column_that_the_mapping_names_and_the_table_lacks_refuses_the_table(context):
    """Going on would take the attribute from every CI."""
    brought(context, SERVERS)
    without = "\n".join(";".join(line.split(";")[:3] + line.split(";")[4:]) for line in SERVERS.splitlines())
    assert faults(context, without) == [
        '/mapping: the table has no column "CPU cores"; there are Asset tag, Depends on, Hostname, IP address,'
        " Purchased on"
    ]
    assert brought(context, without, anew=True).mapping_is == "suggested"


BAD = (
    "Hostname;IP address;CPU cores;Purchased on;Depends on;Password\n"
    "web1;10.0.0.1;8;2024-03-02;db9;planted-secret\n"
    "web2;10.0.0.999;many;03/04/2024;nowhere;planted-secret\n"
    "web3;10.0.0.3;8;;web2;planted-secret\n"
    "web4;10.0.0.4;8;;web3;planted-secret\n"
    ";10.0.0.5;8;;;planted-secret\n"
    "web1;10.0.0.6;8;;;planted-secret\n"
    "web7;10.0.0.7\n"
)


def test_every_fault_is_told_at_once_by_row_and_column(context):
    """What the file, the cells, the catalogue and the other records make wrong, in the order of the rows."""
    assert faults(context, BAD) == [
        'line 3: CPU cores: "many" is no whole number; write digits alone, such as 16',
        'line 3: Purchased on: "03/04/2024" may be two days; write it as 2026-03-02',
        'line 3: IP address: ip_addresses is "10.0.0.999"; right would be an IPv4 or IPv6 address such as "192.0.2.17"',
        "line 3: Depends on: target is nowhere, which is neither in the file nor in the store; add it or correct the"
        " id",
        "line 6: Hostname: it is empty; a row needs its id",
        "line 7: Hostname: web1 stands in row 2 already; an id stands once",
        "line 8: the row has 2 fields; the header has 6",
    ]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_good_rows_are_applied_and_bad_ones_handed_back_with_the_reason(context, form):
    """A row that names one that is left out is left out too; the file that comes back is the rows with their reason."""
    if form == "xlsx":
        pytest.importorskip("xlsxwriter", reason="XlsxWriter is not installed (foreshock[excel])")
    report = brought(context, BAD, apply_good=True, bad_rows=form)
    assert [one.row for one in report.bad] == [3, 4, 5, 6, 7, 8]
    assert report.report.items.new == 1
    assert {one.id for one in context.records.find(CIS)} == {"db9", "web1"}

    findings = Findings()
    table = read(io.BytesIO(report.bad_file), findings)
    rows = list(table.rows)
    assert findings.count == 0
    assert table.columns == ("Hostname", "IP address", "CPU cores", "Purchased on", "Depends on", "Password", "reason")
    assert [row.cells[0] for row in rows] == ["web2", "web3", "web4", None, "web1", "web7"]
    assert rows[1].cells[-1] == "Depends on: it names web2, whose own row 3 is left out"
    assert rows[2].cells[-1] == "Depends on: it names web3, whose own row 4 is left out"


def test_the_file_that_came_back_goes_in_again_once_it_is_mended(context):
    """The column with the reason is nobody's, and what was mended joins what was applied."""
    report = brought(context, BAD, apply_good=True, bad_rows="csv")
    mended = report.bad_file.decode("utf-8-sig").splitlines()
    lines = [mended[0], *mended[2:4]]
    lines.append("web2,10.0.0.9,4,2024-04-03,db9,,mended")
    again = brought(context, "\r\n".join(lines))
    assert again.bad_count == 0
    assert {one.id for one in context.records.find(CIS)} == {"db9", "web1", "web2", "web3", "web4"}
    assert again.unmapped == (("Password", "unknown"), ("reason", "unknown"))


def test_a_row_that_names_a_bad_one_is_good_where_the_store_has_it(context):
    """web1 was there before; that its new row is bad does not touch who depends on it."""
    brought(context, "Hostname,IP address,Depends on\nweb1,10.0.0.1,\n")
    report = brought(context, "Hostname,IP address,Depends on\nweb1,nonsense,\nweb2,10.0.0.2,web1\n", apply_good=True)
    assert [one.row for one in report.bad] == [2]
    assert ("web2", "depends_on", "web1") in relations_of(context)
    assert context.records.get(CIS, "web1").attributes["ip_addresses"] == ["10.0.0.1"]


def test_columns_nobody_mapped_are_in_no_answer(context):
    """A column of passwords comes back in the file it came from, and nowhere else."""
    report = brought(context, BAD, apply_good=True, bad_rows="csv")
    document = report.as_json()
    assert document.pop("bad_file")
    assert "planted-secret" not in json.dumps(document)
    assert "planted-secret" not in repr([*context.records.find(CIS), *context.records.find(TABLE_MAPPINGS)])


def test_nothing_is_retired_while_rows_are_bad(context):
    """Whether the CI of a bad row is missing nobody can tell."""
    brought(context, SERVERS.replace("Depends on", "Upstream"))
    assert faults(context, BAD, apply_good=True, retire_missing=True, anew=True) == [
        "/retire_missing: 4 rows are bad, so nobody can tell what is missing; mend them, or retire nothing this time"
    ]
    good = "Hostname;IP address\nweb1;10.0.0.1\n"
    assert brought(context, good, anew=True, retire_missing=True).report.retired == 1


def test_each_row_may_be_of_a_class_of_its_own(context):
    """A column names the class by its name or by its label in either language; what is no class is told."""
    content = "Class,Name,IP address,Tier\nserver,web1,10.0.0.1,\n业务服务,shop,,1\nPDU,p1,,\nspaceship,x,,\n,y,,\n"
    report = brought(context, content, ci_class=None, apply_good=True)
    classes = {one.id: one.ci_class for one in context.records.find(CIS)}
    assert classes == {"db9": "server", "web1": "server", "shop": "business_service", "p1": "pdu"}
    assert [(one.row, one.problems[0][1]) for one in report.bad] == [(5, "table.class_unknown"), (6, "table.no_class")]
    assert context.records.get(CIS, "shop").attributes == {"tier": 1}


def test_a_class_that_is_given_is_that_of_rows_that_name_none(context):
    """A column of classes counts before it; a column that only sounds like one does not."""
    brought(context, "Name,Class\nweb1,\nsw1,switch\n")
    assert {one.id: one.ci_class for one in context.records.find(CIS)} == {
        "db9": "server",
        "web1": "server",
        "sw1": "switch",
    }
    report = brought(context, "Name,Type\nweb2,blade\n", source="other")
    assert report.unmapped == (("Type", "unknown"),)
    assert context.records.get(CIS, "web2").ci_class == "server"


def test_an_attribute_of_another_class_is_told_where_it_has_a_value(context):
    """A server has no customers; the cell says so, and an empty one says nothing."""
    content = "Class,Name,Customers\nserver,web1,all\nserver,web2,\nservice,shop,all\n"
    report = brought(context, content, ci_class=None, apply_good=True)
    [bad] = report.bad
    assert (bad.row, bad.problems[0][:2]) == (2, ("Customers", "attribute.unknown"))


def test_a_unit_that_is_not_the_attributes_is_never_taken_for_it(context):
    """64 (GB) is not 64 MB; the column is left out, and that is told."""
    report = brought(context, "Name,Memory (GB),Disk (GB)\nweb1,64,100\n", dry_run=True)
    assert report.unmapped == (("Memory (GB)", "unit"),)
    assert report.mapping.attributes == {"Disk (GB)": "disk_gb"}


def test_texts_that_mean_nothing_are_no_values(context):
    """N/A, a dash and 无 are empty cells; in the id they are not."""
    brought(context, "Name,IP address,OS,Depends on\nweb1,N/A,无,-\n")
    assert context.records.get(CIS, "web1").attributes == {}
    assert relations_of(context) == set()


@pytest.mark.parametrize(
    ("how", "content", "place"),
    [
        ({"ci_class": None}, "Name\nweb1\n", "/mapping/class"),
        ({"ci_class": "serverr"}, "Name\nweb1\n", "/class"),
        ({}, "Colour,Size\nred,5\n", "/mapping/id"),
        ({"mapping": 5}, "Name\nweb1\n", "/mapping"),
        ({"mapping": {"id": "Nam", "class": "server"}}, "Name\nweb1\n", "/mapping"),
        ({"mapping": {"id": "Name", "klass": "x"}}, "Name\nweb1\n", "/mapping/klass"),
        ({"mapping": {"id": "Name", "attributes": {"Name": "sise"}}}, "Name\nweb1\n", "/mapping/attributes/Name"),
        ({"mapping": {"id": "Name", "relations": [{"column": "Name"}]}}, "Name\nweb1\n", "/mapping/relations/0"),
        (
            {"mapping": {"id": "Name", "relations": [{"column": "Name", "type": "hugs"}]}},
            "Name\nweb1\n",
            "/mapping/relations/0",
        ),
        ({"source": "form"}, "Name\nweb1\n", "/source"),
        ({"form": "doc"}, "Name\nweb1\n", "/format"),
        ({"bad_rows": "pdf"}, "Name\nweb1\n", "/bad_rows"),
        ({}, "", "the whole document"),
    ],
)
def test_what_keeps_a_table_from_being_meant_is_told_at_its_place(context, how, content, place):
    """A mapping that does not fit, an unknown class, no id: one place to mend, and nothing is written."""
    told = faults(context, content, **how)
    assert {each.split(": ")[0] for each in told} == {place}


def test_other_sources_keep_what_this_one_does_not_say():
    """A table of three columns takes nothing from a CI that people described."""
    context = the_context(a_service("shop", sources=("form",)))
    brought(context, "Name,Owner\nshop,Team Shop\n", ci_class="service")
    shop = context.records.get(CIS, "shop")
    assert shop.attributes == {"tier": 1, "owner": "Team Shop"}
    assert shop.sources == ("assets", "form")


def test_days_that_excel_keeps_as_numbers_are_days(context):
    """A cell without the format of a day still is one in a workbook; in a CSV the number is told."""
    xlsxwriter = pytest.importorskip("xlsxwriter", reason="XlsxWriter is not installed (foreshock[excel])")
    pytest.importorskip("openpyxl", reason="openpyxl is not installed (foreshock[excel])")
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ("Name", "Purchased on"))
        sheet.write_row(1, 0, ("web1", 45353))
    brought(context, out.getvalue())
    assert context.records.get(CIS, "web1").attributes == {"purchased_on": "2024-03-02"}
    assert "2024-03-02" in faults(context, "Name,Purchased on\nweb2,45353\n", source="csv")[0]


def test_a_list_of_records_is_a_table_too(context):
    """Keys are columns; a fault is told by pointer."""
    records = [{"name": "web1", "ip addresses": ["10.0.0.1"], "cpu": 8}, {"name": "web2", "cpu": "many"}]
    assert faults(context, json.dumps(records))[0].startswith("/1/cpu: cpu: ")
    assert brought(context, json.dumps(records), apply_good=True).report.items.new == 1


def test_a_file_that_breaks_off_tells_what_was_wrong_before_too(context):
    """A quote that never ends refuses the file; the faults of rows before it are told with it."""
    told = faults(context, 'Name,IP address\nweb1,=1+1\nweb2,"open\nweb3,\n')
    assert [each.split(": ")[0] for each in told] == ["line 3", "line 2"]


def test_who_may_not_import_may_not_import_tables(context):
    """The right is that of every import."""
    with pytest.raises(NotAllowed):
        brought(as_actor(context, "viewer"), SERVERS)


def test_commands_in_names_are_names(context):
    """Whatever stands in a cell is text: shells, queries and formulas are ids and names like any other."""
    names = ["$(reboot)", "x; rm -rf /", "*)(uid=*", "' OR 1=1 --", "@SUM(A1)"]
    content = json.dumps([{"name": name, "description": name} for name in names])
    brought(context, content)
    assert {one.id for one in context.records.find(CIS)} == {"db9", *names}
