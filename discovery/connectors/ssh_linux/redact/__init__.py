"""
What of a configuration goes on: the words that say who serves whom, and nothing else.

Configurations hold passwords, keys and tokens in places nobody can list. So it is not known secrets that are taken out:
known words are kept, each line is written anew from them, and all the rest ends here, in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from discovery.connectors.ssh_linux.redact.haproxy import keep_haproxy
from discovery.connectors.ssh_linux.redact.keepalived import keep_keepalived
from discovery.connectors.ssh_linux.redact.nginx import keep_nginx
from discovery.connectors.ssh_linux.texts import File, files_in, files_text


def _each_file(keep: Callable[[str], str]) -> Callable[[str], str]:
    def keep_all(text: str) -> str:
        return files_text(
            File(file.pid, file.path, None if file.text is None else keep(file.text)) for file in files_in(text)
        )

    return keep_all


KEEPERS: Mapping[str, Callable[[str], str]] = {
    "haproxy": _each_file(keep_haproxy),
    "nginx": _each_file(keep_nginx),
    "keepalived": _each_file(keep_keepalived),
}
"""By the name of the command: what makes of its output the text that goes on."""
