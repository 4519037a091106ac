"""Tables stay tables, whatever stands in them."""

from __future__ import annotations

from web.cli.tables import table


def test_one_very_long_id_does_not_push_the_other_columns_away():
    """It is shown whole, in a line that is longer than the others."""
    lines = list(table(["id", "class"], [["web1", "server"], ["x" * 900, "server"]]))
    assert lines[1] == "web1".ljust(100) + "  server"
    assert lines[2] == "x" * 900 + "  server"


def test_what_would_move_the_cursor_or_is_half_a_character_is_written_out():
    """So that a name can neither colour the screen nor stop the output."""
    lines = list(table(["id", "class"], [["a\x1b[2J\0\ud800\nb", "server"]]))
    assert lines[1] == r"a\x1b[2J\x00\xd800\x0ab  server"
    lines[1].encode()
