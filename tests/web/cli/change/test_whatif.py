"""What if at the command line: the shape that scripts rely on, what people read, and bad questions."""

from __future__ import annotations

import pytest

WINDOW = ("--from", "2032-03-02T21:00Z", "--to", "2032-03-02T22:00Z")
BOTH = ("--target", "lb1,effect=restart,minutes=10", "--target", "lb2,effect=restart,minutes=10")


@pytest.fixture
def change(foreshock, estate):
    """Raise a draft that restarts both load balancers at once, of which one is needed."""
    new = ("change", "new", "--title", "T", "--reason", "R", *BOTH, *WINDOW)
    return foreshock(*new, "-o", "json").ok().json["id"]


def test_the_shape_that_scripts_rely_on(foreshock, change):
    """The plan, each service, and the measures from the cheapest on, each with its gain."""
    answer = foreshock("whatif", change, "-o", "json").ok().json
    assert (answer["change"], answer["alternative"], answer["never"], answer["unexamined"]) == (change, None, [], [])
    assert [(s["id"], s["outcome"], s["down_minutes"], s["outcome_then"]) for s in answer["services"]] == [
        ("checkout", "DOWN", 10.0, None)
    ]
    first = answer["measures"][0]
    assert (first["kind"], first["size"]) == ("roll", 2)
    assert first["roll"] == {
        "waves": [
            {"offset": 0, "minutes": 10, "targets": ["lb1"]},
            {"offset": 10, "minutes": 10, "targets": ["lb2"]},
        ],
        "minutes": 20,
        "longer": 0,
        "loses_none": True,
        "fewest": True,
    }
    (gain,) = first["gain"]["services"]
    assert (gain["id"], gain["from"], gain["to"], gain["down_minutes"]) == ("checkout", "DOWN", "REDUNDANCY_LOST", 10.0)
    assert first["gain"]["better"] == {"1": 1}
    kinds = [measure["kind"] for measure in answer["measures"]]
    assert kinds == sorted(kinds, key=["confirm", "move", "roll", "leave_out", "spare"].index)
    assert len(foreshock("whatif", change, "-o", "jsonl").ok().out.splitlines()) == len(kinds)


def test_what_people_read(foreshock, change):
    """What to do and what it gains, and the same of a change that nobody raised."""
    text = foreshock("whatif", change).ok().out
    assert text.startswith(f"{change}: Tue 2 Mar 2032, 21:00-22:00 UTC (revision 2).\n")
    assert (
        "  1. Work in 2 waves, each brought back before the next: 21:00 lb1 (10 minutes); 21:10 lb2 (10 minutes). "
        "This change alone then stops no service, and no plan has fewer waves.\n"
        "     Checkout stays up without a spare instead of being down.\n"
        "     It saves 10 minutes of planned outage.\n"
    ) in text
    assert "Leave lb1 out." in text
    # The draft itself is a change that counts, so the imagined one meets it.
    imagined = foreshock("whatif", *BOTH, *WINDOW).ok().out
    assert imagined.startswith("A change nobody raised yet: Tue 2 Mar 2032")
    assert "Work in 2 waves" in imagined


def test_the_language_is_the_one_that_is_set(foreshock, change):
    """Simplified Chinese where somebody wants it."""
    text = foreshock("whatif", change, env={"FORESHOCK_LANGUAGE": "zh"}).ok().out
    assert "分 2 批进行" in text
    assert "Checkout 将失去最后一个备用，而不是中断。" in text


def test_an_alternative_stands_beside_it(foreshock, change):
    """Two columns, and the other window in words."""
    words = ("--without", "lb2", "--from", "2032-03-03T21:00Z")
    text = foreshock("whatif", change, *words).ok().out
    assert "otherwise: 1 targets, Wed 3 Mar 2032, 21:00-22:00 UTC" in text
    (row,) = (line.split() for line in text.splitlines() if line.startswith("Checkout "))
    assert row == ["Checkout", "1", "Down", "10", "Redundancy", "lost", "0"]
    shown = foreshock("whatif", change, *words, "-o", "json").ok().json
    assert [target["ci"] for target in shown["alternative"]["targets"]] == ["lb1"]


def test_no_order_helps_where_one_alone_takes_a_service_down(foreshock, estate):
    """The proof is said, and nothing is promised."""
    text = foreshock("whatif", "--target", "checkout,minutes=5", *WINDOW).ok().out
    assert "No order of work helps against Checkout: whenever it is out, Checkout goes down." in text
    assert "Nothing that was tried makes any outcome better." in text


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ((), 2, "name a change, or the targets"),
        (("CHG-1001", "--target", "lb1"), 2, "name a change, or the targets"),
        (("CHG-9",), 4, "CHG-9"),
        (("CHG-1001", "--without", "web1"), 2, "--without 1: web1 is no target of the change"),
        (("CHG-1001", "--from", "soon"), 2, "--from: 'soon' is no time"),
        (("--target", "lb1"), 2, "--from and --to: the window is missing"),
        (("--target", "LB-1", *WINDOW), 2, "--target 1, ci: there is no CI LB-1; did you mean lb1?"),
        (("--target", "lb1,effect=explode", *WINDOW), 2, "--target 1, effect: 'explode' is none of"),
    ],
)
def test_bad_questions(foreshock, change, words, status, said):
    """What is wrong, by the option it came from."""
    refused = foreshock("whatif", *words)
    assert refused.status == status
    assert said in refused.err


def test_a_rewiring_from_the_command_line_to_what_it_leaves_behind(foreshock, estate):
    """Given in words, told in words: what is edited, from when on, and what stands otherwise for good."""
    edits = ("link=checkout depends_on lb3 group=balancers", "class=load_balancer", "name=Balancer 3")
    added = ",".join(("lb3", "effect=add", *edits))
    rewired = "checkout,effect=rewire,offset=10,needs=checkout balancers 3"
    new = (
        "change",
        "new",
        "--title",
        "T",
        "--reason",
        "R",
        "--target",
        added,
        "--target",
        rewired,
        *WINDOW,
        "--submit",
    )
    change = foreshock(*new, "-o", "json").ok().json["id"]
    made = foreshock("change", "assess", change, "-o", "json").ok().json
    (service,) = made["rewiring"]["services"]
    assert service["id"] == "checkout"
    assert {"lb1", "lb2", "lb3"} <= {*service["new_single_points"]}
    text = foreshock("change", "show", change).ok().out
    assert "lb3 is added from Tue 2 Mar 2032, 21:00 UTC on" in text
    assert "then each stop it alone" in text
    assert "no measure is tried" in foreshock("whatif", change).ok().out
