"""Of a keepalived configuration: virtual routers, their addresses, what they watch, and virtual servers."""

from __future__ import annotations

from collections.abc import Iterator

from discovery.connectors.ssh_linux.texts import MOST_LINES, safe, words_of

BLOCKS = ("vrrp_instance", "vrrp_script", "vrrp_track_process", "virtual_server", "real_server")
LISTS = ("virtual_ipaddress", "virtual_ipaddress_excluded", "track_script", "track_process")
SINGLE = ("virtual_router_id", "interface", "priority", "weight", "quorum", "protocol", "include")
# Only these names are taken from the text of a check, which may hold a credential.
WATCHED = (
    "haproxy", "nginx", "envoy", "traefik", "varnishd", "apache2", "httpd", "caddy", "squid", "pgbouncer", "postgres",
    "mariadbd", "mysqld", "redis-server", "named", "unbound", "dnsmasq", "keepalived", "proxysql", "maxscale",
)  # fmt: skip


def keep_keepalived(text: str) -> str:
    """Return what is kept, a line each; blocks open with ``NAME ... {`` and end with ``}``."""
    kept: list[str] = []
    blocks: list[str] = []  # What is open; "" stands for a block that is not kept.
    for words in _lines(text):
        opens = words[-1] == "{"
        name = next((word for word in words if not word.startswith("@")), "")
        if words == ["}"]:
            if blocks and blocks.pop():
                kept.append("}")
        elif opens:
            keeps = name in (*BLOCKS, *LISTS) and "" not in blocks
            blocks.append(name if keeps else "")
            if keeps:
                kept.append(" ".join([*(safe(word) for word in words[:-1]), "{"]))
        elif "" not in blocks:
            kept += _line(words, name, blocks[-1] if blocks else "")
    return "".join(f"{line}\n" for line in kept)


def _lines(text: str) -> Iterator[list[str]]:
    """Yield the words of each line, with an opening brace at the end of what it opens, wherever it stands."""
    held: list[str] = []
    for words in _split(text):
        if words == ["{"] and held and held[-1] not in ("{", "}"):
            held.append("{")
            continue
        if held:
            yield held
        held = words
    if held:
        yield held


def _split(text: str) -> Iterator[list[str]]:
    for line in text.splitlines()[:MOST_LINES]:
        words: list[str] = []
        for word in words_of(line, "#!"):
            if word == "}" and words:
                yield words
                words = []
            words.append(word)
            if word in ("{", "}"):
                yield words
                words = []
        if words:
            yield words


def _line(words: list[str], name: str, block: str) -> list[str]:
    condition = f"{safe(words[0])} " if words[0].startswith("@") else ""
    arguments = words[words.index(name) + 1 :] if name else []
    if block.startswith("virtual_ipaddress"):
        return [f"{condition}{safe(name)}"]
    if block in ("track_script", "track_process"):
        return [f"{condition}{safe(name)}"]
    if name in SINGLE and arguments:
        return [f"{condition}{name} {safe(arguments[0])}"]
    if name == "sorry_server" and len(arguments) > 1:
        return [f"sorry_server {safe(arguments[0])} {safe(arguments[1])}"]
    if name in ("script", "process") and block in ("vrrp_script", "vrrp_track_process"):
        text = " ".join(arguments)
        return [" ".join(["watches", *(each for each in WATCHED if each in text)])]
    return []
