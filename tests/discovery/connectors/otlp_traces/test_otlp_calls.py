"""The service graph out of spans: what joins, in whatever order it arrives, and what the bounds leave."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.connectors.otlp_traces import calls as calls_module
from discovery.connectors.otlp_traces import loose
from discovery.connectors.otlp_traces.calls import Calls, merged
from discovery.connectors.otlp_traces.figures import Figures
from discovery.connectors.otlp_traces.graph import resolved
from tests.discovery.connectors.otlp_traces.traces import DATABASE, added, address, edges, queue, span

ORDER = [
    span(1, 1, 0, "front", "SERVER"),
    span(1, 2, 1, "front", "CLIENT", address("cart"), micros=5_000),
    span(1, 3, 2, "cart", "SERVER", micros=4_000),
    span(1, 4, 3, "cart", "CLIENT", DATABASE),
    span(1, 5, 3, "cart", "PRODUCER", queue("orders")),
]
MAIL = span(2, 1, 0, "mail", "CONSUMER", queue("orders", receives=True), links=[(1, 5)])
GRAPH = {
    ("front", "call", "cart"): 1,
    ("cart", "call", "database shop"): 1,
    ("cart", "publishes", "queue orders"): 1,
    ("mail", "consumes", "queue orders"): 1,
}


def test_any_order_and_any_requests_give_the_same_graph():
    """A parent may come in one request and its child in another, before or after it."""
    seen = {
        json.dumps(added([[one] for one in order], step=1).to_json()["edges"])
        for order in itertools.permutations([*ORDER, MAIL])
    }

    assert len({tuple(edges(Calls.from_json(_with(each)))) for each in seen}) == 1
    assert edges(added([[*ORDER, MAIL]])) == GRAPH


def _with(found: str):
    services = added([[*ORDER, MAIL]]).to_json()
    return services | {"edges": json.loads(found)}


def test_a_call_takes_as_long_as_its_caller_waited():
    """The client's time, which has the network in it, not the server's."""
    calls = added([ORDER])
    (figures,) = (f for e, f in calls.edges.items() if e.target[2] == "cart")

    assert 4_700 < figures.percentile(0.95) < 5_300


def test_a_call_whose_other_side_is_silent_goes_to_an_address():
    """Only when the window is over: until then its child may come."""
    client = span(1, 2, 1, "front", "CLIENT", address("pay.example.com"))

    assert edges(added([[client]])) == {("front", "call", "address pay.example.com"): 1}
    assert not edges(added([[client]], drain=False))


def test_what_comes_after_the_window_is_joined_by_the_address():
    """A late child teaches who answers there; no stranger is made of the service."""
    late = added([ORDER[:2], [], ORDER[2:]], step=60)

    assert edges(late)["front", "call", "address cart"] == 1
    assert edges(_resolved(late))["front", "call", "cart"] == 1
    assert not [end for _, _, end in edges(_resolved(late)) if end == "address cart"]


def _resolved(*several: Calls) -> Calls:
    joined = merged(Calls.from_json(json.loads(json.dumps(each.to_json()))) for each in several)
    joined.edges = resolved(joined).edges
    return joined


@pytest.mark.parametrize("split", range(1, 2**6 - 1))
def test_two_receivers_make_the_graph_that_one_would(split):
    """However the spans are spread over them."""
    spans = [*ORDER, MAIL]
    one = added([[each for at, each in enumerate(spans) if split >> at & 1]])
    other = added([[each for at, each in enumerate(spans) if not split >> at & 1]])

    assert edges(_resolved(one, other)).keys() == GRAPH.keys()
    assert _resolved(one, other).to_json() == _resolved(other, one).to_json()


def test_an_address_at_which_several_answer_is_none_of_them():
    """A gateway: whom a lost call reached can not be told, so it is neither a stranger's nor guessed."""
    calls = added(
        [
            [
                span(1, 1, 0, "front", "CLIENT", address("gateway")),
                span(1, 2, 1, "cart", "SERVER"),
                span(2, 1, 0, "front", "CLIENT", address("gateway")),
                span(2, 2, 1, "stock", "SERVER"),
                span(3, 1, 0, "front", "CLIENT", address("gateway")),
            ]
        ]
    )
    graph = resolved(calls)

    assert edges(_resolved(calls)) == {("front", "call", "cart"): 1, ("front", "call", "stock"): 1}
    assert graph.shared == (("address", "gateway", "80"),)


def test_a_consumer_that_does_not_name_its_queue_reads_the_one_that_its_message_came_from():
    """The link to the producer says which."""
    silent = span(2, 1, 0, "mail", "CONSUMER", None, links=[(1, 5)])

    assert edges(added([[*ORDER, silent]])) == GRAPH
    assert edges(added([[silent], ORDER])) == GRAPH


def test_two_names_of_one_message_are_a_queue_and_what_feeds_it():
    """An exchange and its queue, a topic and its subscription."""
    calls = added([[*ORDER, span(2, 1, 0, "mail", "CONSUMER", queue("orders.mail", receives=True), links=[(1, 5)])]])

    assert edges(calls)["queue orders.mail", "fed", "queue orders"] == 1
    assert edges(calls)["mail", "consumes", "queue orders.mail"] == 1


def test_a_message_over_a_queue_that_nobody_names_still_links_the_services():
    """What follows depends on who writes."""
    writer = span(1, 1, 0, "cart", "PRODUCER", queue(""))
    reader = span(2, 1, 0, "mail", "CONSUMER", None, links=[(1, 1)])

    assert edges(added([[writer, reader]])) == {("mail", "follows", "cart"): 1}


def test_a_consumers_own_loop_is_no_writer():
    """Many libraries make the reading of a message the parent of its processing."""
    reading = span(1, 1, 0, "mail", "CLIENT", queue("orders", receives=True))
    handling = span(1, 2, 1, "mail", "CONSUMER", queue("orders", receives=True))

    assert edges(added([[reading, handling]])) == {("mail", "consumes", "queue orders"): 2}


def test_a_service_that_calls_itself_depends_on_nobody():
    """Neither within one span's service nor over its own address."""
    own = [span(1, 1, 0, "front", "CLIENT", address("front")), span(1, 2, 1, "front", "SERVER")]

    assert not edges(_resolved(added([own])))


def test_a_request_that_is_sent_again_counts_once():
    """An exporter that heard no answer repeats it."""
    calls = added([ORDER, ORDER])

    assert edges(calls)["front", "call", "cart"] == 1
    assert calls.dropped["span_repeated"] == len(ORDER)


def test_a_retried_call_counts_each_answer():
    """Two children of one client are two requests."""
    twice = [*ORDER[:3], span(1, 9, 2, "cart", "SERVER")]

    assert edges(added([twice]))["front", "call", "cart"] == 2


def test_the_window_holds_no_more_than_it_may_and_says_so():
    """What had to leave early is counted by its address, and joined by the sample."""
    many = [span(trace, 1, 0, "front", "CLIENT", address("cart")) for trace in range(1, 11)]
    calls = added([many], most=4, drain=False)

    assert calls.dropped["window_short"] == 6
    assert edges(calls) == {("front", "call", "address cart"): 6}


def test_a_clock_that_is_set_back_ends_no_window():
    """Time stands still until it has caught up."""
    calls = added([ORDER[:2], ORDER[2:]], at=1_000, step=-500)

    assert edges(calls)["front", "call", "cart"] == 1


@pytest.mark.parametrize(
    ("limit", "reason"), [("MAX_SERVICES", "service_limit"), ("MAX_EDGES", "edge_limit"), ("MAX_NODES", "edge_limit")]
)
def test_no_bound_is_passed_in_silence(monkeypatch, limit, reason):
    """What found no room is counted by its reason."""
    monkeypatch.setattr(calls_module, limit, 2)
    many = [
        span(trace, 1, 0, name, "CLIENT", address(f"host{trace}{name}"))
        for trace in range(1, 5)
        for name in ("a", "b", "c")[: trace % 3 + 1]
    ]
    calls = added([many])

    assert calls.dropped[reason]
    assert len(calls.services) <= (2 if limit == "MAX_SERVICES" else 3)
    assert len(calls.edges) <= (2 if limit != "MAX_SERVICES" else 99)


def test_the_sample_of_loose_sides_is_of_the_same_traces_everywhere(monkeypatch):
    """However far each was thinned, a kept client still meets its server."""
    monkeypatch.setattr(loose, "MAX_LOOSE", 20)
    clients = [span(trace, 1, 0, "front", "CLIENT") for trace in range(1, 201)]
    servers = [span(trace, 2, 1, "cart", "SERVER") for trace in range(1, 201)]
    one, other = added([clients]), added([servers[::-1]])
    joined = merged([one, other])

    assert one.loose.level == other.loose.level > 0
    assert len(one.loose.clients) <= 20
    assert edges(joined)["front", "call", "cart"] == len(joined.loose.clients)


def test_a_busy_hour_hides_no_call_of_a_quiet_one(monkeypatch):
    """Samples of many hours are put together as they are, not thinned to the size of one."""
    monkeypatch.setattr(loose, "MAX_LOOSE", 20)
    busy = added([[span(trace, 1, 0, "front", "CLIENT") for trace in range(2, 202)]])
    quiet = [added([[span(1, 1, 0, "front", "CLIENT")]]), added([[span(1, 2, 1, "audit", "SERVER")]])]

    assert edges(merged([busy, *quiet])) == {("front", "call", "audit"): 1}


names = st.sampled_from(["a", "b", "c"])
peers = st.sampled_from([None, address("x"), DATABASE, queue("q"), queue("q", receives=True), queue("")])
kinds = st.sampled_from(["INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"])
some_spans = st.lists(
    st.builds(
        span,
        trace=st.integers(1, 3),
        number=st.integers(1, 6),
        parent=st.integers(0, 6),
        of=names,
        kind=kinds,
        peer=peers,
        links=st.lists(st.tuples(st.integers(1, 3), st.integers(1, 6)), max_size=2),
    ),
    max_size=12,
    unique_by=lambda each: each.key,
)


@given(some_spans, some_spans)
def test_what_is_written_down_reads_back_and_adds_up_in_either_order(first, second):
    """Whatever the spans are."""
    one, other = added([first]), added([second])

    assert Calls.from_json(json.loads(json.dumps(one.to_json()))).to_json() == one.to_json()
    assert merged([one, other]).to_json() == merged([other, one]).to_json()


@given(some_spans, st.randoms(use_true_random=False))
def test_the_order_of_spans_within_a_window_does_not_matter(spans, random):
    """Requests overtake each other."""
    turned = list(spans)
    random.shuffle(turned)

    assert edges(added([spans])) == edges(added([turned]))


@pytest.mark.parametrize(
    "broken", [None, [], {}, {"services": 1}, {**Calls().to_json(), "edges": [[["x"], "call", ["y"], []]]}]
)
def test_what_is_no_sum_is_refused(broken):
    """A damaged file is nobody's calls."""
    with pytest.raises(ValueError, match=r"."):
        Calls.from_json(broken)


@given(st.lists(st.integers(0, 10**10), min_size=1, max_size=300))
def test_a_percentile_is_right_within_a_twentieth(durations):
    """Against all of the durations, sorted."""
    figures = Figures()
    for micros in durations:
        figures.take(micros, False, 0)
    exact = max(sorted(durations)[-(-len(durations) * 95 // 100) - 1], 1)

    assert exact / 1.05 <= figures.percentile(0.95) <= exact * 1.1 + 1
