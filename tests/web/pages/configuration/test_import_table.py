"""Importing a table on the pages: looked at first, the good rows applied, the bad ones handed back with reasons."""

from __future__ import annotations

import io

import pytest

from cmdb.model.ci import CIS
from tests.web.pages.walking import House, Person
from web.pages.configuration.table_content import kept, sent

CHINESE = """\
设备编号,名称,类别,序列号,CPU核数
web9,前端九,服务器,S-9009,8
db9,数据库九,服务器,S-9010,很多
"""
FINE = "Hostname,Class,Vendor\nweb1,server,Acme\n"


@pytest.fixture
def home():
    """An empty store and its people."""
    return House()


def brought(person: Person, content: bytes, name: str, status: int = 200, **given: str):
    """Send a file by the form, as a browser does."""
    person.opens("/import")
    form, _ = person.page.form("Look at it")
    data = {**form.fields, **given, "do": "look", "file": (io.BytesIO(content), name)}
    answer = person.client.post("/import", data=data, content_type="multipart/form-data")
    return person._met(answer, "/import", status)


def test_what_is_wrong_is_told_by_row_and_column_and_the_good_rows_are_applied(home):
    """Chinese headers are understood; what was previewed is what is applied, and what columns mean is kept."""
    engineer = home.person("engineer")
    page = brought(engineer, CHINESE.encode("gb18030"), "资产.csv", source="assets")
    assert "2 rows: 1 new" in page.words
    assert "CPU核数" in page.words
    assert "很多" in page.words
    assert "is no whole number" in page.words
    assert not list(home.context.records.find(CIS))
    page = engineer.presses("Apply 1 of 2")
    assert "资产.csv is applied" in page.words
    (made,) = home.context.records.find(CIS)
    assert (made.id, made.name, made.attributes["cpu_cores"]) == ("web9", "前端九", 8)
    again = brought(engineer, CHINESE.replace("很多", "4").encode(), "资产.csv", source="assets")
    assert "As it was kept from last time." in again.words
    engineer.presses("Apply it")
    assert {each.id for each in home.context.records.find(CIS)} == {"web9", "db9"}


def test_bad_rows_come_back_as_a_file_with_their_reasons(home):
    """As CSV or Excel, before or after the good ones are applied."""
    engineer = home.person("engineer")
    brought(engineer, CHINESE.encode(), "资产.csv")
    form, _ = engineer.page.form("Bad rows as CSV")
    answer = engineer.client.post(form.action, data={**form.fields, "as": "csv"})
    text = answer.data.decode("utf-8-sig")
    assert text.splitlines()[0].endswith(",reason")
    assert "db9" in text
    assert "web9" not in text
    excel = engineer.client.post(form.action, data={**form.fields, "as": "xlsx"})
    assert excel.data[:2] == b"PK"
    assert "attachment" in excel.headers["Content-Disposition"]


def test_a_column_means_what_a_person_chooses(home):
    """The choice counts for the next look and for what is applied; suggesting anew forgets it."""
    engineer = home.person("engineer")
    page = brought(engineer, FINE.encode(), "hosts.csv")
    assert "1 row: 1 new" in page.words
    page = engineer.presses("Look again", c2="")
    assert "As you chose." in page.words
    engineer.presses("Apply it")
    (made,) = home.context.records.find(CIS)
    assert made.attributes == {}
    brought(engineer, FINE.encode(), "hosts.csv")
    assert "As their heads suggest." in engineer.presses("Suggest anew").words


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"", "empty.csv", "empty"),
        (b"\xd0\xcf\x11\xe0 an old workbook", "old.xls", "old"),
        (b"Colour,Shape\nred,round\n", "shapes.csv", "column can be the id of a row"),
    ],
)
def test_a_table_that_can_not_be_read_or_meant_says_why(home, content, name, says):
    """On the form, which keeps what was typed; nothing is written."""
    page = brought(home.person("engineer"), content, name, status=422, source="here")
    assert says in page.words
    assert "Nothing was written" in page.words
    assert page.form("Look at it")[0].fields["source"] == "here"


def test_no_file_is_asked_for_and_whoever_may_not_import_is_told(home):
    """The form says so; a viewer does not get one."""
    engineer = home.person("engineer")
    engineer.opens("/import")
    assert "No table was sent" in engineer.presses("Look at it", status=422).words
    home.person("viewer").opens("/import", status=403)
    assert "Import a table" not in home.person("viewer").opens("/estate").links


def test_markup_in_a_table_stays_text(home):
    """In cells, heads, names of files and reasons."""
    evil = "<img src=x onerror=alert(1)>"
    content = f"Hostname,Class,{evil}\n{evil},server,{evil}\nb,{evil},c\n"
    page = brought(home.person("engineer"), content.encode(), f"{evil}.csv", source="x")
    assert "<img src=x" not in page.source


def test_a_packed_table_comes_back_and_nothing_else_does():
    """What was cut, is no such thing or unpacks to too much is refused."""
    assert sent(kept(b"a,b\n1,2\n")) == b"a,b\n1,2\n"
    assert sent(kept(b"a,b\n1,2\n")[:-8]) is None
    assert sent("no base64 at all") is None
    assert sent(kept(bytes(17 * 1024**2))) is None
