"""The line to a target: what it gave out as a credential comes back in no sentence."""

from __future__ import annotations

import pytest

from discovery.line import HIDDEN, TargetLine

SECRETS = {"env:SHORT": "pass", "env:LONG": "pass word/é", "env:PIN": "123"}


class Told:
    """Credentials by reference."""

    def read(self, reference):
        return SECRETS[reference]


@pytest.fixture
def line():
    """A line that has given out all of them, the one that begins another first."""
    line = TargetLine("web1", Told(), seconds=60)
    for reference in SECRETS:
        line.secret(reference)
    return line


@pytest.mark.parametrize(
    "said",
    ["{}", "https://it:{}@host/", "a{}b{}", "pass"],
)
@pytest.mark.parametrize("spelled", ["pass word/é", "pass%20word%2F%C3%A9", "pass+word%2F%C3%A9", "pass word/\\u00e9"])
def test_a_credential_is_hidden_however_it_is_spelled(line, said, spelled):
    """Plain, as a part of an address, in JSON; of one that begins another, the other leaves nothing behind."""
    text = line.hidden(said.format(*[spelled] * 2))
    assert text == said.replace("pass", "{}").format(*[HIDDEN] * 2)
    assert line.hidden({"reason": [spelled], spelled: 1}) == {"reason": [HIDDEN], HIDDEN: 1}


def test_what_is_as_short_as_a_number_of_a_rack_is_not_taken_out_of_all_sentences(line):
    """Nothing else would be left of them."""
    assert line.hidden("port 1234 is closed") == "port 1234 is closed"
