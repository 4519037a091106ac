"""The documentation says what the code does: nothing undocumented, nothing documented that is not there."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def _generator():
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATE = _generator()
PROSE = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "bench").glob("*.md"))
    if path.parent.name != "reference"
)


@pytest.mark.parametrize("name", GENERATE.PAGES)
def test_a_generated_page_agrees_with_the_code(name):
    """`make docs` would change nothing."""
    assert (GENERATE.REFERENCE / name).read_text(encoding="utf-8") == GENERATE.PAGES[name](), "run `make docs`"


def test_every_problem_an_input_can_have_is_described():
    """The codes of both tables, and one that stands where it is made; what a door may answer, a reader may look up."""
    from cmdb.configuration.faults import SENTENCES as CATALOGUE
    from cmdb.exchange.estate import SENTENCES as ESTATE
    from cmdb.exchange.open_psa import SENTENCES as OPEN_PSA

    page = (GENERATE.REFERENCE / "errors.md").read_text(encoding="utf-8")
    described = set(re.findall(r"^\| `([a-z0-9_.]+)` \|", page, re.MULTILINE))
    assert {*CATALOGUE, *ESTATE, *OPEN_PSA, "change.window_past", "estate.self_relation", "time.skipped"} <= described


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ('Problem("a.b", "it is wrong")', ["a.b"]),
        ('said = "it is wrong"\n    Problem("a.b", said)', ["a.b"]),
        ('code, said = "a.b", "it is wrong"\n    Problem(code, said)', ["a.b"]),
        ('Problem(f"a.{word}", "it is wrong")', None),
        ("Problem(found(), said)", None),
    ],
)
def test_a_problem_whose_code_can_not_be_read_is_not_passed_over(tmp_path, body, codes):
    """The list is whole or not made at all."""
    from docs.problems import problems

    (tmp_path / "cmdb").mkdir()
    (tmp_path / "cmdb" / "desk.py").write_text(f"def f(word):\n    {body}\n", encoding="utf-8")
    if codes is None:
        with pytest.raises(ValueError, match=r"desk\.py:2"):
            problems(tmp_path)
    else:
        assert problems(tmp_path) == {"a.b": ["it is wrong"]}


def test_no_reference_page_is_left_over():
    """A page nobody generates any more is gone."""
    assert {path.name for path in GENERATE.REFERENCE.glob("*.md")} == set(GENERATE.PAGES)


def test_every_setting_the_code_reads_is_described():
    """No environment variable of ours is read that the table of settings lacks, and none is described in vain."""
    from web.settings import SETTINGS

    sources = [p for folder in ("cmdb", "impact", "web") for p in (ROOT / folder).rglob("*.py")]
    used = {name for p in sources for name in re.findall(r"FORESHOCK_[A-Z_]+", p.read_text(encoding="utf-8"))}
    assert {name for name in used if not name.startswith("FORESHOCK_TEST_")} == {
        s.name for s in SETTINGS if s.name.startswith("FORESHOCK_")
    }


@pytest.mark.parametrize("page", PROSE, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    """Every relative link of a page names a file that is there."""
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    missing = [t for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert not missing


@pytest.mark.parametrize("page", PROSE, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_command_and_target_a_page_names_is_there(page):
    """A `foreshock ...` or `make ...` in the prose can be typed as it stands."""
    from web.cli.root import root as cli

    text = page.read_text(encoding="utf-8")
    made = set(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    targets = set(re.findall(r"`make ([a-z0-9]+)`|^\$? ?make ([a-z0-9]+)$", text, re.MULTILINE))
    assert {a or b for a, b in targets} <= made
    for line in re.findall(r"(?:^\$ |`)(?:\.venv/bin/)?foreshock ([^`\n]*)", text, re.MULTILINE):
        assert _command(cli, line.split()), f"foreshock {line}"


def _command(group, words):
    """Tell whether the words lead from the group to a command, alternatives written ``a|b`` each."""
    import click

    for word in words:
        if not isinstance(group, click.Group):
            return True
        if word.startswith(("-", "...")):
            return True
        found = [group.get_command(click.Context(group), name) for name in word.split("|")]
        if not all(found):
            return False
        group = found[0]
    return True


def test_no_file_names_a_place_of_one_machine():
    """The project speaks of itself alone: no tracked file holds an absolute path into somebody's home or workspace."""
    private = r"(^|[^A-Za-z0-9_.<-])/(root|home|Users|work)/"
    hits = subprocess.run(["git", "grep", "-nIE", private], cwd=ROOT, capture_output=True, text=True, check=False)
    if hits.returncode > 1:
        pytest.skip("no data: not a git checkout")
    assert [line for line in hits.stdout.splitlines() if not line.startswith("tests/test_docs.py")] == []
