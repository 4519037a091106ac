"""Reads nmap's XML as it comes, host by host, and keeps no more of it than is needed."""

from __future__ import annotations

from typing import Any

MOST_PORTS = 5_000
MOST_NAMES = 20
_MOST_CHARACTERS = 255

Host = dict[str, Any]


class NotUnderstood(Exception):
    """What came is not the XML of nmap."""


class Results:
    """
    Takes the bytes of nmap's XML and gives hosts, each ``{"addresses", "mac", "names", "ports", "cut"}``.

    ``finished`` is what nmap said at its end, empty until then. Entities and doctypes with a content are refused, and
    no tree is built, so a document without end takes no memory.
    """

    def __init__(self) -> None:
        self.finished: dict[str, Any] = {}
        self.found: list[Host] = []
        self._host: Host | None = None
        self._port: tuple[int, str] | None = None
        self._parser = _parser(self)

    def feed(self, piece: bytes) -> list[Host]:
        """
        Return the hosts that are complete with these bytes.

        Raises:
            NotUnderstood: this is no XML, or not as nmap writes it.
        """
        from defusedxml import DefusedXmlException

        try:
            self._parser.feed(piece)
        except (DefusedXmlException, SyntaxError, ValueError) as error:
            raise NotUnderstood(type(error).__name__) from None
        found, self.found = self.found, []
        return found

    # What the parser calls -------------------------------------------------------------------------------------------
    def start(self, tag: str, of: dict[str, str]) -> None:
        if tag == "host":
            self._host = {"addresses": [], "mac": "", "names": [], "ports": [], "state": "", "cut": ""}
            if of.get("timedout") == "true":
                self._host["cut"] = "time"
        elif tag == "finished":
            self.finished |= {"exit": _text(of.get("exit")), "error": _text(of.get("errormsg"))}
        elif tag == "hosts":
            self.finished |= {name: int(of[name]) for name in ("up", "down", "total") if of.get(name, "").isdigit()}
        elif self._host is not None:
            self._within(tag, of, self._host)

    def end(self, tag: str) -> None:
        if tag == "host" and self._host is not None:
            host, self._host = self._host, None
            if host.pop("state") == "up" and host["addresses"]:
                self.found.append(host)

    def data(self, text: str) -> None:
        """Nothing that is wanted stands between tags."""

    def _within(self, tag: str, of: dict[str, str], host: Host) -> None:
        if tag == "status":
            host["state"] = of.get("state", "")
        elif tag == "address" and of.get("addrtype") == "mac":
            host["mac"] = _text(of.get("addr"))
        elif tag == "address":
            host["addresses"].append(_text(of.get("addr")))
        elif tag == "hostname" and of.get("type") == "PTR" and len(host["names"]) < MOST_NAMES:
            host["names"].append(_text(of.get("name")))
        elif tag == "port":
            self._port = (int(of["portid"]), _text(of.get("protocol"))) if of.get("portid", "").isdigit() else None
        elif tag == "state" and self._port is not None:
            if of.get("state") == "open":
                self._keep(host, *self._port)
            self._port = None

    @staticmethod
    def _keep(host: Host, port: int, protocol: str) -> None:
        if len(host["ports"]) < MOST_PORTS:
            host["ports"].append([port, protocol])
        else:
            host["cut"] = "ports"


def _parser(results: Results) -> Any:
    from defusedxml.ElementTree import DefusedXMLParser

    return DefusedXMLParser(target=results)


def _text(value: str | None) -> str:
    """Return a text in one line that is not longer than a name may be."""
    return "".join(sign if sign.isprintable() else " " for sign in value or "")[:_MOST_CHARACTERS]
