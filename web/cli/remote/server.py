"""One server and its JSON API: requests, answers, and its failures as errors of ours."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode, urlsplit

from cmdb.errors import Family, ForeshockError, InvalidInput, Problem
from web.settings import Secret

API = "/api/v1"
SECONDS = 600.0
PIECE = 256 * 1024
_BY_STATUS = {
    400: Family.BAD_INPUT,
    401: Family.NOT_SIGNED_IN,
    403: Family.NOT_ALLOWED,
    404: Family.NOT_FOUND,
    409: Family.REFUSED,
    412: Family.STALE,
    413: Family.BAD_INPUT,
    415: Family.BAD_INPUT,
    422: Family.BAD_INPUT,
    428: Family.BAD_INPUT,
    429: Family.TOO_OFTEN,
    503: Family.RETRY,
}
# Where a status stands for several families, the code tells which; see the errors of the reference.
_BY_CODE = {
    "board.ballot_void": Family.STALE,
    "ci.groups_would_break": Family.GATE,
    "store.version_conflict": Family.STALE,
}


class ServerUnavailable(ForeshockError):
    """The server that FORESHOCK_URL names can not be reached, or does not answer as Foreshock does."""

    code = "cli.server_unavailable"
    sentence = "the server {url} can not be asked: {cause}"
    family = Family.RETRY

    def __init__(self, *, url: str, cause: str) -> None:
        super().__init__(url=url, cause=cause)


class Refused(ForeshockError):
    """The server refused; what it said is told in its own words."""

    code = "cli.refused_by_server"
    sentence = "{title}"

    def __init__(self, *, title: str) -> None:
        super().__init__(title=title)
        self.document: dict[str, Any] = {}
        self.problems: tuple[Problem, ...] = ()


def refusal_of(document: Mapping[str, Any]) -> Refused:
    """Return the error of a problem document; its family, so the exit status too, is that of the server's own error."""
    error = Refused(title=document["title"])
    error.document = dict(document)
    error.problems = tuple(map(_problem, document.get("errors") or ()))
    by_status = _BY_STATUS.get(document["status"], Family.FAILURE)
    error.family = _BY_CODE.get(document["code"], by_status)  # type: ignore[misc]  # Of this instance alone.
    return error


def _problem(found: Mapping[str, Any]) -> Problem:
    """Return a problem as the server told it: the code is one of its own."""
    return Problem(found["code"], "{message}", {"message": found["message"]}, found.get("pointer"), found.get("line"))


@dataclass(frozen=True, slots=True)
class Answer:
    """The JSON of an answer, and the version its entity tag names (None: it has none)."""

    document: Any
    version: int | None


class Server:
    """
    The server at ``url``.

    ``key`` is the Idempotency-Key of the first write; each further one has the key with its number, so that the
    server can tell a request that was sent again. ``token`` is the API token it is asked with, empty for none.
    """

    def __init__(self, url: str, *, key: str, token: Secret = Secret()) -> None:  # noqa: B008  # A text never changes.
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            facts = {"url": url}
            sentence = "{url} is no address of a server; http://127.0.0.1:8080 would be right"
            raise InvalidInput([Problem("server.address", sentence, facts, "")], what="FORESHOCK_URL", setting=True)
        self.url = url
        self._parts = parts
        self._key = key
        self._writes = 0
        self._proof = {"Authorization": f"Bearer {token}"} if _sendable(token) else {}

    # requests --------------------------------------------------------------------------------------------------------
    def get(self, *path: str, **query: Any) -> Answer:
        """Read; parts of the path are quoted, parameters that are None or empty left out."""
        return self._answer("GET", path, query)

    def send(
        self,
        method: str,
        *path: str,
        body: Any = None,
        version: int | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Write, or ask with a body; ``version`` is the one that was seen (If-Match)."""
        headers = {"Idempotency-Key": self._next_key()}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        content = None
        if body is not None:
            content, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        return self._answer(method, path, query or {}, content, headers)

    def upload(
        self, method: str, *path: str, content: BinaryIO | bytes, media: str, headers: Mapping[str, str], **query: Any
    ) -> Answer:
        """Send bytes as they are; a stream is never held in memory."""
        body: Any = content if isinstance(content, bytes) else _pieces(content)
        return self._answer(method, path, query, body, {"Content-Type": media, **headers})

    def download(self, out: BinaryIO, *path: str, **query: Any) -> None:
        """Write the bytes of an answer to ``out``."""
        with self._asked("GET", path, query, None, {}) as response:
            while piece := response.read(PIECE):
                out.write(piece)

    def rows(self, *path: str, size: int = 1000, **query: Any) -> Iterator[dict[str, Any]]:
        """Yield the rows of all pages."""
        after = None
        while True:
            page = self.get(*path, **query, after=after, limit=size).document
            yield from page["rows"]
            after = page["next"]
            if after is None:
                return

    def version_of(self, *path: str) -> int:
        """Return the version of a record as it is now."""
        return self.get(*path).version or 0

    def revision(self) -> int:
        """Return the newest revision of the server's store."""
        return int(self.get("revision").document["revision"])

    # how -------------------------------------------------------------------------------------------------------------
    def _next_key(self) -> str:
        self._writes += 1
        return self._key if self._writes == 1 else f"{self._key}.{self._writes}"

    def _answer(
        self,
        method: str,
        path: Iterable[str],
        query: Mapping[str, Any],
        content: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        with self._asked(method, path, query, content, headers or {}) as response:
            try:
                raw = response.read()
                document = json.loads(raw) if raw else None
            except (ValueError, OSError, HTTPException) as error:
                raise ServerUnavailable(url=self.url, cause="its answer is no JSON of Foreshock") from error
            tag = response.getheader("ETag", "").strip('W/"')
        return Answer(document, int(tag) if tag.isdecimal() else None)

    @contextmanager
    def _asked(
        self, method: str, path: Iterable[str], query: Mapping[str, Any], content: Any, headers: Mapping[str, str]
    ) -> Iterator[HTTPResponse]:
        """Yield the response to one request, over a connection of its own, if the server did not refuse."""
        parts = self._parts
        make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        wanted = [(name, _text(v)) for name, value in query.items() for v in _several(value)]
        target = f"{parts.path.rstrip('/')}{API}/{'/'.join(quote(part, safe='') for part in path)}"
        target += f"?{urlencode(wanted)}" if wanted else ""
        with closing(make(parts.hostname or "", parts.port, timeout=SECONDS)) as connection:
            try:
                connection.request(
                    method, target, body=content, headers={"Accept": "application/json", **self._proof, **headers}
                )
                response = connection.getresponse()
            except (OSError, HTTPException) as error:
                cause = getattr(error, "strerror", None) or str(error)
                raise ServerUnavailable(url=self.url, cause=cause) from error
            with closing(response):
                if response.status >= 400:
                    raise self._refusal(response)
                yield response

    def _refusal(self, response: HTTPResponse) -> ForeshockError:
        try:
            return refusal_of(json.loads(response.read()))
        except (ValueError, TypeError, KeyError, OSError, HTTPException):
            return ServerUnavailable(url=self.url, cause=f"it answered {response.status} {response.reason}")


def _sendable(token: Secret) -> bool:
    """Tell whether there is a token; one that is no text of a header is refused without being shown."""
    if any(not "!" <= character <= "~" for character in token):
        sentence = "this is no API token; one begins with fsk_ and has no spaces: foreshock token new --help"
        raise InvalidInput([Problem("token.setting", sentence, {}, "")], what="FORESHOCK_TOKEN", setting=True)
    return bool(token)


def _several(value: Any) -> Iterable[Any]:
    if value is None:
        return ()
    return value if isinstance(value, (list, tuple)) else (value,)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(PIECE):
        yield piece
