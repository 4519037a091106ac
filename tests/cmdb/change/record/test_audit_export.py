"""The export for an auditor: all of a change in one file, whose chain is checked with nothing of ours."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from random import Random

import pytest

from cmdb.change import changes
from cmdb.change.boards import ballots
from cmdb.change.record import attachments, comments
from cmdb.change.record.audit_export import audit_export
from cmdb.context import Context
from cmdb.errors import NotAllowed, NotFound
from cmdb.model.assessment import ASSESSMENTS
from cmdb.model.decision import DECISIONS
from cmdb.roles import Actor
from impact.questions.assess import assess
from tests.builders import a_change, as_actor, the_context
from tests.cmdb.change.boards.boarding import asked, member, say, the_board_case
from tests.decided import decide_a_hundred, the_house

GUIDE = Path(__file__).resolve().parents[4] / "docs" / "guides" / "replay.md"


@pytest.fixture(scope="module")
def context():
    """A change that a board voted on with a condition, edited, assessed anew and decided once more; with a file."""
    context = the_board_case(requester="unix")
    ballot = asked(context)
    say(context, ballot, chair="approve_with_conditions", ops="approve", security="reject")
    ballots.decide(member(context), ballot)
    engineer = as_actor(context, "engineer", "unix")
    attachments.attach(engineer, "CHG-1", b"%PDF-", name="test report.pdf", media_type="application/pdf")
    comments.add(engineer, "CHG-1", "Tried on the test system")
    changes.edit(engineer, "CHG-1", targets=["web2"])
    assess(as_actor(context, "change_manager"), "CHG-1")
    return context


@pytest.fixture
def folder(context, tmp_path):
    """The export as it lies before an auditor."""
    with zipfile.ZipFile(io.BytesIO(audit_export(as_actor(context, "auditor"), "CHG-1"))) as archive:
        archive.extractall(tmp_path)
    return tmp_path


def verified(folder):
    """Run the guide's script as a stranger would: a bare Python that finds nothing of ours."""
    (script,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert not re.search(r"import .*(cmdb|impact|web)", script)
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script, str(folder)], capture_output=True, text=True, check=False, cwd=folder
    )
    assert not run.stderr
    return run.returncode, run.stdout.strip()


def summed_anew(folder):
    """Write SHA256SUMS as a forger would."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}\n" for path in files]
    (folder / "SHA256SUMS").write_text("".join(lines))


def test_a_stranger_can_check_the_chain(folder):
    """With the script of the guide and with sha256sum; every record and every text is there."""
    assert verified(folder) == (0, "2 assessments hold")
    if shutil.which("sha256sum"):
        subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=folder, check=True)
    there = {path.parent.name for path in folder.rglob("*") if path.is_file()} - {folder.name}
    assert there == {
        *("assessments", "decisions", "ballots", "votes", "tasks", "comments", "attachments"),
        *("policies", "defaults", "models"),
    }
    assert (folder / "attachments" / "ATT-1001").read_bytes() == b"%PDF-"
    history = [json.loads(line) for line in (folder / "change-history.jsonl").read_bytes().splitlines()]
    assert [each["version"] for each in history] == list(range(1, len(history) + 1))
    assert {each["document"]["state"] for each in history} >= {"submitted", "assessed", "approved"}
    assert len(list(folder.glob("votes/*"))) == 3


def test_the_records_are_the_stored_ones(folder, context):
    """The file of an assessment and its hash are the stored document, and so is every decision."""
    for named in json.loads((folder / "contents.json").read_bytes())["assessments"]:
        made = json.loads((folder / named["file"]).read_bytes())
        assert {**made, "hash": named["hash"]} == context.store.get(ASSESSMENTS, named["id"]).document
    for path in folder.glob("decisions/*"):
        assert json.loads(path.read_bytes()) == context.store.get(DECISIONS, path.stem).document


@pytest.mark.parametrize(
    ("pattern", "before", "after", "told"),
    [
        ("assessments/0001-*", b'"verdict":"CAB"', b'"verdict":"BLOCK"', "its hash is not that of its bytes"),
        ("assessments/0002-*", b'"number":2', b'"number":3', "its hash is not that of its bytes"),
        ("assessments/0002-*", b'"previous":"', b'"previous":"0', "does not follow from the one before"),
        ("policies/*", b"[block]", b"[Block]", "is missing, or another text"),
        ("models/*", b"0", b"1", "is missing, or another text"),
        ("decisions/*", b'"assessment_hash":"', b'"assessment_hash":"0', "given on an assessment that is not here"),
        ("votes/*", b'"assessment_hash":"', b'"assessment_hash":"0', "given on an assessment that is not here"),
    ],
)
def test_a_forged_archive_is_found(folder, pattern, before, after, told):
    """Also where the forger sums all anew; and without that, whichever file it is."""
    path = sorted(folder.glob(pattern))[0]
    content = path.read_bytes()
    assert before in content
    path.write_bytes(content.replace(before, after, 1))
    assert "not what was written" in verified(folder)[1]
    summed_anew(folder)
    status, said = verified(folder)
    assert (status, told in said) == (1, True), said


def test_one_altered_byte_of_any_file_is_found(folder):
    """Every file is among the sums."""
    for path in sorted(each for each in folder.rglob("*") if each.is_file() and each.name != "SHA256SUMS"):
        summed = (folder / "SHA256SUMS").read_text()
        assert f"  {path.relative_to(folder)}\n" in summed


def test_the_same_records_give_the_same_bytes_and_nothing_is_written(context):
    """Whoever asks, and whenever."""
    revision = context.store.revision()
    one = audit_export(as_actor(context, "auditor"), "CHG-1")
    context.clock.forward(days=400)
    assert audit_export(as_actor(context, "viewer"), "CHG-1") == one
    assert context.store.revision() == revision


def test_a_text_that_is_no_longer_kept_is_told(context, tmp_path, monkeypatch):
    """Nothing is left out silently."""
    monkeypatch.setattr(context.store, "get_blob", lambda _: None)
    with zipfile.ZipFile(io.BytesIO(audit_export(context, "CHG-1"))) as archive:
        archive.extractall(tmp_path)
    missing = json.loads((tmp_path / "contents.json").read_bytes())["missing"]
    assert len(missing) >= 4
    status, said = verified(tmp_path)
    assert status == 1
    assert all(f"{name}: no longer kept" in said for name in missing)


def test_a_draft_can_be_handed_over_too(tmp_path):
    """Of a change that nobody assessed there is what there is."""
    with zipfile.ZipFile(io.BytesIO(audit_export(the_context(a_change(id="CHG-1")), "CHG-1"))) as archive:
        assert archive.namelist() == [
            "README.txt",
            "change-history.jsonl",
            "change.json",
            "contents.json",
            "SHA256SUMS",
        ]
        archive.extractall(tmp_path)
    assert verified(tmp_path) == (0, "0 assessments hold")


def test_what_is_not_there_and_who_may_not(context):
    """No change, no export; and nobody without a role gets one."""
    nobody = Context(context.store, context.coordination, context.clock, Actor("nobody", frozenset()))
    with pytest.raises(NotAllowed):
        audit_export(nobody, "CHG-1")
    with pytest.raises(NotFound):
        audit_export(context, "CHG-9")


def test_changes_of_a_whole_story_hold(tmp_path):
    """Emergencies, bulk changes, what was rejected, edited, recalled or overridden: a stranger finds nothing wrong."""
    chance = Random(3)
    house = the_house(chance)
    decided = decide_a_hundred(house, chance, count=5)
    for change in sorted({change for change, _ in decided})[:4]:
        with zipfile.ZipFile(io.BytesIO(audit_export(house, change))) as archive:
            archive.extractall(tmp_path / change)
        assert verified(tmp_path / change)[0] == 0
