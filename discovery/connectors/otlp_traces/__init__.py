"""OpenTelemetry traces: services, whom they call, query, feed and read, as they told it themselves."""

from discovery.connectors.otlp_traces.config import OtlpSettings
from discovery.connectors.otlp_traces.fetch import fetch, targets
from discovery.connectors.otlp_traces.notes import NOTES
from discovery.connectors.otlp_traces.opening import receive
from discovery.connectors.otlp_traces.shape import CLASSES, shape
from discovery.ports import Connector

CONNECTOR = Connector(
    name="otlp_traces",
    purpose="Services and their calls, databases and queues, out of the traces that they send (OTLP)",
    settings=OtlpSettings,
    targets=targets,
    fetch=fetch,
    shape=shape,
    classes=CLASSES,
    extra="traces",
    notes=NOTES,
    receive=receive,
    ids_of_source=True,
)
