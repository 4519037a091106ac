"""Which host keys are trusted: those of a known_hosts file, and, where that is allowed, the first one of a new host."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from discovery.connectors.ssh_linux.config import ACCEPT_NEW
from discovery.ports import TargetError

LARGEST = 20_000_000
"""A known_hosts file of more bytes is refused."""
_DEFAULT_PORT = 22


class HostKeys:
    """
    Answers for one connection whether the key the host shows is the host's.

    ``known`` says after the question whether the host had a key on file, ``shown`` the fingerprint of the key that it
    showed and that was not on file, ``accepted`` the fingerprint of one that was taken for its first.
    """

    def __init__(self, target: str, settings: Mapping[str, Any]) -> None:
        self._path = Path(settings["known_hosts"]) if settings.get("known_hosts") else None
        self._accepts = settings.get("host_keys") == ACCEPT_NEW and self._path is not None
        self._file = _read(self._path, target, may_be_missing=self._accepts)
        self.known = False
        self.shown: str | None = None
        self.accepted: str | None = None
        self._line: str | None = None

    def match(self, host: str, address: str, port: int | None) -> tuple[Any, Any, Any]:
        """Return the keys on file for a host: its own, those of certificate authorities, those that are revoked."""
        address = address if _is_ip(address) else ""
        names = [(host, address)] if port is None else [(f"[{each}]:{port}", "") for each in (host, address) if each]
        # The library itself would go on to look for the host without its port, and forget a key that is revoked.
        matches = [self._file.match(name, at, None)[:3] for name, at in dict.fromkeys(names)]
        keys, authorities, revoked = ([key for match in matches for key in match[n]] for n in range(3))
        self.known = bool(keys or authorities or revoked)
        return keys, authorities, revoked

    def algorithms(self, host: str, port: int) -> list[str]:
        """
        Return the kinds of host keys to ask for: those on file first, and then all others.

        A host with several keys then shows the one that is known; one that has none of them is not cut off halfway, but
        shows another key, which tells what happened.
        """
        from asyncssh.public_key import get_default_certificate_algs, get_default_public_key_algs

        keys, authorities, _ = self.match(host, host, None if port == _DEFAULT_PORT else port)
        names = [name for key in keys for name in key.sig_algorithms]
        names = [*(get_default_certificate_algs() if authorities else ()), *names, *get_default_public_key_algs()]
        return [name.decode("ascii") for name in dict.fromkeys(names)]

    def judge(self, host: str, port: int, key: Any) -> bool:
        """Return whether a key that is not on file is taken all the same."""
        fingerprint: str = key.get_fingerprint()
        if self.known or not self._accepts:
            self.shown = fingerprint
            return False
        name = host if port == _DEFAULT_PORT else f"[{host}]:{port}"
        exported: str = key.export_public_key().decode("ascii")
        algorithm, data = exported.split()[:2]
        self._line, self.accepted = f"{name} {algorithm} {data}\n", fingerprint
        return True

    def record(self) -> None:
        """Write the key that was taken into the file, once the host also let us in."""
        if self._line is None or self._path is None:
            return
        # One write of one line at the end, so that hosts read at the same time do not tear each other's lines.
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(handle, self._line.encode("ascii"))
        finally:
            os.close(handle)


def _is_ip(text: str) -> bool:
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def _read(path: Path | None, target: str, *, may_be_missing: bool) -> Any:
    import asyncssh

    if path is None or (may_be_missing and not path.exists()):
        return asyncssh.import_known_hosts("")
    try:
        if path.stat().st_size > LARGEST:
            raise TargetError(target=target, reason=f"the known_hosts file {path} is too large")
        return asyncssh.import_known_hosts(path.read_text(encoding="utf-8", errors="replace"))
    except (OSError, ValueError) as fault:
        wrong = (fault.strerror if isinstance(fault, OSError) else None) or "it is no known_hosts file"
        raise TargetError(target=target, reason=f"the known_hosts file {path} can not be read: {wrong}") from None
