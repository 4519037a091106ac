"""What ``FORESHOCK_STORE`` and its companions may say: store addresses and references to credentials."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from cmdb.errors import InvalidInput, Problem
from web import settings

SQLITE = "sqlite:///"
NEO4J_SCHEMES = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")
NEO4J_PORT = 7687
NEO4J_DATABASE = "neo4j"
LARGEST_SECRET = 4096
_CREDENTIAL = "a credential's reference"
_OF_SYSTEM = ("file:/proc/", "file:/sys/", "file:/dev/")
_DATABASE = re.compile(r"[a-z][a-z0-9.-]{2,62}", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\.?|\[[0-9A-Fa-f:.]+\]", re.ASCII)


class SqliteAddress(NamedTuple):
    """A store in a file."""

    path: Path

    @property
    def shown(self) -> str:
        return str(self.path.absolute())


class Neo4jAddress(NamedTuple):
    """A store on a Neo4j server or cluster; ``url`` has scheme, host and port and never a user or a password."""

    url: str
    database: str

    @property
    def shown(self) -> str:
        return f"{self.url}/{self.database}"


StoreAddress = SqliteAddress | Neo4jAddress


def read_address(text: str, *, what: str = "FORESHOCK_STORE") -> StoreAddress:
    """
    Return the store of an address: ``sqlite:///PATH`` or ``neo4j://HOST:PORT/DATABASE`` (port and database may lack).

    Raises:
        InvalidInput: something in it is wrong; all of it is told, and what may be a password never.

    >>> read_address("neo4j+s://graph.example.org")
    Neo4jAddress(url='neo4j+s://graph.example.org:7687', database='neo4j')
    """
    scheme, found, rest = text.partition("://")
    if found and scheme in NEO4J_SCHEMES:
        address, faults = _neo4j(scheme, rest)
        if faults:
            raise InvalidInput(faults, what=what, setting=True)
        return address
    path, *more = re.split("[?#]", text.removeprefix(SQLITE), maxsplit=1) if text.startswith(SQLITE) else [""]
    if path and more:
        # What follows was meant for another programme and may hold a key, so it is not shown.
        sentence = "nothing may follow the path, and a path has no ? and no # in it; {right} would be right"
        fault = Problem("store.address.extra", sentence, {"right": f"{SQLITE}{path}"}, "")
        raise InvalidInput([fault], what=what, setting=True)
    if path and "\0" not in path:
        return SqliteAddress(Path(path))
    raise InvalidInput([_unknown(text, scheme if found else "")], what=what, setting=True)


def _unknown(text: str, scheme: str) -> Problem:
    if scheme == "sqlite":
        return Problem(
            "store.address.path", "{scheme}:// needs three slashes and a path: sqlite:///PATH", {"scheme": scheme}, ""
        )
    if scheme:
        sentence = "{scheme} is no kind of store we know; write sqlite:///PATH or, with one of {known}, neo4j://HOST:PORT/DATABASE"
        return Problem("store.address.scheme", sentence, {"scheme": scheme, "known": ", ".join(NEO4J_SCHEMES)}, "")
    sentence = "{store} is no store address; write sqlite:///PATH or neo4j://HOST:PORT/DATABASE"
    # Without a scheme nobody knows what it is, so what stands before an @ is not shown.
    return Problem("store.address", sentence, {"store": _without_user(text)}, "")


def _without_user(text: str) -> str:
    return f"…@{text.rpartition('@')[2]}" if "@" in text else text


def _neo4j(scheme: str, rest: str) -> tuple[Neo4jAddress, list[Problem]]:
    # A password may hold any character, and nothing but what stands before an @ is one.
    _, at, rest = rest.rpartition("@")
    place, _, more = rest.partition("?")
    place, _, anchor = place.partition("#")
    server, _, database = place.partition("/")
    host, port, faults = _host_and_port(server)
    if at:
        sentence = (
            "leave user and password out of the address; name them in FORESHOCK_STORE_USER and FORESHOCK_STORE_PASSWORD"
        )
        faults.append(Problem("store.address.user", sentence, {}, ""))
    if more or anchor or "#" in rest:
        faults.append(Problem("store.address.extra", "nothing may follow the name of the database", {}, ""))
    database = database.removesuffix("/") or NEO4J_DATABASE
    if not _DATABASE.fullmatch(database) or database == "system":
        sentence = (
            "{database} is no database for a store; a name has 3 to 63 of a-z, 0-9, dots and dashes and is not system"
        )
        faults.append(Problem("store.address.database", sentence, {"database": database}, ""))
    return Neo4jAddress(f"{scheme}://{host}:{port}", database), faults


def _host_and_port(server: str) -> tuple[str, int, list[Problem]]:
    # An address of version 6 stands in brackets, for it has colons of its own.
    inside, bracket, outside = server.rpartition("]")
    host, colon, port = (outside if bracket else server).partition(":")
    host = inside + bracket + host
    faults = []
    if not _HOST.fullmatch(host):
        sentence = "{host} is no host name or address; write it as in neo4j://graph.example.org:7687"
        faults.append(Problem("store.address.host", sentence, {"host": host or "nothing"}, ""))
    number = NEO4J_PORT
    if colon:
        number = int(port) if re.fullmatch(r"[0-9]{1,5}", port) else 0
        if not 1 <= number <= 65535:
            sentence = "{port} is no port; a port is a number from 1 to 65535"
            # What is no number may be the password of an address that lacks its host.
            shown = port if re.fullmatch(r"-?[0-9]+", port) else "what follows the colon"
            faults.append(Problem("store.address.port", sentence, {"port": shown if port else "nothing"}, ""))
    return host, number, faults


# credentials ---------------------------------------------------------------------------------------------------------
def read_reference(text: str, *, what: str, environment: Mapping[str, str] | None = None) -> str:
    """
    Return the secret that ``env:NAME`` or ``file:PATH`` refers to, "" for no reference; one line end is left out.

    Raises:
        InvalidInput: it is no reference, or leads to nothing; what it may hold is never told.
    """
    if not text:
        return ""
    faults = list(_faults(text, os.environ if environment is None else environment))
    if faults:
        raise InvalidInput(faults, what=what, setting=True)
    kind, _, name = text.partition(":")
    secret = (os.environ if environment is None else environment)[name] if kind == "env" else _content(Path(name))
    return secret.removesuffix("\n").removesuffix("\r")


class References:
    """The credentials that records refer to, :class:`cmdb.ports.outside.Secrets` of this process and machine."""

    def read(self, reference: str) -> str:
        """
        Return what a reference stands for.

        Raises:
            InvalidInput: as :func:`read_reference`; or sources may not name it, as they choose where it is sent.
        """
        fault = next(_not_for_sources(reference, settings.read()), None)
        if fault is not None:
            raise _in_one_line([fault])
        try:
            return read_reference(reference, what=_CREDENTIAL)
        except InvalidInput as error:
            raise _in_one_line(error.problems) from None


def _in_one_line(problems: Sequence[Problem]) -> InvalidInput:
    """Return the error whose title tells what is wrong: a run keeps one line of an error."""
    said = "; ".join(each.message for each in problems)
    return InvalidInput(problems, what=f"{_CREDENTIAL}: {said}", setting=True)


def _not_for_sources(reference: str, here: settings.Settings) -> Iterator[Problem]:
    kind = reference.partition(":")[0]
    if kind not in ("env", "file"):
        return
    place = _exact(reference)
    of_system = kind == "file" and place.startswith(_OF_SYSTEM)
    if of_system or place in {
        _exact(each) for each in (here.store_password, here.signing_key, here.outcome_hook) if each
    }:
        sentence = "{reference} is for Foreshock itself; right would be a credential that is for this source"
        yield Problem("secret.own", sentence, {"reference": reference}, "")
    allowed = [_exact(each) for each in map(str.strip, here.secrets.split(",")) if each]
    if allowed and not any(fnmatchcase(place, each) for each in allowed):
        sentence = "{reference} is none of the references that sources may name; FORESHOCK_SECRETS says {allowed}"
        yield Problem("secret.not_allowed", sentence, {"reference": reference, "allowed": here.secrets}, "")


def _exact(reference: str) -> str:
    """Return a reference with the path that its file has after all links and dots."""
    kind, _, name = reference.partition(":")
    return f"file:{os.path.realpath(name)}" if kind == "file" and "\0" not in name else reference


def _faults(text: str, environment: Mapping[str, str]) -> Iterator[Problem]:
    kind, _, name = text.partition(":")
    if kind not in ("env", "file") or not name:
        sentence = "it is no reference; write env:NAME_OF_A_VARIABLE or file:PATH, never the secret itself"
        yield Problem("secret.reference", sentence, {}, "")
    elif kind == "env" and not environment.get(name):
        sentence = "the environment variable {name} is {how}; it must hold the secret"
        yield Problem(
            "secret.variable", sentence, {"name": name, "how": "empty" if name in environment else "not set"}, ""
        )
    elif kind == "file":
        try:
            content = _content(Path(name))
        except (OSError, ValueError) as error:
            cause = error.strerror if isinstance(error, OSError) and error.strerror else "it is not a UTF-8 text"
            yield Problem("secret.file", "{path} can not be read: {cause}", {"path": name, "cause": cause}, "")
            return
        if not content.strip() or len(content) > LARGEST_SECRET:
            sentence = "{path} must hold one secret of 1 to {largest} characters"
            yield Problem("secret.content", sentence, {"path": name, "largest": LARGEST_SECRET}, "")


def _content(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        return file.read(LARGEST_SECRET + 2)
