"""Tables and documents as people really hand them over, read as a source: told, bounded, never guessed."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest

from discovery.connectors.files import CONNECTOR
from discovery.ports import Target, TargetError, Unreadable
from discovery.testing import TrialLine

TABLE = {
    "id": "资产编号",
    "class": "server",
    "name": "主机名",
    "attributes": {"操作系统": "os", "购买日期": "install_date:date", "内核": "cpu_cores:integer"},
}
HEAD = ["资产编号", "主机名", "操作系统", "购买日期", "内核"]
ROW = ["A-1", "网页服务器", "欧拉 22.03", "2024-05-17", "8"]


def shaped(root, name, **more):
    """Read one file as a source and return what it comes to, with the line."""
    settings = CONNECTOR.settings().load({"root": str(root), "paths": [name], **more})
    line = TrialLine()
    (target,) = CONNECTOR.targets(settings, line)
    return CONNECTOR.shape(target, settings, list(CONNECTOR.fetch(target, settings, line)))


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8", "utf-8-sig", "utf-16", "utf-16-be-bom"])
def test_a_chinese_table_is_read_in_the_encoding_it_came_in(tmp_path, encoding):
    """GBK, and UTF-16 with its mark, give the same server as UTF-8."""
    text = f"{','.join(HEAD)}\n{','.join(ROW)}\n"
    raw = b"\xfe\xff" + text.encode("utf-16-be") if encoding.endswith("-bom") else text.encode(encoding)
    (tmp_path / "a.csv").write_bytes(raw)
    found = shaped(tmp_path, "a.csv", table=TABLE)
    (server,) = found.observations
    assert (server.name, server.attributes["os"], server.attributes["cpu_cores"]) == ("网页服务器", "欧拉 22.03", 8)
    assert found.complete == {"a.csv"}


def test_a_missing_column_is_named(tmp_path):
    """The file is refused as a whole, rather than to take every value of that column for gone."""
    (tmp_path / "a.csv").write_text("资产编号,主机名\nA-1,web\n", encoding="gbk")
    with pytest.raises(Unreadable, match="it has no column"):
        shaped(tmp_path, "a.csv", table=TABLE)


def test_a_workbook_of_people_is_read_cell_by_cell(tmp_path):
    """Dates that are numbers are dates, a formula counts with its value, a merged cell for all that it covers."""
    openpyxl = pytest.importorskip("openpyxl")
    xlsxwriter = pytest.importorskip("xlsxwriter")
    del openpyxl
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, HEAD)
        sheet.write_row(1, 0, ["A-1", "web"])
        sheet.write_row(2, 0, ["A-2", "db"])
        sheet.merge_range(1, 2, 2, 2, "Debian")
        sheet.write_number(1, 3, 45_429, day)
        sheet.write_number(2, 3, 45_430, day)
        sheet.write_formula(1, 4, "=4*2", None, 8)
        sheet.write_number(2, 4, 16)
    found = shaped(tmp_path, "a.xlsx", table=TABLE)
    seen = {each.native_id: each.attributes for each in found.observations}
    assert {name: each["os"] for name, each in seen.items()} == {"A-1": "Debian", "A-2": "Debian"}
    assert [each["cpu_cores"] for each in seen.values()] == [8, 16]
    assert str(seen["A-1"]["install_date"]) == date(2024, 5, 17).isoformat()
    assert found.complete == {"a.xlsx"}


def test_a_workbook_of_a_gigabyte_in_a_megabyte_is_refused(tmp_path):
    """Its sheet unpacks to 1 GiB; nothing is unpacked, and it is told which."""
    pytest.importorskip("openpyxl")
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(1_024):
                sheet.write(b" " * 2**20)
    assert (tmp_path / "a.xlsx").stat().st_size < 8 * 2**20
    with pytest.raises(TargetError) as refused:
        shaped(tmp_path, "a.xlsx", table=TABLE)
    assert "a.xlsx" in str(refused.value)


LAUGHS = io.StringIO()
LAUGHS.write("a0: &a0 [ha, ha]\n")
for _n in range(1, 40):
    LAUGHS.write(f"a{_n}: &a{_n} [" + ", ".join([f"*a{_n - 1}"] * 9) + "]\n")


@pytest.mark.parametrize(
    ("name", "form"), [("compose.yaml", "compose"), ("a.yaml", "table"), ("a.yaml", "auto"), ("compose.yml", "auto")]
)
def test_aliases_that_multiply_are_refused(tmp_path, name, form):
    """Forty lines of YAML that mean more than there is memory are refused in every format, at once."""
    (tmp_path / name).write_text(f"services: {{}}\n{LAUGHS.getvalue()}")
    with pytest.raises(Unreadable):
        shaped(tmp_path, name, format=form, table=TABLE)


def test_unknown_keys_of_a_compose_file_are_told_and_cost_nothing(tmp_path):
    """What is known is read; each key nobody knows is a note with its place."""
    (tmp_path / "compose.yaml").write_text(
        "services:\n  web: {image: nginx, teleport: yes, depends_on: [db]}\n  db: {image: postgres}\ncolour: red\n"
    )
    found = shaped(tmp_path, "compose.yaml")
    assert {"web", "db"} <= {each.name for each in found.observations}
    unknown = [note.facts["key"] for note in found.notes if note.code == "files.compose.unknown_key"]
    assert sorted(unknown) == ["colour", "teleport"]
    assert found.complete == {"compose.yaml"}


def test_names_for_shells_directories_and_spreadsheets_are_names(tmp_path):
    """Nothing runs them, no query is made of them; they pass as they are."""
    names = [
        "$(touch pwned)",
        "`id`;reboot",
        "*)(uid=*))(|(cn=*",
        "' OR 1=1 --",
        "web1}) DETACH DELETE n //",
        "../../etc",
    ]
    rows = "".join(f'"{name}","{name}",os,2024-05-17,1\n' for name in names)
    (tmp_path / "a.csv").write_text(f"{','.join(HEAD)}\n{rows}")
    found = shaped(tmp_path, "a.csv", table=TABLE)
    assert sorted(each.name for each in found.observations) == sorted(names)
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_target_that_was_not_listed_is_not_read(tmp_path):
    """A name with steps upwards leads nowhere, whoever hands it to fetch."""
    (tmp_path / "root").mkdir()
    (tmp_path / "secret.csv").write_text("x\n")
    settings = CONNECTOR.settings().load({"root": str(tmp_path / "root"), "paths": ["*.csv"], "table": TABLE})
    with pytest.raises(TargetError):
        list(CONNECTOR.fetch(Target("../secret.csv"), settings, TrialLine()))
