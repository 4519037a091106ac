"""Sweeps one range of addresses and yields the hosts that answer, group by group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from discovery.connectors.nmap_sweep.process import Nmap
from discovery.connectors.nmap_sweep.results import Host, NotUnderstood, Results
from discovery.ports import Line, Part, Target, TargetError, Unreadable

HOSTS = "hosts"
FINISHED = "finished"
_PAGE = 256


def targets(settings: Mapping[str, Any], line: Line) -> Iterator[Target]:
    """Yield a target for each range; nothing is sent for that."""
    for network in settings["ranges"]:
        line.check()
        yield Target(network)


def fetch(target: Target, settings: Mapping[str, Any], line: Line) -> Iterator[Part]:
    """
    Yield parts of hosts as nmap gives them, and in the end what it says of the whole: ``finished``.

    ``finished`` is whole if nmap looked at every address and ended well; when the time ran out it is not.

    Raises:
        TargetError: nmap is missing or ended with an error.
        Unreadable: it wrote what can not be read.
    """
    line.check()
    line.pace()
    results, waiting = Results(), list[Host]()
    with Nmap(target.id, settings, line) as nmap:
        try:
            for piece in nmap.output():
                waiting += results.feed(piece)
                while len(waiting) >= _PAGE:
                    yield Part(HOSTS, {"hosts": waiting[:_PAGE]})
                    del waiting[:_PAGE]
        except NotUnderstood as error:
            raise Unreadable(target=target.id, reason=f"nmap's output is no XML as expected ({error})") from None
        if waiting:
            yield Part(HOSTS, {"hosts": waiting})
        yield _finished(nmap, results, target)


def _finished(nmap: Nmap, results: Results, target: Target) -> Part:
    if nmap.out_of_time:
        return Part(FINISHED, {"exit": "time"}, whole=False)
    status, said = nmap.end()
    ended = results.finished
    if status != 0:
        raise TargetError(target=target.id, reason=f"nmap ended with status {status}: {said or 'no word'}")
    whole = ended.get("exit") == "success" and ended.get("total", 0) > 0
    return Part(FINISHED, {**ended, "said": said}, whole=whole)
