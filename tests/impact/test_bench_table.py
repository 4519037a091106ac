"""The table that all benchmarks share: what was told stands in it, and what was not run this time stays."""

from __future__ import annotations

from bench.table import BEGIN, END, ROWS, aligned, merged, read, tell, told, written

PAGE = f"# Benchmarks\n\nWords before.\n\n{BEGIN}\n{END}\n\nWords after.\n"


def rows_of(tmp_path, monkeypatch, name: str):
    target = tmp_path / name
    monkeypatch.setenv(ROWS, str(target))
    tell(
        "a job", "10 CIs", "1 ms", peer="networkx 30 ms | rustworkx", ratio="30", goal="30 x", kept=True, memory_mb=1234
    )
    tell("a longer job", "10 CIs", "2 ms", kept=False)
    return told(target, name, memory="9 MB", when="2026-01-01")


def test_rows_go_to_the_page_and_come_back(tmp_path, monkeypatch):
    """Every cell but the bar, which would end one; a row without a peak has that of the whole process."""
    rows = rows_of(tmp_path, monkeypatch, "impact")
    assert [(row.kept, row.memory) for row in rows] == [("yes", "1,234 MB"), ("NO", "9 MB in all")]
    page = written(PAGE, rows, "2 cores.")
    assert page.startswith("# Benchmarks\n\nWords before.\n\n")
    assert page.endswith(f"{END}\n\nWords after.\n")
    assert read(page) == [rows[0]._replace(peer="networkx 30 ms / rustworkx"), rows[1]]
    assert written(page, read(page), "2 cores.") == page


def test_what_was_not_run_stays_in_its_place(tmp_path, monkeypatch):
    """A run of one benchmark renews its rows alone; one that is no more goes."""
    former = [row for name in ("live", "gone", "impact") for row in rows_of(tmp_path, monkeypatch, name)]
    fresh = [row._replace(when="2026-02-02") for row in rows_of(tmp_path, monkeypatch, "impact2")[:1]]
    fresh = [row._replace(benchmark="impact") for row in fresh]
    rows = merged(former, fresh, ("impact", "live"))
    assert [(row.benchmark, row.when) for row in rows] == [
        ("impact", "2026-02-02"),
        ("live", "2026-01-01"),
        ("live", "2026-01-01"),
    ]


def test_without_a_file_nothing_is_told(monkeypatch, tmp_path):
    """A benchmark that runs alone leaves nothing behind, and the columns of the table stand under each other."""
    monkeypatch.delenv(ROWS, raising=False)
    monkeypatch.chdir(tmp_path)
    tell("a job", "", "")
    assert list(tmp_path.iterdir()) == []
    lines = aligned(rows_of(tmp_path, monkeypatch, "impact"))
    assert len({line.index(word) for line, word in zip(lines, ("size", "10 CIs", "10 CIs"), strict=True)}) == 1
