"""A shop of three services sends its traces with the official SDK's exporters, and its graph comes out right."""

from __future__ import annotations

import importlib.util

import pytest

if importlib.util.find_spec("opentelemetry") is None or importlib.util.find_spec("grpc") is None:
    pytest.skip("needs foreshock[traces] and the exporters of opentelemetry-sdk", allow_module_level=True)

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter

from cmdb.configuration.attributes import problems_of
from cmdb.configuration.catalogue import built_in
from cmdb.model.observation import EvidenceKind, Identifier
from cmdb.model.relation import Strength
from discovery.connectors.otlp_traces import CONNECTOR
from discovery.connectors.otlp_traces.grpc_server import serve
from tests.discovery.connectors.otlp_traces.serving import http, kept, read, receiver_at, relations
from tests.discovery.connectors.otlp_traces.shop import SECRET, Shop

FRONT, CART, MAIL = (f"service:shop/{name}/test" for name in ("front", "cart", "mail"))
DATABASE = "database:postgresql/10.0.0.5:5432/shop"
QUEUE = "queue:kafka/test/orders"
PAYMENTS = "address:pay.example.com/0"
EXPECTED = {
    (FRONT, "depends_on", CART): None,
    (CART, "depends_on", DATABASE): None,
    (CART, "depends_on", PAYMENTS): None,
    (CART, "publishes_to", QUEUE): Strength.SOFT,
    (MAIL, "consumes_from", QUEUE): Strength.SOFT,
    (DATABASE, "runs_on", "endpoint/10.0.0.5:5432/tcp"): None,
    **{
        (one, "runs_on", f"kubernetes_name/blue/shop/Deployment/{name}"): None
        for one, name in ((FRONT, "front"), (CART, "cart"), (MAIL, "mail"))
    },
}

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:opentelemetry")


def visited(shop: Shop) -> None:
    for number in range(20):
        shop.visit(fails=number == 0)
    shop.deliver()
    shop.close()


@pytest.fixture(params=["http", "http with gzip", "grpc", "grpc with gzip", "both"])
def folder(request, tmp_path):
    """The spool of a shop that was visited twenty times, over each way there is."""
    import grpc

    zipped = "gzip" in request.param
    receiver = receiver_at(tmp_path)
    server = serve(receiver, "127.0.0.1:0")
    with http(receiver) as url:

        def exporter(name: str):
            if request.param.startswith("http") or (request.param == "both" and name == "cart"):
                return HttpExporter(url, compression=Compression.Gzip if zipped else Compression.NoCompression)
            packing = grpc.Compression.Gzip if zipped else grpc.Compression.NoCompression
            return GrpcExporter(f"127.0.0.1:{server.port}", insecure=True, compression=packing)

        visited(Shop(exporter))
    server.close()
    receiver.close()
    return tmp_path


def test_services_calls_and_asynchronous_links_are_right(folder):
    """No more and no fewer, whichever way the spans came and in whatever order."""
    made = read(folder)

    assert {key: each.strength for key, each in relations(made).items()} == EXPECTED
    assert {each.evidence for each in relations(made).values()} == {EvidenceKind.TRACE}
    assert {each.native_id: each.ci_class for each in made.observations} == {
        FRONT: "application_component",
        CART: "application_component",
        MAIL: "application_component",
        DATABASE: "database",
        QUEUE: "message_queue",
        PAYMENTS: "external_service",
    }


def test_a_service_is_known_by_namespace_name_and_environment(folder):
    """So that it is the same CI whatever host it runs on, and another one in production."""
    cart = next(each for each in read(folder).observations if each.native_id == CART)

    assert cart.identifiers == (Identifier("otel_service", "shop/cart/test"),)
    assert cart.attributes == {"environment": "test", "language": "python", "namespace": "shop", "version": "1.2"}
    assert cart.labels == {"deployment.environment": "test", "service.namespace": "shop"}


def test_errors_are_those_that_were_told(folder):
    """One of twenty payments was refused."""
    found = relations(read(folder))

    assert ", 5 % errors, " in found[CART, "depends_on", PAYMENTS].detail
    assert ", 0 % errors, " in found[CART, "depends_on", DATABASE].detail
    assert " messages/s, " in found[MAIL, "consumes_from", QUEUE].detail


def test_nothing_of_what_users_typed_is_kept(folder):
    """Queries, URLs, status messages and unknown attributes hold secrets; the spool and the observations do not."""
    assert SECRET not in kept(folder)
    assert SECRET not in repr(read(folder))


def test_observations_fit_the_catalogue(folder):
    """Classes, attributes of their types, and relations that may join their ends."""
    made = read(folder)
    classes = {each.native_id: each.ci_class for each in made.observations}

    assert set(classes.values()) <= set(CONNECTOR.classes)
    for each in made.observations:
        assert not problems_of(built_in(), each.ci_class, each.attributes)
        for relation in each.relations:
            if relation.target.native_id:
                assert built_in().allowed(relation.type, each.ci_class, classes[relation.target.native_id])


def test_receivers_in_two_processes_make_one_graph(tmp_path):
    """A parent that one receiver took in finds its child with the other: here by the address that was called."""
    one, other = receiver_at(tmp_path), receiver_at(tmp_path)
    server = serve(other, "127.0.0.1:0")
    with http(one) as url:
        visited(
            Shop(
                lambda name: (
                    HttpExporter(url) if name == "front" else GrpcExporter(f"127.0.0.1:{server.port}", insecure=True)
                )
            )
        )
    server.close()
    one.close()
    other.close()
    found = relations(read(tmp_path))

    assert {key: each.strength for key, each in found.items()} == EXPECTED
    assert " calls/s" in found[FRONT, "depends_on", CART].detail


def test_who_shows_no_token_is_not_heard(tmp_path):
    """Over either way; the exporter is told and nothing is kept."""
    receiver = receiver_at(tmp_path)
    server = serve(receiver, "127.0.0.1:0", token="made-up-for-the-test")
    shown = {"authorization": "Bearer made-up-for-the-test"}
    with http(receiver, token="made-up-for-the-test") as url:
        visited(Shop(lambda _: HttpExporter(url)))
        visited(Shop(lambda _: GrpcExporter(f"127.0.0.1:{server.port}", insecure=True)))
        receiver.flush()
        unheard = read(tmp_path).observations
        visited(
            Shop(
                lambda name: (
                    HttpExporter(url, headers=shown)
                    if name == "front"
                    else GrpcExporter(f"127.0.0.1:{server.port}", insecure=True, headers=shown)
                )
            )
        )
    server.close()
    receiver.close()

    assert not unheard
    assert {each.native_id for each in read(tmp_path).observations} >= {FRONT, CART, MAIL}
