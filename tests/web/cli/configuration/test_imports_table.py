"""`import table` at the command line: preview, apply, hand back the bad rows; the same over a server."""

from __future__ import annotations

import csv
import json
import signal

import pytest

TABLE = (
    "资产编号,主机名,IP地址,CPU核数,依赖于\n"
    "A-1,web1,10.0.0.1,8,web3\n"
    "A-2,web2,10.0.0.999,many,\n"
    "A-3,web3,10.0.0.3,16,\n"
    "A-4,web4,10.0.0.4,16,web2\n"
)
GOOD = TABLE.replace("10.0.0.999,many", "10.0.0.2,4")


@pytest.fixture
def file(tmp_path):
    """A table of four servers in GBK, one of them bad and one that depends on it."""
    path = tmp_path / "资产.csv"
    path.write_bytes(TABLE.encode("gbk"))
    return path


@pytest.fixture
def good(tmp_path):
    """The same table once it is mended."""
    path = tmp_path / "good.csv"
    path.write_bytes(GOOD.encode("gbk"))
    return path


def brought(foreshock, file, *words, env=None):
    return foreshock("import", "table", str(file), "--class", "服务器", *words, "-o", "json", env=env)


def test_a_dry_run_shows_what_columns_mean_and_what_would_change(foreshock, good):
    """People see the mapping before anything is written."""
    shown = foreshock("import", "table", str(good), "--class", "server", "--dry-run").ok().out
    assert "A dry run of" in shown
    assert "item web1" in shown
    for column, means in (("主机名", "id"), ("IP地址", "attribute ip_addresses"), ("依赖于", "depends_on")):
        assert any(column in line and means in line for line in shown.splitlines()), shown
    assert foreshock("ci", "list", "-o", "json").ok().json["rows"] == []


def test_a_dry_run_of_a_table_with_faults_shows_what_columns_mean_too(foreshock, file):
    """The faults, as ever, and beside them what the columns were taken for; nothing is written."""
    shown = foreshock("import", "table", str(file), "--class", "server", "--dry-run")
    assert shown.status != 0
    assert "10.0.0.999" in shown.err
    for column, means in (("主机名", "id"), ("IP地址", "attribute ip_addresses"), ("依赖于", "depends_on")):
        assert any(column in line and means in line for line in shown.err.splitlines()), shown.err
    assert foreshock("ci", "list", "-o", "json").ok().json["rows"] == []


def test_a_good_table_is_one_revision_and_its_mapping_is_kept(foreshock, good):
    """The second time nothing has to be said, and nothing changes."""
    first = brought(foreshock, good, "--source", "assets").ok().json
    assert (first["new"], first["revision"], first["mapping_is"]) == (6, 1, "suggested")
    again = foreshock("import", "table", str(good), "--source", "assets", "-o", "json").ok().json
    assert (again["unchanged"], again["revision"], again["mapping_is"]) == (6, None, "kept")
    assert foreshock("impact", "web3", "-o", "json").ok()


def test_every_fault_is_told_with_its_row_and_column_and_nothing_is_written(foreshock, file):
    """One bad row refuses the table, with all that is wrong."""
    refused = foreshock("import", "table", str(file), "--class", "server")
    assert refused.status == 2
    assert 'line 3: CPU核数: "many" is no whole number' in refused.err
    assert "line 3: IP地址: ip_addresses is" in refused.err
    assert "nothing was written" in refused.err
    assert foreshock("ci", "list", "-o", "json").ok().json["rows"] == []


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_the_good_rows_go_in_and_the_bad_ones_come_back_with_their_reason(foreshock, file, good, tmp_path, suffix):
    """Status 6 says that it was a part; the mended file goes in like any other."""
    if suffix == "xlsx":
        pytest.importorskip("xlsxwriter", reason="XlsxWriter is not installed (foreshock[excel])")
        pytest.importorskip("openpyxl", reason="openpyxl is not installed (foreshock[excel])")
    bad = tmp_path / f"bad.{suffix}"
    run = brought(foreshock, file, "--source", "assets", "--apply-good", "--bad-rows", str(bad))
    assert run.status == 6
    assert run.json["bad_count"] == 2
    assert [one["row"] for one in run.json["bad_rows"]] == [3, 5]
    assert run.json["bad_rows"][1]["problems"][0]["column"] == "依赖于"
    assert {row["id"] for row in foreshock("ci", "list", "-o", "json").ok().json["rows"]} == {"web1", "web3"}
    if suffix == "csv":
        assert bad.read_bytes().startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(bad.read_text("utf-8-sig").splitlines()))
        assert rows[0][-1] == "reason"
        assert [row[1] for row in rows[1:]] == ["web2", "web4"]
        assert "CPU核数" in rows[1][-1]
    else:
        again = brought(foreshock, bad, "--source", "again", "--apply-good")
        assert again.json["bad_count"] == 2
    assert brought(foreshock, good, "--source", "assets").ok().json["new"] == 3


def test_people_read_which_rows_are_bad(foreshock, file, tmp_path):
    """The rows, why, and where they are."""
    bad = tmp_path / "bad.csv"
    shown = foreshock(
        "import", "table", str(file), "--class", "server", "--apply-good", "--dry-run", "--bad-rows", str(bad)
    )
    assert shown.status == 6
    assert "Bad rows  2 of 4" in shown.out
    assert '3: CPU核数: "many" is no whole number' in shown.out
    assert f"They are in {bad}" in shown.out
    assert bad.exists()


def test_a_mapping_in_a_file_counts_before_all(foreshock, tmp_path):
    """In JSON or YAML; what is wrong with it is told at --mapping."""
    table, mapping = tmp_path / "t.csv", tmp_path / "m.yaml"
    table.write_text("Box;Runs\nweb1;shop|billing\n")
    mapping.write_text("id: Box\nclass: server\nrelations:\n  - {column: Runs, type: runs_on, reverse: true}\n")
    foreshock("ci", "add", "shop", "--class", "service").ok()
    foreshock("ci", "add", "billing", "--class", "service").ok()
    answer = foreshock("import", "table", str(table), "--mapping", str(mapping), "-o", "json").ok().json
    assert (answer["mapping_is"], answer["by_kind"]["relations"]["new"]) == ("given", 2)
    assert [each["id"] for each in foreshock("impact", "web1", "-o", "json").ok().json["services"]] == [
        "billing",
        "shop",
    ]
    mapping.write_text("id: Bux\nclass: server\nkolumns: {}\n")
    refused = foreshock("import", "table", str(table), "--mapping", str(mapping))
    assert refused.status != 0
    assert "--mapping kolumns" in refused.err
    mapping.write_text("a: &a [*a]\n")
    assert "it would never end" in foreshock("import", "table", str(table), "--mapping", str(mapping)).err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--bad-rows", "bad.csv"), "--bad-rows goes with --apply-good"),
        (("--apply-good", "--bad-rows", "bad.pdf"), "tells no format"),
        (("--encoding", "klingon"), "klingon is no encoding"),
        (("--header", "99"), "there is no row 99"),
        (("--source", "form"), "--source"),
        (("--class", "spaceship"), "--class"),
    ],
)
def test_a_wrong_word_is_told_and_nothing_is_written(foreshock, good, words, said):
    """Each option names itself where it is wrong."""
    refused = foreshock("import", "table", str(good), "--class", "server", *words)
    assert refused.status != 0
    assert said in refused.err
    assert foreshock("ci", "list", "-o", "json").ok().json["rows"] == []


def test_a_table_comes_from_standard_input_too(foreshock):
    """As every import; YAML has to be named."""
    words = ("import", "table", "-", "--class", "server", "--format", "yaml", "-o", "json")
    assert foreshock(*words, input="- {name: web1, ip: 10.0.0.1}\n").ok().json["by_kind"]["items"]["new"] == 1


def test_a_server_answers_the_same(foreshock, process, file, tmp_path):
    """FORESHOCK_URL: the same figures, faults, places and bad rows."""
    foreshock("init").ok()
    with process("serve", "--port", "0", "-o", "json") as server:
        opened = ""
        while not opened.endswith("}\n"):
            opened += server.stdout.readline().decode()
        env = {"FORESHOCK_URL": json.loads(opened)["address"]}
        for words in (("--dry-run",), ("--apply-good", "--dry-run"), ("--apply-good", "--dry-run", "--bad-rows")):
            files = [tmp_path / "here.csv", tmp_path / "there.csv"]
            more = [[str(each)] if words[-1] == "--bad-rows" else [] for each in files]
            here, there = (
                brought(foreshock, file, *words, *each, env=where) for each, where in zip(more, ({}, env), strict=True)
            )
            assert (there.status, there.json) == (here.status, here.json)
            if more[0]:
                assert files[0].read_bytes() == files[1].read_bytes()
        assert brought(foreshock, file, "--apply-good", env=env).json["revision"] == 1
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)
