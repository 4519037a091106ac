"""Of an haproxy configuration: its sections, where they listen, which pools they use, and the pools' servers."""

from __future__ import annotations

import re

from discovery.connectors.ssh_linux.texts import MOST_LINES, safe, words_of

SECTIONS = ("global", "defaults", "frontend", "backend", "listen")
_FEWER = re.compile(r"nbsrv\(([\w.:-]+)\)\s+(lt|le)\s+(\d{1,4})(?!\d)")


def keep_haproxy(text: str) -> str:
    """Return what is kept, a line each: ``server NAME ADDRESS [backup] [disabled] [weight=N]`` and the like."""
    kept: list[str] = []
    fewer: dict[str, list[str]] = {}
    for line in text.splitlines()[:MOST_LINES]:
        words = words_of(line)
        if not words:
            continue
        if words[0] in SECTIONS:
            kept.append(" ".join(safe(word) for word in words[:2]))
        elif words[0] == "acl" and len(words) > 2:
            fewer[words[1]] = _needs(line)
        elif words[:2] == ["monitor", "fail"]:
            kept += _needs(line)
            kept += [each for word in words[2:] for each in fewer.get(word, ())]
        else:
            kept += _line(words)
    return "".join(f"{line}\n" for line in kept)


def _needs(line: str) -> list[str]:
    """Return ``needs POOL N`` for each "fewer than so many servers" of a condition."""
    return [f"needs {pool} {int(n) + (how == 'le')}" for pool, how, n in _FEWER.findall(line)]


def _line(words: list[str]) -> list[str]:
    match words:
        case ["bind", address, *_] | ["default_backend", address, *_] | ["balance", address, *_]:
            return [f"{words[0]} {safe(address)}"]
        case ["use_backend", pool, *more]:
            return [f"use_backend {safe(pool)}{' if' if more else ''}"]
        case ["server", name, address, *more]:
            return [f"server {safe(name)} {safe(address)}{_flags(more)}"]
        case ["server-template", name, count, address, *more]:
            return [f"server-template {safe(name)} {safe(count)} {safe(address)}{_flags(more)}"]
        case ["default-server", *more]:
            return [f"default-server{_flags(more)}"]
        case ["disabled"]:
            return ["disabled"]
    return []


def _flags(words: list[str]) -> str:
    flags = [word for word in words if word in ("backup", "disabled", "enabled")]
    for at, word in enumerate(words[:-1]):
        if word == "weight" and words[at + 1].isascii() and words[at + 1].isdigit():
            flags.append(f"weight={int(words[at + 1][:6])}")
    return "".join(f" {flag}" for flag in flags)
