"""The pools (upstreams) of an nginx configuration, as ``redact`` left it, and what it passes requests to besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from posixpath import dirname, join

from discovery.connectors.ssh_linux.shape.pool import Pool, address_of

MOST_MEMBERS = 1_000
_PORTS = {"http": 80, "https": 443, "grpc": 80, "grpcs": 443}


def nginx_pools(files: Mapping[str, str], main: str) -> tuple[list[Pool], list[str]]:
    """
    Return what an nginx passes requests to, and the includes of which no file was read.

    ``files`` are its files by path, ``main`` is the path of the first; one that nothing includes counts for nothing.
    """
    texts, missing = _included(files, main)
    upstreams: dict[str, Pool] = {}
    passes: dict[str, str] = {}
    for text in texts:
        _read(text, upstreams, passes)
    found: dict[str, Pool] = {}
    for where, kind in sorted(passes.items()):
        scheme, _, rest = where.rpartition("://")
        name = rest or where
        if name in upstreams:
            found[name] = upstreams[name]
            continue
        pool = Pool(name, single=True, where=f"nginx: {kind} {where}")
        member = address_of(name, _PORTS.get(scheme))
        if member is None:
            pool.unknown.append(name)
        else:
            pool.members.append(member)
        found[where] = pool
    return [found[name] for name in sorted(found)], missing


def _included(files: Mapping[str, str], main: str) -> tuple[list[str], list[str]]:
    order, texts, missing = [main], [], []
    for path in order:
        text = files.get(path, "")
        texts.append(text)
        for line in text.splitlines():
            words = line.split()
            if words[:1] != ["include"] or len(words) < 2:
                continue
            pattern = words[1] if words[1].startswith("/") else join(dirname(main), words[1])
            met = sorted(each for each in files if fnmatchcase(each, pattern))
            order += [each for each in met if each not in order]
            # Types of files and parameters of gateways are in every configuration and hold no pool; a pattern may
            # match nothing, where the directory is one that was looked into.
            quiet = pattern.endswith(("mime.types", "_params", ".conf")) and "modules-enabled" in pattern
            quiet = quiet or pattern.endswith(("mime.types", "_params", "fastcgi.conf", "fastcgi-php.conf"))
            looked = "*" in pattern and dirname(pattern) in _LOOKED_INTO
            if not met and not quiet and not looked:
                missing.append(pattern)
    return texts, sorted(set(missing))


_LOOKED_INTO = ("/etc/nginx/conf.d", "/etc/nginx/sites-enabled", "/etc/nginx/upstreams", "/etc/nginx/stream.d")


def _read(text: str, upstreams: dict[str, Pool], passes: dict[str, str]) -> None:
    blocks: list[list[str]] = []
    for line in text.splitlines():
        words = line.split()
        match words:
            case ["}"]:
                if blocks:
                    blocks.pop()
            case [*opened, "{"]:
                blocks.append(opened)
                if opened[:1] == ["upstream"] and len(opened) > 1:
                    upstreams.setdefault(opened[1], Pool(opened[1], where=f"nginx: upstream {opened[1]}"))
            case ["server", address, *flags] if blocks and blocks[-1][:1] == ["upstream"] and len(blocks[-1]) > 1:
                if "down" not in flags and "weight=0" not in flags:
                    _server(upstreams[blocks[-1][1]], address)
            case [kind, where, *_] if kind.endswith("_pass"):
                passes.setdefault(where, kind)


def _server(pool: Pool, address: str) -> None:
    member = address_of(address, 80)
    if member is None or len(pool.members) >= MOST_MEMBERS:
        pool.unknown.append(address)
    else:
        pool.members.append(replace(member, name=address))
