"""
Reads a Docker compose file: its services, what they depend on, and the networks and volumes they use.

Only what says what there is and what it needs is taken; environment, secrets and configs are not, as they may hold
credentials. A key that the specification does not know is noted and not fatal; ``x-`` keys are anybody's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cmdb.exchange.documents import from_yaml
from cmdb.exchange.estate.faults import Faults, problem, short, shown
from cmdb.exchange.estate.shape import is_name
from cmdb.model.run import Said

MAX_SERVICES = 10_000
MAX_REPLICAS = 1_000

SENTENCES = {
    "compose.not_object": "it is {found}; an object with services would be right",
    "compose.no_services": "it has no services; a compose file names at least one",
    "compose.too_many": "it has more than {limit} services",
    "compose.not_name": "{found} is no name of a {kind}; a text without control characters would be right",
    "compose.wrong": "{key} is {found}; {wanted} would be right",
    "compose.replicas": "the replicas are {found}; a whole number from 0 to {limit} would be right",
}
_TOP = frozenset(("version", "name", "services", "networks", "volumes", "configs", "secrets", "include", "models"))
_KNOWN_TO_THE_SPECIFICATION = """
    annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command configs container_name
    cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset
    credential_spec depends_on deploy develop device_cgroup_rules devices dns dns_opt dns_search domainname
    entrypoint env_file environment expose extends external_links extra_hosts gpus group_add healthcheck
    hostname image init ipc isolation label_file labels links logging mac_address mem_limit mem_reservation
    mem_swappiness memswap_limit models network_mode networks oom_kill_disable oom_score_adj pid pids_limit
    platform ports post_start pre_stop privileged profiles provider pull_policy read_only restart runtime scale
    secrets security_opt shm_size stdin_open stop_grace_period stop_signal storage_opt sysctls tmpfs tty ulimits
    use_api_socket user userns_mode uts volumes volumes_from working_dir
"""
_SERVICE = frozenset(_KNOWN_TO_THE_SPECIFICATION.split())
# Proxies are given their users and passwords in labels.
_SECRET = re.compile(r"pass|secret|token|credential|auth|key", re.IGNORECASE)
# They too say what a service needs, but of other files or in ways of old.
_NOT_READ = ("extends", "links", "external_links", "volumes_from")


@dataclass(frozen=True, slots=True)
class ComposeService:
    """
    One service.

    ``depends_on`` maps the services it waits for to whether it needs them. ``networks`` and ``volumes`` are those of
    the file, by their names there. ``replicas`` is None where the file does not say.
    """

    name: str
    image: str | None = None
    depends_on: Mapping[str, bool] = field(default_factory=dict)
    networks: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    replicas: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Compose:
    """A compose file: the name of its project (None: not said), its parts sorted by name, and what is to be told."""

    name: str | None
    services: tuple[ComposeService, ...]
    networks: tuple[str, ...]
    volumes: tuple[str, ...]
    notes: tuple[Said, ...]


def read_compose(text: str, faults: Faults, *, check: Callable[[], None] | None = None) -> Compose | None:
    """
    Return what a compose file says, or None where it can not be trusted; all that is wrong is in ``faults``.

    ``check`` is called now and then and may raise to end the reading.
    """
    before = faults.count
    document = from_yaml(text, faults, check=check)
    if faults.count > before:
        return None
    found = _Reading(faults).read(document)
    return found if faults.count == before else None


class _Reading:
    """One file being read: its faults, and what is noted on the way."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._notes: list[Said] = []

    def read(self, document: Any) -> Compose | None:
        if not isinstance(document, dict):
            self._tell("compose.not_object", "", found=shown(document))
            return None
        services = document.get("services")
        if not isinstance(services, dict) or not services:
            self._tell("compose.no_services", "/services")
            return None
        if len(services) > MAX_SERVICES:
            self._tell("compose.too_many", "/services", limit=MAX_SERVICES)
            return None
        self._unknown(document, _TOP, "")
        if document.get("include"):
            self._notes.append(Said("compose.not_read", {"key": "include", "at": "/include"}))
        declared = {kind: self._declared(document, kind) for kind in ("networks", "volumes")}
        read = [self._service(name, value or {}) for name, value in services.items()]
        known = [one for one in read if one is not None]
        self._missing(known, declared)
        name = document.get("name")
        return Compose(
            name if is_name(name) else None,
            tuple(sorted(known, key=lambda one: one.name)),
            tuple(sorted(declared["networks"])),
            tuple(sorted(declared["volumes"])),
            tuple(self._notes),
        )

    def _declared(self, document: dict[str, Any], kind: str) -> tuple[str, ...]:
        value = document.get(kind) or {}
        if not isinstance(value, dict):
            self._tell("compose.wrong", f"/{kind}", key=kind, found=shown(value), wanted="an object")
            return ()
        return tuple(name for name in value if self._is_name(name, kind.removesuffix("s"), f"/{kind}"))

    def _service(self, name: Any, value: Any) -> ComposeService | None:
        at = f"/services/{short(str(name))}"
        if not self._is_name(name, "service", "/services"):
            return None
        if not isinstance(value, dict):
            self._tell("compose.wrong", at, key=short(name), found=shown(value), wanted="an object")
            return None
        self._unknown(value, _SERVICE, at)
        for key in _NOT_READ:
            if value.get(key):
                self._notes.append(Said("compose.not_read", {"key": key, "at": f"{at}/{key}"}))
        image = value.get("image")
        if isinstance(image, str) and "$" in image:
            self._notes.append(Said("compose.variable", {"at": f"{at}/image", "value": short(image)}))
        return ComposeService(
            name,
            image if isinstance(image, str) else None,
            self._depends_on(value.get("depends_on"), at),
            self._names(value.get("networks"), f"{at}/networks"),
            self._volumes(value.get("volumes"), f"{at}/volumes"),
            self._replicas(value, at),
            self._labels(value.get("labels"), f"{at}/labels"),
        )

    def _depends_on(self, value: Any, at: str) -> dict[str, bool]:
        if isinstance(value, dict):
            return {
                name: not (isinstance(how, dict) and how.get("required") is False)
                for name, how in value.items()
                if self._is_name(name, "service", f"{at}/depends_on")
            }
        return dict.fromkeys(self._names(value, f"{at}/depends_on"), True)

    def _names(self, value: Any, at: str) -> tuple[str, ...]:
        if value is None:
            return ()
        if not isinstance(value, (list, dict)):
            self._tell("compose.wrong", at, key=at.rpartition("/")[2], found=shown(value), wanted="a list or an object")
            return ()
        return tuple(dict.fromkeys(name for name in value if self._is_name(name, "part of the file", at)))

    def _volumes(self, value: Any, at: str) -> tuple[str, ...]:
        """Return the volumes that have a name; directories of the host, which have none, are counted in a note."""
        named, others = [], 0
        if value is not None and not isinstance(value, list):
            self._tell("compose.wrong", at, key="volumes", found=shown(value), wanted="a list")
            return ()
        for entry in value or ():
            source = entry.partition(":")[0] if isinstance(entry, str) and ":" in entry else None
            if isinstance(entry, dict) and entry.get("type") == "volume":
                source = entry.get("source")
            if is_name(source) and not str(source).startswith((".", "/", "~", "$")):
                named.append(str(source))
            else:
                others += 1
        if others:
            self._notes.append(Said("compose.mounts", {"at": at, "count": others}))
        return tuple(dict.fromkeys(named))

    def _replicas(self, value: dict[str, Any], at: str) -> int | None:
        deploy = value.get("deploy")
        stated = deploy.get("replicas") if isinstance(deploy, dict) else None
        where = f"{at}/deploy/replicas" if stated is not None else f"{at}/scale"
        stated = value.get("scale") if stated is None else stated
        if isinstance(stated, str) and "$" in stated:
            self._notes.append(Said("compose.variable", {"at": where, "value": short(stated)}))
            return None
        if stated is None:
            return None
        if type(stated) is not int or not 0 <= stated <= MAX_REPLICAS:
            self._tell("compose.replicas", where, found=shown(stated), limit=MAX_REPLICAS)
            return None
        return stated

    def _labels(self, value: Any, at: str) -> dict[str, str]:
        if isinstance(value, list):
            value = dict(str(entry).partition("=")[::2] for entry in value)
        if value is not None and not isinstance(value, dict):
            self._tell("compose.wrong", at, key="labels", found=shown(value), wanted="an object or a list")
            return {}
        found = {}
        for name, text in sorted((value or {}).items(), key=str):
            if _SECRET.search(str(name)):
                self._notes.append(Said("compose.label_left_out", {"at": at, "label": short(str(name))}))
            else:
                found[str(name)] = "" if text is None else str(text)
        return found

    def _missing(self, services: list[ComposeService], declared: Mapping[str, tuple[str, ...]]) -> None:
        """Note what services name and the file has not."""
        there = {"depends_on": {one.name for one in services}, **{kind: set(all_) for kind, all_ in declared.items()}}
        there["networks"] = there["networks"] | {"default"}
        for one in services:
            for key, known in there.items():
                for name in sorted(set(getattr(one, key)) - known):
                    self._notes.append(Said("compose.not_there", {"at": f"/services/{one.name}/{key}", "name": name}))

    def _unknown(self, value: dict[str, Any], known: frozenset[str], at: str) -> None:
        for key in value:
            if key not in known and not str(key).startswith("x-"):
                self._notes.append(Said("compose.unknown_key", {"key": short(str(key)), "at": at or "/"}))

    def _is_name(self, name: Any, kind: str, at: str) -> bool:
        if not is_name(name):
            self._tell("compose.not_name", at, found=shown(name), kind=kind)
            return False
        return True

    def _tell(self, code: str, at: str, **facts: Any) -> None:
        self._faults.keep(problem(code, SENTENCES[code], at, **facts))
