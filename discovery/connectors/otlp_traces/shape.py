"""From what receivers added up to observations: components, databases, queues and what is outside."""

from __future__ import annotations

import ipaddress
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from cmdb.model.observation import End, EvidenceKind, Identifier, Observation, ObservedRelation
from cmdb.model.relation import Strength
from cmdb.model.run import Said
from discovery.connectors.otlp_traces.calls import Calls, Edge, Known, Node, ends_of, merged
from discovery.connectors.otlp_traces.figures import Figures, whole
from discovery.connectors.otlp_traces.graph import resolved
from discovery.connectors.otlp_traces.spool import FORMAT
from discovery.ports import Part, Shaped, Target

CLASSES = ("application_component", "database", "external_service", "message_queue")
FRESH = 3_600  # seconds; what was seen within them before the reading is as of the reading
GAP = 300  # seconds in which no receiver listened that are passed over, as while one is started again
MOST_NAMED = 20

_CLASS = {"service": "application_component", "database": "database", "queue": "message_queue"}
_TYPES: Mapping[str, tuple[str, Strength | None]] = {
    "call": ("depends_on", None),
    "publishes": ("publishes_to", Strength.SOFT),
    "consumes": ("consumes_from", Strength.SOFT),
    "fed": ("depends_on", Strength.SOFT),
    "follows": ("uses", Strength.SOFT),
}


def shape(target: Target, settings: Any, parts: Sequence[Part]) -> Shaped:
    """
    Return an observation of each service, database, queue and outside party, in the scope ``TARGET/calls``.

    Silence proves something only where somebody listened: the scope is complete when receivers covered all of the
    hours that are kept, and no limit kept anything out.
    """
    at = next((part.body["at"] for part in parts if part.name == "reading"), 0)
    slices, unreadable = _slices(parts)
    since = at - settings["keep_hours"] * 3_600
    calls = merged(calls for _, until, calls in slices if until >= since)
    scope = f"{target.id}/calls"
    graph = resolved(calls)
    observations = _Making(scope, calls, graph.edges, at).observations()
    gaps = _gaps([(start, until) for start, until, _ in slices], since, at)
    cut = sorted(reason for reason in calls.dropped if reason.endswith("_limit"))
    notes = [
        *([Said("traces.unreadable", {"slices": unreadable})] if unreadable else []),
        *([Said("traces.not_listened", {"seconds": gaps, "of": at - since})] if gaps else []),
        *(Said("traces.dropped", {"reason": why, "count": calls.dropped[why]}) for why in sorted(calls.dropped)),
        *([Said("traces.shared_addresses", _shown(graph.shared))] if graph.shared else []),
        *([Said("traces.sampled", {"one_in": 2**calls.loose.level})] if calls.loose.level else []),
    ]
    whole_read = not unreadable and all(part.whole for part in parts)
    complete = frozenset((scope,)) if whole_read and not gaps and not cut else frozenset()
    return Shaped(tuple(sorted(observations, key=lambda each: each.native_id)), complete, tuple(notes))


def _slices(parts: Sequence[Part]) -> tuple[list[tuple[int, int, Calls]], int]:
    """Return from when, until when and what, in order of time and receiver, and how many could not be read."""
    found: list[tuple[int, int, str, Calls]] = []
    unreadable = 0
    for part in parts:
        if part.name == "slice" and part.whole:
            try:
                body = part.body
                if body["format"] != FORMAT:
                    raise ValueError("another format")
                entry = whole(body["from"]), whole(body["until"]), str(body["receiver"]), Calls.from_json(body["calls"])
                found.append(entry)
            except (ValueError, KeyError, TypeError):
                unreadable += 1
        elif part.name == "slice":
            unreadable += 1
    found.sort(key=lambda entry: entry[:3])
    return [(start, until, calls) for start, until, _, calls in found], unreadable


def _gaps(covered: list[tuple[int, int]], since: int, until: int) -> int:
    """Return in how many seconds between two moments nobody listened, gaps that are short left aside."""
    missing, at = 0, since
    for start, end in [*sorted(covered), (until, until)]:
        if start - at > GAP:
            missing += start - at
        at = max(at, end)
    return missing


def _shown(addresses: Sequence[Node]) -> dict[str, Any]:
    return {"count": len(addresses), "addresses": [_name(each) for each in addresses[:MOST_NAMED]]}


class _Making:
    """Makes the observations of one graph."""

    def __init__(self, scope: str, calls: Calls, edges: Mapping[Edge, Figures], at: int) -> None:
        self._scope, self._calls, self._at = scope, calls, at
        self._out: dict[Node, list[tuple[Edge, Figures]]] = defaultdict(list)
        self._in: Counter[Node] = Counter()
        self._last: dict[Node, int] = {}
        for edge in sorted(edges):
            figures = edges[edge]
            self._out[edge.source].append((edge, figures))
            self._in[edge.target] += figures.count
            for end in edge:
                if isinstance(end, tuple):
                    self._last[end] = max(self._last.get(end, 0), figures.last)

    def observations(self) -> Iterator[Observation]:
        for node in sorted(self._calls.services):
            yield self._service(node, self._calls.services[node])
        for node in ends_of(self._calls):
            if node in self._last:
                yield self._other(node)

    def _service(self, node: Node, known: Known) -> Observation:
        _, namespace, name, environment = node
        told = {"namespace": namespace, "environment": environment}
        told |= {key: known.about.get(key, "") for key in ("language", "version")}
        workload = known.about.get("workload", "")
        runs_on = ObservedRelation(
            type="runs_on",
            evidence=EvidenceKind.TRACE,
            target=End(identifiers=(Identifier("kubernetes_name", workload),)),
            detail="the resource attributes of its spans",
            seen_at=self._seen_at(known.last),
        )
        labels = {"service.namespace": namespace, "deployment.environment": environment}
        return Observation(
            source="",
            scope=self._scope,
            native_id=_native_id(node),
            ci_class="application_component",
            name=name,
            attributes={key: value for key, value in sorted(told.items()) if value},
            identifiers=(Identifier("otel_service", "/".join(map(_safe, node[1:]))),),
            relations=(*self._relations(node), *((runs_on,) if workload else ())),
            labels={key: value for key, value in sorted(labels.items()) if value},
            evidence=self._evidence(known.last),
        )

    def _other(self, node: Node) -> Observation:
        kind = node[0]
        attributes: dict[str, Any] = {"environment": node[2]} if kind == "queue" and node[2] else {}
        if kind == "named" and node[1]:
            attributes = {"environment": node[1]}
        return Observation(
            source="",
            scope=self._scope,
            native_id=_native_id(node),
            ci_class=_CLASS.get(kind, "external_service"),
            name=_name(node),
            attributes=attributes,
            relations=(*self._relations(node), *_listener(node, self._seen_at(self._last[node]))),
            evidence=self._evidence(self._last[node]) | ({"system": node[1]} if kind in ("database", "queue") else {}),
        )

    def _evidence(self, last: int) -> dict[str, Any]:
        return {"last_seen": _day(last)} if self._at - last > FRESH else {}

    def _seen_at(self, last: int) -> datetime | None:
        """Return when something was seen last, None where that is as of the reading: its evidence has not faded yet."""
        return _moment(last) if self._at - last > FRESH else None

    def _relations(self, node: Node) -> Iterator[ObservedRelation]:
        for edge, figures in self._out.get(node, ()):
            relation_type, strength = _TYPES[edge.kind]
            yield ObservedRelation(
                type=relation_type,
                evidence=EvidenceKind.TRACE,
                target=End(_native_id(edge.target)),
                strength=strength,
                detail=_told(edge, figures),
                seen_at=self._seen_at(figures.last),
            )


def _listener(node: Node, seen_at: datetime | None) -> Iterator[ObservedRelation]:
    """Yield that a database or an outside party is whoever listens at its address, as far as another source knows."""
    address, port = _place(node)
    if not address:
        return
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        # The name of an outside party is nobody's here; that of a database most often is.
        found = (Identifier("fqdn", address),) if node[0] == "database" and "." in address else ()
    else:
        host = f"[{ip}]" if ip.version == 6 else str(ip)
        found = (Identifier("endpoint", f"{host}:{port}/tcp"),) if port else (Identifier("ip", str(ip)),)
    if found:
        yield ObservedRelation(
            type="runs_on" if node[0] == "database" else "depends_on",
            evidence=EvidenceKind.TRACE,
            target=End(identifiers=found),
            detail="the address that its clients call",
            seen_at=seen_at,
        )


def _place(node: Node) -> tuple[str, str]:
    if node[0] == "address":
        return node[1], node[2] if node[2] != "0" else ""
    if node[0] != "database" or node[2].startswith("@"):
        return "", ""
    place = node[2]
    if place.startswith("["):
        address, _, rest = place[1:].partition("]")
        return address, rest.removeprefix(":")
    address, _, port = place.partition(":")
    return address, port


def _native_id(node: Node) -> str:
    return f"{node[0]}:" + "/".join(map(_safe, node[1:]))


def _safe(text: str) -> str:
    """Return a part of an id in which a slash is no separator."""
    return quote(text, safe=" :@.,+-_()[]") if "/" in text or "%" in text else text


def _name(node: Node) -> str:
    kind = node[0]
    if kind == "address":
        return node[1] if node[2] == "0" else f"{node[1]}:{node[2]}"
    if kind == "database":
        where = "" if node[2].startswith("@") else f" at {node[2]}"
        return f"{node[3] or node[1]}{where}"
    return node[-1]


def _told(edge: Edge, figures: Figures) -> str:
    """Return the figures of an edge in a few words, rounded so that an even flow says the same from run to run."""
    if not figures.count:
        return "seen in a sample of traces"
    seconds = max(figures.last - figures.first, 60)
    errors = 100 * figures.errors / figures.count
    p95 = figures.percentile(0.95) / 1_000
    what = "messages" if edge.kind != "call" else "calls"
    return f"{_short(figures.count / seconds)} {what}/s, {_short(errors)} % errors, 95 % within {_short(p95)} ms"


def _short(value: float) -> str:
    """
    Return a number in two digits that count.

    >>> [_short(each) for each in (0, 0.01234, 3.456, 1234.5)]
    ['0', '0.012', '3.5', '1200']
    """
    return f"{float(f'{value:.2g}'):f}".rstrip("0").rstrip(".")


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _day(at: int) -> str:
    return _moment(at).strftime("%Y-%m-%d")
