"""An SNMP agent of version 2c on the loopback address that plays a recording, and misbehaves when it is told to."""

from __future__ import annotations

import bisect
import bz2
import socket
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from discovery.connectors.snmp_network.agent import library

Oid = tuple[int, ...]
Values = dict[Oid, Any]
Fault = Callable[[int], str]
"""Says, for the number of a request from 0, how to misbehave: "", silent, garbage, circle, endless, empty or tiny."""

library()  # Imports pysnmp without its warnings about itself.
from pyasn1.codec.ber import decoder, encoder  # noqa: E402
from pysnmp.proto import rfc1902  # noqa: E402
from pysnmp.proto.api import v2c  # noqa: E402

_KINDS = {
    "2": lambda text: rfc1902.Integer32(int(text)),
    "4": lambda text: rfc1902.OctetString(text.encode("latin-1")),
    "5": lambda _: rfc1902.Null(""),
    "6": lambda text: rfc1902.ObjectIdentifier(tuple(map(int, text.strip(".").split(".")))),
    "64": lambda text: rfc1902.IpAddress(text),
    "65": lambda text: rfc1902.Counter32(int(text)),
    "66": lambda text: rfc1902.Gauge32(int(text)),
    "67": lambda text: rfc1902.TimeTicks(int(text)),
    "70": lambda text: rfc1902.Counter64(int(text)),
}


def recorded(path: Path, within: Iterable[Oid] = ()) -> Values:
    """Return what a recording in the format of snmpsim holds, only what is below ``within`` if that is given."""
    opening = bz2.open if path.suffix == ".bz2" else open
    prefixes = tuple(within)
    found: Values = {}
    with opening(path, "rt", encoding="latin-1") as lines:
        for line in lines:
            name, _, rest = line.rstrip("\n").partition("|")
            tag, _, text = rest.partition("|")
            oid = tuple(map(int, name.split("."))) if name.replace(".", "").isdigit() else ()
            if not oid or (prefixes and not any(oid[: len(prefix)] == prefix for prefix in prefixes)):
                continue
            value = _value(tag, text)
            if value is not None:
                found[oid] = value
    return found


def _value(tag: str, text: str) -> Any:
    try:
        if tag.endswith("x"):
            return _KINDS[tag[:-1]](bytes.fromhex(text).decode("latin-1")) if tag == "4x" else _of_hex(tag[:-1], text)
        return _KINDS[tag](text) if tag in _KINDS else None
    except Exception:
        return None  # A recording made by a person may hold a value its type does not allow.


def _of_hex(tag: str, text: str) -> Any:
    raw = bytes.fromhex(text)
    return rfc1902.IpAddress(".".join(map(str, raw))) if tag == "64" and len(raw) == 4 else None


class Responder:
    """Answers on a free UDP port of ``address`` until it is closed; ``asked`` counts the requests it heard."""

    def __init__(
        self, values: Values, *, community: str = "public", address: str = "127.0.0.1", fault: Fault = lambda _: ""
    ) -> None:
        self._values, self._oids = values, sorted(values)
        self._community, self._fault = community.encode(), fault
        self.asked = 0
        self._socket = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 0))
        self._socket.settimeout(0.1)
        self.port = self._socket.getsockname()[1]
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def __enter__(self) -> Responder:
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while not self._ending.is_set():
            try:
                request, sender = self._socket.recvfrom(65_535)
            except TimeoutError:
                continue
            answer = self._answer(request)
            if answer is not None:
                self._socket.sendto(answer, sender)

    def _answer(self, request: bytes) -> bytes | None:
        message, _ = decoder.decode(request, asn1Spec=v2c.Message())
        if v2c.apiMessage.get_community(message).asOctets() != self._community:
            return None
        fault = self._fault(self.asked)
        self.asked += 1
        if fault == "silent":
            return None
        if fault == "garbage":
            return b"\x30\x82\xff\xff" + b"\x00\xff" * 40
        reply = v2c.apiMessage.get_response(message)
        pdu = v2c.apiMessage.get_pdu(reply)
        asked = v2c.apiMessage.get_pdu(message)
        if fault == "tiny" and isinstance(asked, v2c.GetBulkRequestPDU) and int(asked["max-repetitions"]) > 2:
            v2c.apiPDU.set_error_status(pdu, 1)
            v2c.apiPDU.set_varbinds(pdu, [])
        else:
            v2c.apiPDU.set_varbinds(pdu, [] if fault == "empty" else self._found(asked, fault))
        return bytes(encoder.encode(reply))

    def _found(self, asked: Any, fault: str) -> list[tuple[Any, Any]]:
        oids = [tuple(oid) for oid, _ in v2c.apiPDU.get_varbinds(asked)]
        if fault == "circle":
            return [(rfc1902.ObjectName((*oids[0], 1)), rfc1902.Integer32(1))] * 2
        if fault == "endless":
            # However far it is walked, there is another row.
            column, row = (oids[0][:-1], oids[0][-1]) if oids[0][-1] > 1_000 else (oids[0], 1_000)
            return [(rfc1902.ObjectName((*column, row + n)), rfc1902.OctetString("x")) for n in range(1, 41)]
        if isinstance(asked, v2c.GetBulkRequestPDU):
            return self._following(oids[0], int(asked["max-repetitions"]))
        return [(rfc1902.ObjectName(oid), self._values.get(oid, v2c.NoSuchObject(""))) for oid in oids]

    def _following(self, oid: Oid, most: int) -> list[tuple[Any, Any]]:
        at = bisect.bisect_right(self._oids, oid)
        found = [(rfc1902.ObjectName(each), self._values[each]) for each in self._oids[at : at + most]]
        return found or [(rfc1902.ObjectName(oid), v2c.EndOfMibView(""))]
