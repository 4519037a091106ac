"""Of an nginx configuration: where it listens, what it passes requests to, and its pools (upstreams)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from discovery.connectors.ssh_linux.texts import safe

BLOCKS = ("http", "stream", "server", "upstream", "location", "if", "limit_except")
PASSES = ("proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass", "memcached_pass")
MOST_TOKENS = 500_000
_TOKEN = re.compile(r"""#[^\n]*|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([{};])|((?:\$\{|[^\s{};])+)""")
_USER = re.compile(r"^([a-z]+://)?[^/@]*@")


def keep_nginx(text: str) -> str:
    """Return what is kept, a line each: ``upstream NAME {``, ``server ADDRESS [backup] [down]``, ``}`` and the like."""
    kept: list[str] = []
    blocks: list[bool] = []
    for words, ends in _directives(text):
        if ends == "}":
            if blocks and blocks.pop():
                kept.append("}")
        elif ends == "{":
            keeps = bool(words) and words[0] in BLOCKS and all(blocks)
            blocks.append(keeps)
            if keeps:
                name = f" {safe(words[1])}" if words[0] == "upstream" and words[1:] else ""
                kept.append(f"{words[0]}{name} {{")
        elif all(blocks):
            kept += _line(words)
    return "".join(f"{line}\n" for line in kept)


def _directives(text: str) -> Iterator[tuple[list[str], str]]:
    """Yield the words of each directive and what ends it: a semicolon, or a brace that opens or closes a block."""
    words: list[str] = []
    for n, match in enumerate(_TOKEN.finditer(text)):
        if n == MOST_TOKENS:
            return
        double, single, mark, word = match.groups()
        if mark:
            yield words, mark
            words = []
        elif not match[0].startswith("#"):
            words.append(next(each for each in (double, single, word) if each is not None))


def _line(words: list[str]) -> list[str]:
    match words:
        case ["server", address, *more]:
            flags = [word for word in more if word in ("backup", "down", "weight=0")]
            return [" ".join(["server", safe(address), *flags])]
        case ["listen" | "include", what, *_]:
            return [f"{words[0]} {safe(what)}"]
        case [name, where, *_] if name in PASSES:
            return [f"{name} {safe(_authority(where))}"]
    return []


def _authority(url: str) -> str:
    """Return scheme and address of a URL: its user and its path, with what is asked for, are left out."""
    bare = _USER.sub(lambda match: match[1] or "", url)
    if "unix:" in bare:
        return bare.partition("unix:")[1] + bare.partition("unix:")[2].split(":")[0]
    scheme, slashes, rest = bare.rpartition("://")
    return f"{scheme}{slashes}{rest.split('/')[0]}"
