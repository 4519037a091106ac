"""The commands of boards and meetings say the same, whether they work on a store or ask its server."""

from __future__ import annotations

import json
import signal

import pytest

PEOPLE = "".join(
    f'[[person]]\nid = "{name}"\nroles = ["{role}"]\n'
    for name, role in (("keeper", "administrator"), ("manager", "change_manager"))
)


@pytest.fixture
def there(process, estate, foreshock, environment, tmp_path):
    """The settings that name a server on the store; the one who acts at it is the chair of a board."""
    (tmp_path / "people.toml").write_text(PEOPLE)
    environment |= {"FORESHOCK_PEOPLE": str(tmp_path / "people.toml"), "FORESHOCK_ACTOR": "chair"}
    keeper, manager = ({"FORESHOCK_ACTOR": name} for name in ("keeper", "manager"))
    for name in ("chair", "ops"):
        foreshock("person", "add", name, "--name", name, "--role", "cab_member", env=keeper).ok()
    new = ("change", "new", "--title", "T", "--reason", "R", "--target", "pdu-b4-1,minutes=20", "--submit")
    window = ("--from", "2032-03-02T22:00Z", "--to", "2032-03-02T23:00Z", "--backout", "Back")
    foreshock(*new, *window, env=manager).ok()
    foreshock("change", "assess", "CHG-1001", env=manager).ok()
    board = ("board", "add", "cab", "--name", "CAB", "--chair", "chair", "--member", "ops", "--quorum", "1")
    foreshock(*board, env=keeper).ok()
    with process("serve", "--port", "0", "-o", "json") as server:
        opened = ""
        while not opened.endswith("}\n"):
            opened += server.stdout.readline().decode()
        yield {"FORESHOCK_URL": json.loads(opened)["address"]}
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)


def test_a_meeting_is_held_at_a_server_and_reads_the_same_here(foreshock, there):
    """Planned to closed over the server; what is shown, the pack and the minutes are the same bytes in the store."""
    acts = [
        ("board", "ask", "cab", "CHG-1001", "--until", "2032-03-01T12:00Z"),
        ("meeting", "plan", "cab", "--at", "2032-03-01T10:00Z"),
        ("meeting", "plan", "cab", "--at", "2032-04-01T10:00[Europe/Berlin]", "--rule", "FREQ=MONTHLY;COUNT=9"),
        ("meeting", "move", "MTG-1002", "2032-04-02T10:00[Europe/Berlin]", "--minutes", "30"),
        ("meeting", "add", "MTG-1001", "--topic", "Holidays"),
        ("meeting", "drop", "MTG-1001", "2"),
        ("meeting", "freeze", "MTG-1001"),
        ("meeting", "read", "MTG-1001"),
        ("meeting", "open", "MTG-1001"),
        ("meeting", "attend", "MTG-1001"),
        ("meeting", "call", "MTG-1001", "1"),
        ("board", "vote", "BAL-1002", "defer", "--reason", "Wait for the spare"),
    ]
    for words in acts:
        foreshock(*words, env=there).ok()
    reads = [
        ("board", "list"),
        ("board", "show", "cab"),
        ("board", "inbox"),
        ("board", "ballot", "BAL-1002"),
        ("meeting", "list", "--board", "cab"),
        ("meeting", "show", "MTG-1001"),
        ("meeting", "agenda", "MTG-1001"),
        ("meeting", "pack", "MTG-1001"),
        ("meeting", "pack", "MTG-1001", "--format", "html"),
        ("meeting", "pack", "MTG-1001", "--format", "html", "--language", "zh"),
        ("meeting", "series", "--board", "cab"),
        ("meeting", "minutes", "MTG-1001"),
        ("change", "notice", "CHG-1001"),
    ]
    for words in reads:
        for shape in ("json", "table"):
            here, far = foreshock(*words, "-o", shape).ok(), foreshock(*words, "-o", shape, env=there).ok()
            assert here.out == far.out, words
    assert foreshock("board", "decide", "BAL-1002", "-o", "json", env=there).ok().json["choice"] == "defer"
    foreshock("meeting", "close", "MTG-1001", env=there).ok()
    assert "Laid out" not in foreshock("meeting", "lay-out", env=there).ok().out
    assert (
        "0 meetings were laid out"
        in foreshock("job", "run", "meetings-ahead", env={"FORESHOCK_ACTOR": "manager"}).ok().out
    )
    ended = foreshock("meeting", "end-series", "SER-1002", "--reason", "Over", "-o", "json", env=there).ok().json
    assert ended["ended"]["reason"] == "Over"
    assert "Wait for the spare" in foreshock("meeting", "minutes", "MTG-1001", env=there).ok().out
    for words, status in (
        (("board", "vote", "BAL-1001", "approve"), 5),
        (("board", "decide", "BAL-1002"), 2),
        (("board", "vote", "BAL-1002", "approve"), 2),
        (("meeting", "open", "MTG-1001"), 2),
        (("board", "vote", "BAL-1001", "approve", "--for", "nobody"), 7),
        (("meeting", "plan", "cab", "--at", "2026-03-29T02:30[Europe/Berlin]", "--minutes", "0"), 2),
        (("meeting", "plan", "cab", "--at", "2032-05-01T10:00Z", "--rule", "FREQ=HOURLY;INTERVAL=8"), 2),
        (("meeting", "move", "MTG-1001", "2032-04-02T10:00Z"), 2),
        (("meeting", "end-series", "SER-1009", "--reason", "Over"), 4),
        (("board", "show", "nope"), 4),
    ):
        here, far = foreshock(*words), foreshock(*words, env=there)
        assert (here.status, here.err) == (far.status, far.err), words
        assert here.status == status, (words, here.err)
