"""The connector for files, on real files in a real folder: what it finds, what it refuses, what it never reads."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from marshmallow import ValidationError

from cmdb.configuration.catalogue import built_in
from cmdb.jobs import RunStopped
from cmdb.model.observation import OBSERVATIONS, Identifier, observation_key
from cmdb.records import to_document
from discovery.connectors.files import CONNECTOR
from discovery.line import TargetLine
from discovery.ports import Part, Shaped, Target, Unreachable, Unreadable

SAMPLES = Path(__file__).parents[4] / "discovery" / "connectors" / "files" / "sample"
SERVERS: dict[str, Any] = {
    "id": "Name",
    "class": "server",
    "attributes": {"IP": "ip_addresses", "Cores": "cpu_cores"},
    "relations": [{"column": "Needs", "type": "depends_on"}],
}
HEAD = "Name,IP,Cores,Needs\n"


class NoSecrets:
    """Files need no credential; whoever asks for one is wrong."""

    def read(self, reference: str) -> str:
        raise AssertionError(reference)


class Counted(TargetLine):
    """A line that counts what is asked of it, and stops when it is told to."""

    paced = 0
    stop_after: int | None = None
    checks = 0

    def pace(self) -> None:
        self.paced += 1
        super().pace()

    def check(self) -> None:
        self.checks += 1
        if self.stop_after is not None and self.checks > self.stop_after:
            raise RunStopped(run="discover@1", reason="run.cancelled")
        super().check()


def a_line() -> Counted:
    return Counted("test", NoSecrets(), seconds=60)


def loaded(root: Path, *paths: str, **more: Any) -> Any:
    """Return the settings of a source."""
    return CONNECTOR.settings().load({"root": str(root), "paths": list(paths), **more})


def listed(root: Path, *paths: str, **more: Any) -> tuple[list[str], list[str]]:
    """Return the targets of a source, and the codes of what was noted."""
    line = a_line()
    return [target.id for target in CONNECTOR.targets(loaded(root, *paths, **more), line)], [n.code for n in line.notes]


def shaped(root: Path, path: str, **more: Any) -> Shaped:
    """Read one file and return what it comes to."""
    settings, target = loaded(root, path, **more), Target(path)
    parts = list(CONNECTOR.fetch(target, settings, a_line()))
    assert json.loads(json.dumps([part.body for part in parts])) == [part.body for part in parts]
    return CONNECTOR.shape(target, settings, parts)


def a_table(root: Path, content: str | bytes, name: str = "servers.csv") -> Shaped:
    """Write a table of servers and return what it comes to."""
    (root / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return shaped(root, name, table=SERVERS)


def by_id(found: Shaped) -> dict[str, Any]:
    return {one.native_id: one for one in found.observations}


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.iterdir()))
def test_a_recorded_file_comes_to_what_is_expected_of_it(name):
    """Each format's sample, twice, with the same bytes."""
    folder = SAMPLES / name
    read = {each: json.loads((folder / f"{each}.json").read_text()) for each in ("target", "settings", "expected")}
    parts = [
        Part(path.name.split("-", 1)[1].split(".")[0], json.loads(path.read_text()), ".partial." not in path.name)
        for path in sorted((folder / "parts").iterdir())
    ]
    settings = CONNECTOR.settings().load(read["settings"])
    for _ in range(2):
        found = CONNECTOR.shape(Target(**read["target"]), settings, parts)
        documents = sorted((to_document(OBSERVATIONS, one) for one in found.observations), key=observation_key)
        assert json.loads(json.dumps(documents)) == read["expected"]["observations"]
        assert sorted(found.complete) == read["expected"]["complete"]
        assert [{"code": n.code, "facts": dict(n.facts)} for n in found.notes] == read["expected"]["notes"]


def test_the_classes_it_may_find_are_those_of_the_catalogue():
    """None is abstract or gone, so that whoever reads the list can use it."""
    there = {each.name for each in built_in().classes.values() if not each.abstract and not each.retired}
    assert set(CONNECTOR.classes) <= there


def test_every_format_is_known_by_its_name_and_content(tmp_path):
    """A folder of mixed files needs no word about what each is."""
    bom = {"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [{"type": "library", "name": "log"}]}
    files = {
        "a.csv": HEAD + "web1,,,\n",
        "a.json": json.dumps([{"Name": "web1"}]),
        "a.yaml": "- Name: web1\n",
        "estate.json": json.dumps({"format": "estate/1", "items": [{"id": "web1", "class": "server"}]}),
        "estate.jsonl": '{"format": "estate/1"}\n{"kind": "item", "id": "web1", "class": "server"}\n',
        "compose.yaml": "# the shop\nservices:\n  web: {image: nginx}\n",
        "bom.json": json.dumps(bom),
        "bom.xml": '<bom xmlns="http://cyclonedx.org/schema/bom/1.6"><components>'
        '<component type="library"><name>log</name></component></components></bom>',
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    found = {name: sorted(by_id(shaped(tmp_path, name, table=SERVERS))) for name in files}
    assert found == {
        **{key: ["web1"] for key in ("a.csv", "a.json", "a.yaml", "estate.json", "estate.jsonl")},
        "compose.yaml": ["compose", "compose/service:web"],
        **{key: ["library:log"] for key in ("bom.json", "bom.xml")},
    }


def test_columns_are_identifiers_where_they_have_that_meaning(tmp_path):
    """Serial number with its vendor, name in the network, addresses; a virtual address is nobody's own."""
    (tmp_path / "a.csv").write_text(
        "Id,Class,Vendor,Serial,FQDN,MAC,IP,UUID,Address\n"
        "web1,server,Dell,S1,web1.example.org,52:54:00:00:00:01,10.0.0.1,4c4c4544-0058-4b10-8032-b7c04f503933,\n"
        "web2,server,,S2,,,,,\n"
        "vip1,vip,,,,,,,10.0.0.9\n"
        "shop,service,,,,,,,\n"
    )
    columns = {"Vendor": "vendor", "Serial": "serial_number", "FQDN": "fqdn", "MAC": "mac_addresses"}
    columns |= {"IP": "ip_addresses", "UUID": "uuid", "Address": "address:ip"}
    table = {"id": "Id", "class_column": "Class", "attributes": columns}
    found = by_id(shaped(tmp_path, "a.csv", table=table))
    assert found["web1"].identifiers == (
        Identifier("uuid", "4c4c4544-0058-4b10-8032-b7c04f503933"),
        Identifier("serial", "Dell|S1"),
        Identifier("mac", "52:54:00:00:00:01"),
        Identifier("fqdn", "web1.example.org"),
        Identifier("ip", "10.0.0.1"),
    )
    assert found["web2"].identifiers == ()
    assert found["vip1"].identifiers == (Identifier("vip", "10.0.0.9"),)
    assert found["shop"].identifiers == (Identifier("name", "shop"),)


def test_what_a_relation_names_may_be_an_address_of_another_source(tmp_path):
    """An id of the table first; what reads as an address or a full name may be known elsewhere by it."""
    [web1] = a_table(tmp_path, HEAD + 'web1,,,"db1;10.0.0.7;db2.example.org;web1"\n').observations
    ends = [(each.target.native_id, [i.kind for i in each.target.identifiers]) for each in web1.relations]
    assert ends == [("db1", []), ("10.0.0.7", ["ip"]), ("db2.example.org", ["fqdn"])]


def test_an_odd_cell_is_left_out_and_told_while_its_row_is_seen(tmp_path):
    """One wrong address spoils neither the row nor the scope."""
    found = a_table(tmp_path, HEAD + "web1,10.0.0.1 10.0.0.999,many,\n")
    assert by_id(found)["web1"].attributes == {"ip_addresses": ["10.0.0.1"]}
    assert [(n.code, n.facts["row"], n.facts["column"]) for n in found.notes] == [
        ("files.cell_left_out", 2, "IP"),
        ("files.cell_left_out", 2, "Cores"),
    ]
    assert found.complete == {"servers.csv"}


@pytest.mark.parametrize(
    "bad",
    ["web2,10.0.0.2\n", ",10.0.0.2,,\n", "web2,=1+1,,\n", '"' + "x" * 40_000 + '",,,\n'],
    ids=["fields", "id", "formula", "long"],
)
def test_a_row_that_can_not_be_read_makes_the_listing_incomplete(tmp_path, bad):
    """What is not in a listing that was not read to its end is not gone."""
    found = a_table(tmp_path, HEAD + "web1,,,\n" + bad + "web3,,,\n")
    assert {"web1", "web3"} <= by_id(found).keys()
    assert found.complete == frozenset()
    assert found.notes


def test_a_table_without_rows_lists_nothing_and_is_complete(tmp_path):
    """An empty inventory is an answer; a file without a header is none."""
    found = a_table(tmp_path, HEAD)
    assert (found.observations, found.complete) == ((), {"servers.csv"})
    with pytest.raises(Unreadable, match="it is empty"):
        a_table(tmp_path, "")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", "Name,IP\nweb1,\n", "it has no column Cores, Needs"),
        ("a.csv", "Zürich;Größe\n".encode("latin-1"), "is not UTF-8, and whether the file is GBK or GB18030"),
        ("a.csv", HEAD + 'web1,"open,,\n', "line 2: it is no CSV"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 64, "old Excel"),
        ("a.json", "[" * 100_000, "nested"),
        ("a.yaml", "- &a [*a]\n", "it would never end"),
        ("compose.yaml", "services: &a {b: *a}\n", "it would never end"),
        ("compose.yaml", "services: {a: {scale: 1000000000}}\n", "replicas"),
        ("bom.xml", '<!DOCTYPE a [<!ENTITY b "c">]><bom>&b;</bom>', "entities"),
        ("estate.json", '{"format": "estate/2"}', "estate/1"),
        ("bom.json", b'{"bomFormat": "CycloneDX", "x": "\xff"}', "is not UTF-8"),
    ],
)
def test_a_file_that_can_not_be_read_fails_alone_with_its_reason(tmp_path, name, content, reason):
    """Garbage, bombs, old formats: the target fails, nothing of it is believed."""
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(Unreadable) as failed:
        shaped(tmp_path, name, table=SERVERS)
    assert reason in str(failed.value)


def test_a_table_needs_to_be_told_what_its_columns_mean(tmp_path):
    """Nothing is guessed from run to run."""
    (tmp_path / "a.csv").write_text("Name\nweb1\n")
    with pytest.raises(Unreadable, match="no table that says what its columns mean"):
        shaped(tmp_path, "a.csv")


def test_what_nobody_named_is_in_no_part_and_no_observation(tmp_path):
    """A column of passwords, the environment of a container, a formula with a secret: they stay in the file."""
    secret = "planted-credential"
    (tmp_path / "a.csv").write_text(f"Name,IP,Cores,Needs,Password\nweb1,,,,{secret}\nweb2,,,,={secret}\n")
    (tmp_path / "compose.yaml").write_text(
        f"services: {{web: {{image: x, environment: {{A: {secret}}}, labels: {{token: {secret}}}}}}}\n"
    )
    for name in ("a.csv", "compose.yaml"):
        settings, line = loaded(tmp_path, name, table=SERVERS), a_line()
        parts = list(CONNECTOR.fetch(Target(name), settings, line))
        found = CONNECTOR.shape(Target(name), settings, parts)
        assert found.complete == {name}
        assert secret not in repr((parts, found, line.notes))


# the folder ----------------------------------------------------------------------------------------------------------
def test_patterns_find_files_below_the_root(tmp_path):
    """Paths and patterns, each file once, sorted; folders are no files, and what matches nothing is told."""
    for path in ("a.csv", "sites/west/a.csv", "sites/east/a.csv", "sites/east/b.txt"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x")
    assert listed(tmp_path, "a.csv", "sites/*/*.csv", "**/a.csv", "sites") == (
        ["a.csv", "sites/east/a.csv", "sites/west/a.csv"],
        ["files.no_match", "files.no_match"],
    )
    assert listed(tmp_path, "**/*", most_files=2) == (["a.csv", "sites/east/a.csv"], ["files.too_many"])


def test_no_link_leads_out_of_the_root(tmp_path):
    """Links to files and folders are passed over and told, wherever they lead."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.csv").write_text("Name\nroot\n")
    root = tmp_path / "root"
    root.mkdir()
    (root / "file.csv").symlink_to(outside / "secret.csv")
    (root / "folder").symlink_to(outside)
    (root / "loop").symlink_to(root)
    found, notes = listed(root, "*.csv", "*/*.csv", "folder/secret.csv")
    assert found == []
    assert set(notes) == {"files.link", "files.no_match"}
    for path in ("file.csv", "folder/secret.csv"):
        with pytest.raises(Unreadable):
            list(CONNECTOR.fetch(Target(path), loaded(root, path, table=SERVERS), a_line()))


def test_a_pipe_holds_nobody_up(tmp_path):
    """What is no plain file is not opened to be waited for."""
    os.mkfifo(tmp_path / "a.csv")
    assert listed(tmp_path, "*.csv")[0] == []
    with pytest.raises(Unreadable, match="no plain file"):
        list(CONNECTOR.fetch(Target("a.csv"), loaded(tmp_path, "a.csv"), a_line()))


def test_a_share_that_is_not_mounted_is_out_of_reach_and_lists_nothing(tmp_path):
    """A missing folder fails the run, which then retires nothing; a file that vanished fails alone."""
    with pytest.raises(Unreachable):
        list(CONNECTOR.targets(loaded(tmp_path / "gone", "*.csv"), a_line()))
    with pytest.raises(Unreachable):
        list(CONNECTOR.fetch(Target("gone.csv"), loaded(tmp_path, "gone.csv"), a_line()))


def test_names_that_are_no_text_are_passed_over(tmp_path):
    """File names may be any bytes; those that no record can hold are told."""
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.csv"))).write_text("x")
    (tmp_path / "line\nend.csv").write_text("x")
    (tmp_path / "$(reboot).csv").write_text("x")
    assert listed(tmp_path, "*.csv") == (["$(reboot).csv"], ["files.odd_name", "files.odd_name"])


@pytest.mark.parametrize("pattern", ["/etc/passwd", "../*.csv", "a/../../b.csv", "", " ", "a\0b", "a**/b.csv"])
def test_patterns_stay_below_the_root(pattern, tmp_path):
    """A pattern that names another place is refused when the source is set up."""
    with pytest.raises(ValidationError):
        loaded(tmp_path, pattern)


@pytest.mark.parametrize(
    "table",
    [
        {"id": "Name"},
        {"class": "server"},
        {"id": "Name", "class": "server", "attributes": {"A": "x:colour"}},
        {"id": "Name", "class": "server", "unknown": 1},
        {"id": "Name", "class": "server", "relations": [{"column": "A"}]},
    ],
)
def test_settings_that_mean_nothing_are_refused(table, tmp_path):
    """A table needs an id and a class, types are those there are, and unknown words are errors."""
    with pytest.raises(ValidationError):
        loaded(tmp_path, "a.csv", table=table)


def test_reading_is_paced_and_hears_being_stopped(tmp_path):
    """A file is asked for once, and a reading that is ended ends between two pieces of it."""
    (tmp_path / "a.csv").write_text(HEAD + "".join(f"web{n},,,\n" for n in range(5_000)))
    settings, line = loaded(tmp_path, "a.csv", table=SERVERS), a_line()
    parts = list(CONNECTOR.fetch(Target("a.csv"), settings, line))
    assert [len(part.body["rows"]) for part in parts] == [1_000] * 5
    assert line.paced == 1
    ends_wherever_it_is_stopped("a.csv", settings, line.checks)


def ends_wherever_it_is_stopped(name: str, settings: Any, checks: int) -> None:
    """Stop a reading at each of its checks."""
    for at in range(checks):
        ended = a_line()
        ended.stop_after = at
        with pytest.raises(RunStopped):
            list(CONNECTOR.fetch(Target(name), settings, ended))


def test_a_workbook_is_heard_to_be_stopped_while_it_is_unpacked(tmp_path):
    """Being ended is no damage of the workbook, wherever in it the reading is."""
    pytest.importorskip("openpyxl", reason="openpyxl is not installed (foreshock[excel])")
    xlsxwriter = pytest.importorskip("xlsxwriter", reason="XlsxWriter is not installed (foreshock[excel])")
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate((("Name", "IP", "Cores", "Needs"), ("web1", "10.0.0.1", 8, "db1"))):
            sheet.write_row(row, 0, cells)
    settings, line = loaded(tmp_path, "a.xlsx", table=SERVERS), a_line()
    [part] = CONNECTOR.fetch(Target("a.xlsx"), settings, line)
    assert part.body["rows"] == [[2, "web1", "10.0.0.1", 8, "db1"]]
    assert line.checks > 20
    ends_wherever_it_is_stopped("a.xlsx", settings, line.checks)


def test_twenty_thousand_rows_are_a_file_like_any_other(tmp_path):
    """A large inventory comes in pages, all of it, and its scope is complete."""
    content = HEAD + "".join(f"web{n},10.{n >> 16}.{(n >> 8) & 255}.{n & 255},8,\n" for n in range(20_000))
    found = a_table(tmp_path, content)
    assert len(found.observations) == 20_000
    assert found.complete == {"servers.csv"}


def test_many_notes_are_counted_and_not_all_told(tmp_path):
    """A table in which every cell is wrong does not flood the run's report."""
    found = a_table(tmp_path, HEAD + "".join(f"web{n},,many,\n" for n in range(1_000)))
    assert found.notes[-1].code == "files.more_notes"
    assert found.notes[-1].facts == {"count": 800}
