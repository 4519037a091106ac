"""What CIs are called in words: parts by what they run on, in any language, told apart where two would be one."""

from __future__ import annotations

import doctest

import pytest

from cmdb.model.called import Called, Namesake, Namesakes
from web import naming
from web.languages import Language
from web.naming import called_in, names_of, namesakes_json, namesakes_read, namesakes_words, with_id, words_of

HOST = Called("h", "server", "app1")


def part(name, ci_class="application_component", relation="runs_on", whole="h", ci="p"):
    return {"h": HOST, ci: Called(ci, ci_class, name, relation, whole)}


@pytest.mark.parametrize(
    ("known", "en", "zh"),
    [
        (part("java"), "java on app1", "app1 上的 java"),
        (part("java@app1"), "java on app1", "app1 上的 java"),
        (part("80/tcp", "endpoint"), "port 80 of app1", "app1 的 80 端口"),
        (part("app1:53/udp", "endpoint"), "UDP port 53 of app1", "app1 的 UDP 53 端口"),
        (part("https", "endpoint"), "https on app1", "app1 上的 https"),
        (part("app1 eth0", "interface", "part_of"), "eth0 of app1", "app1 的 eth0"),
        (part("app1 14", "interface", "part_of"), "interface 14 of app1", "app1 的 接口 14"),
        (part("data", "volume", "part_of"), "data of app1", "app1 的 data"),
        (part("agent of app1"), "agent of app1", "agent of app1"),
        ({"p": Called("p", "endpoint", "10.0.0.1:80/tcp")}, "port 80 of 10.0.0.1", "10.0.0.1 的 80 端口"),
        ({"p": Called("p", "endpoint", "[::1]:443/tcp")}, "port 443 of [::1]", "[::1] 的 443 端口"),
        ({"p": Called("p", "network_path", "sw1 to sw2", path=True)}, "the path sw1 to sw2", "网络路径 sw1 to sw2"),
        ({"p": Called("p", "network_path", "Backbone A")}, "Backbone A", "Backbone A"),
        (part("java", whole="gone"), "java", "java"),
        ({}, "p", "p"),
    ],
)
def test_what_a_ci_is_called(known, en, zh):
    """A part is said with its host, and the host is not said twice."""
    assert (words_of(known, "p"), words_of(known, "p", Language.ZH)) == (en, zh)


def test_a_part_of_a_part_is_said_with_both():
    """A database of an instance of a host."""
    known = {**part("postgresql@app1"), "d": Called("d", "database", "orders", "part_of", "p")}
    assert words_of(known, "d") == "orders of postgresql on app1"


def test_a_name_that_people_gave_is_enough_until_another_has_it():
    """Then each is said with its host before any id is."""
    known = {ci: Called(ci, "server", f"app{ci}") for ci in "12"}
    known |= {f"d{ci}": Called(f"d{ci}", "database", "Orders", "runs_on", ci, own=True) for ci in "12"}
    assert names_of(known, ["d1", "1"]) == {"d1": "Orders", "1": "app1"}
    assert names_of(known, ["d1", "d2"]) == {"d1": "Orders on app1", "d2": "Orders on app2"}


def test_a_circle_of_parts_ends():
    """Nobody can tell which is which, and the words end all the same."""
    known = {one: Called(one, "container", one, "runs_on", other) for one, other in (("a", "b"), ("b", "a"))}
    assert words_of(known, "a") == "a on b on a on b"


def test_two_of_one_name_in_an_answer_have_their_ids_beside_them():
    """What is alone of its name among those of the answer has none."""
    known = {"x": Called("x", "server", "web1"), "y": Called("y", "service", "web1"), "z": Called("z", "server", "db1")}
    assert names_of(known) == {"x": "web1 [x]", "y": "web1 [y]", "z": "db1"}
    assert names_of(known, ["x", "z", "nobody"]) == {"x": "web1", "z": "db1"}


def test_a_name_that_would_be_read_as_two_is_quoted_and_an_unknown_one_is_its_id():
    """In a list a comma would part it."""
    assert [called_in({"x": "Orders, North"}, ci) for ci in "xy"] == ["“Orders, North”", "y"]
    assert [with_id({"x": "Orders", "y": "y", "z": "O [z]"}, ci) for ci in "xyz"] == ["Orders [x]", "y", "O [z]"]


def test_who_gives_a_name_for_an_id_is_told_what_to_give():
    """One, several, and more than are listed."""
    one, two = Namesake("a:1", "virtual_machine"), Namesake("a:1/eth0", "interface", "db1")
    assert namesakes_words("web1", Namesakes((one,), 1)) == "web1 is the name of a:1; give that id"
    assert namesakes_words("web1", Namesakes((one, two), 5)) == (
        "web1 is the name of 5 CIs; give the id of one: a:1 (virtual machine), a:1/eth0 (of db1) and 3 more"
    )
    told = {"web1": Namesakes((one, two), 5)}
    assert namesakes_read(namesakes_json(told)) == told


def test_the_examples_in_the_docstrings_hold():
    """They are the documentation."""
    assert doctest.testmod(naming).failed == 0
