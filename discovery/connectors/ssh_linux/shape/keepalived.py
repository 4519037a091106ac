"""What keepalived is configured to do on a host: virtual routers with their addresses, and virtual servers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from discovery.connectors.ssh_linux.shape.reading import Reading
from discovery.connectors.ssh_linux.shape.values import IP, ip_of
from discovery.connectors.ssh_linux.texts import files_in


@dataclass(slots=True)
class Router:
    """A virtual router this host takes part in; ``watched`` are the programmes without which it steps back."""

    name: str
    number: int = 0
    interface: str = ""
    priority: int = 100
    addresses: list[IP] = field(default_factory=list)
    watched: set[str] = field(default_factory=set)
    watches_unknown: bool = False
    checks: list[str] = field(default_factory=list)


@dataclass(slots=True)
class VirtualServer:
    """An address and port whose traffic the kernel spreads over real servers, of which ``needs`` must be up."""

    address: IP
    port: int
    needs: int = 1
    transport: str = "tcp"
    members: list[tuple[IP, int]] = field(default_factory=list)


@dataclass(slots=True)
class Keepalived:
    """All of a host; ``runs`` tells that there is such a process, ``whole`` that all of its files could be read."""

    runs: bool = False
    whole: bool = True
    routers: list[Router] = field(default_factory=list)
    servers: list[VirtualServer] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    @property
    def addresses(self) -> frozenset[IP]:
        """Every virtual address."""
        return frozenset(ip for router in self.routers for ip in router.addresses)


def read_keepalived(reading: Reading, host: str) -> Keepalived:
    """Return what the configuration says; ``host`` is the name by which lines are meant for one host (``@host``)."""
    found = Keepalived(whole=reading.is_whole("keepalived"))
    scripts: dict[str, set[str]] = {}
    included: list[str] = []
    # The processes of one keepalived (parent, VRRP, checkers) tell the same files.
    files = {file.path: file.text for file in files_in(reading.text("keepalived"))}
    for path, text in sorted(files.items()):
        found.runs = True
        if text is None:
            if "*" not in path:
                found.whole = False
                found.unread.append(path)
            continue
        _Parser(found, scripts, included, host).parse(text)
    found.unread += [each for each in included if not _was_read(each, files)]
    found.whole = found.whole and not found.unread
    _settle(found, scripts)
    return found


def _was_read(pattern: str, files: dict[str, str | None]) -> bool:
    from fnmatch import fnmatchcase

    return any(text is not None and fnmatchcase(path, pattern) for path, text in files.items())


def _settle(found: Keepalived, scripts: dict[str, set[str]]) -> None:
    """Put the programmes that checks look at in the place of the checks' names."""
    for router in found.routers:
        for name in router.checks:
            watched = scripts.get(name, set())
            router.watched |= watched
            router.watches_unknown |= not watched
    # keepalived of one host has several routers rarely; without a number it is none (or could not be read).
    found.routers = [router for router in found.routers if 0 < router.number < 256]


class _Parser:
    def __init__(self, found: Keepalived, scripts: dict[str, set[str]], included: list[str], host: str) -> None:
        self._found, self._scripts, self._included, self._host = found, scripts, included, host

    def parse(self, text: str) -> None:
        blocks: list[list[str]] = []
        for words in self._lines(text):
            if words == ["}"]:
                if blocks:
                    blocks.pop()
            elif words[-1] == "{":
                blocks.append(words[:-1] or [""])
                self._opened(blocks)
            else:
                self._line(blocks, words)

    def _lines(self, text: str) -> Iterator[list[str]]:
        for line in text.splitlines():
            words = line.split()
            if words and words[0].startswith("@"):
                name, negated = words[0][1:].lstrip("^!"), words[0][1:2] in ("^", "!")
                if (name == self._host) == negated:
                    continue
                words = words[1:]
            if words:
                yield words

    def _opened(self, blocks: list[list[str]]) -> None:
        match blocks[-1]:
            case ["vrrp_instance", name, *_]:
                self._found.routers.append(Router(name))
            case ["vrrp_script" | "vrrp_track_process", name, *_]:
                self._scripts.setdefault(name, set())
            case ["virtual_server", address, port, *_]:
                ip = ip_of(address)
                if ip is not None:
                    self._found.servers.append(VirtualServer(ip, _number(port)))
            case ["real_server", address, port, *_]:
                ip = ip_of(address)
                if ip is not None and self._found.servers and blocks[-2:-1] and blocks[-2][0] == "virtual_server":
                    self._found.servers[-1].members.append((ip, _number(port)))

    def _line(self, blocks: list[list[str]], words: list[str]) -> None:
        block = blocks[-1] if blocks else [""]
        router = self._found.routers[-1] if self._found.routers else Router("")
        match block[0], words:
            case _, ["include", path, *_]:
                self._included.append(path)
            case "vrrp_instance", ["virtual_router_id", number, *_]:
                router.number = _number(number)
            case "vrrp_instance", ["interface", name, *_]:
                router.interface = name
            case "vrrp_instance", ["priority", number, *_]:
                router.priority = _number(number)
            case "virtual_ipaddress" | "virtual_ipaddress_excluded", [address, *_]:
                ip = ip_of(address.partition("/")[0])
                if ip is not None and ip not in router.addresses:
                    router.addresses.append(ip)
            case "track_script" | "track_process", [name, *_]:
                router.checks.append(name)
            case "vrrp_script" | "vrrp_track_process", ["watches", *names]:
                self._scripts.setdefault(block[1], set()).update(names)
            case "virtual_server", [name, value, *_] if self._found.servers:
                self._server(self._found.servers[-1], name, value, words)

    def _server(self, server: VirtualServer, name: str, value: str, words: list[str]) -> None:
        if name == "quorum":
            server.needs = max(1, _number(value))
        elif name == "protocol" and value.lower() == "udp":
            server.transport = "udp"
        elif name == "sorry_server" and len(words) > 2 and (ip := ip_of(value)) is not None:
            server.members.append((ip, _number(words[2])))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
