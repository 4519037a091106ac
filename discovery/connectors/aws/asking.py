"""Asking AWS through boto3: paced, patient, cancellable, and with its errors told in our words."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any

from discovery.connectors.aws.bounded import Bounded
from discovery.connectors.aws.faults import Patience, Withheld, translated
from discovery.ports import CredentialsRefused, Line, Target, TargetError
from discovery.ports.blocking import attend

SESSION = "foreshock"  # what AWS's own log calls who took on the role
LONGEST_WAIT = 20.0  # seconds between two tries


class Asking:
    """
    The clients of one account in one region.

    boto3's own repeating is switched off: it would sleep without hearing that the run is cancelled, and send requests
    that nobody paced.
    """

    def __init__(self, target: Target, settings: Mapping[str, Any], line: Line) -> None:
        self._target, self._settings, self._line = target, settings, line
        self._account: Mapping[str, Any] = _account(target, settings)
        self._clients: dict[str, Any] = {}
        self._session = self._own_session()
        if "role_arn" in self._account:
            self._session = self._as_role(self._account["role_arn"])

    def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def ask(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """
        Return the answer to one request.

        Raises:
            Withheld: this request alone is answered with a no.
            TargetError: nothing more is to be had from the target for now.
        """
        return self._patiently(getattr(self._client(service), operation), operation, **arguments)

    def pages(self, service: str, operation: str, size: int, **arguments: Any) -> Iterator[dict[str, Any]]:
        """Yield the pages of a listing as the library's paginator asks for them, of at most ``size`` objects."""
        from botocore.exceptions import BotoCoreError

        client = self._client(service)
        if not client.can_paginate(operation):
            yield self.ask(service, operation, **arguments)
            return
        if operation not in vars(client):
            # A paginator asks through the client's method of that name: so each of its requests is ours.
            setattr(client, operation, partial(self._patiently, getattr(client, operation), operation))
        try:
            settings = {"PageSize": size} if size else {}
            yield from client.get_paginator(operation).paginate(PaginationConfig=settings, **arguments)
        except BotoCoreError as error:  # Such as the same page named as the next one.
            raise translated(self._target.id, operation, error) from None

    def _patiently(self, method: Callable[..., dict[str, Any]], operation: str, **arguments: Any) -> dict[str, Any]:
        tried = 0
        while True:
            self._line.pace()
            try:
                return attend(self._line, partial(method, **arguments))
            except Exception as error:
                told = translated(self._target.id, operation, error)
            if not isinstance(told, Patience):
                raise told from None
            tried += 1
            pause = max(min(2.0 ** (tried - 1), LONGEST_WAIT), told.final.facts.get("seconds") or 0.0)
            if tried >= self._settings["tries"] or pause >= self._line.left():
                raise told.final from None
            self._line.wait(pause)

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            self._line.check()
            self._clients[service] = self._made(self._session, service)
        return self._clients[service]

    def _made(self, session: Any, service: str) -> Any:
        from botocore.config import Config

        answer = max(1.0, min(self._settings["answer_seconds"], self._line.left()))
        config = Config(
            connect_timeout=self._settings["connect_seconds"],
            read_timeout=answer,
            retries={"total_max_attempts": 1},
            user_agent_extra=SESSION,
        )
        client = self._known(
            service,
            lambda: session.client(
                service,
                region_name=self._target.facts["region"],
                endpoint_url=self._settings.get("endpoint_url"),
                verify=self._settings.get("ca_file"),
                config=config,
            ),
        )
        sending = client._endpoint
        sending.http_session = Bounded(sending.http_session, max(1.0, self._line.left()))
        return client

    def _own_session(self) -> Any:
        from_here = self._account if _has_credential(self._account) else self._settings
        if "access_key_id" not in from_here:
            return self._known("session", lambda: self._session_of(profile_name=from_here.get("profile")))
        token = from_here.get("session_token")
        return self._session_of(
            aws_access_key_id=self._line.secret(from_here["access_key_id"]),
            aws_secret_access_key=self._line.secret(from_here["secret_access_key"]),
            aws_session_token=self._line.secret(token) if token else None,
        )

    def _as_role(self, role: str) -> Any:
        client = self._made(self._session, "sts")
        extra = {"ExternalId": self._account["external_id"]} if "external_id" in self._account else {}
        try:
            ask = partial(client.assume_role, RoleArn=role, RoleSessionName=SESSION, **extra)
            given = self._patiently(ask, "assume_role")["Credentials"]
        except Withheld as no:
            raise CredentialsRefused(target=self._target.id, reason=f"assume_role: {no.code}") from None
        finally:
            client.close()
        return self._session_of(
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )

    def _session_of(self, profile_name: str | None = None, **keys: str | None) -> Any:
        try:
            import boto3.session
            import botocore.session
        except ImportError:
            raise TargetError(target=self._target.id, reason="boto3 is not installed; install foreshock[aws]") from None
        # Below this it writes whole requests into the log, and with them the token of a session.
        logging.getLogger("botocore").setLevel(max(logging.INFO, logging.getLogger("botocore").level))
        below = botocore.session.Session(profile=profile_name)
        below.register_component("data_loader", _descriptions())
        return boto3.session.Session(botocore_session=below, **keys)

    def _known(self, what: str, make: Callable[[], Any]) -> Any:
        """Return what ``make`` gives, with the library's errors told in our words."""
        try:
            return make()
        except Exception as error:
            told = translated(self._target.id, what, error)
            raise (told.final if isinstance(told, Patience) else told) from None


@cache
def _descriptions() -> Any:
    """Return what describes AWS's services, read once: each session by itself would take a third of a second to."""
    import botocore.session

    return botocore.session.Session().get_component("data_loader")


def _account(target: Target, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    return next(each for each in settings["accounts"] if each["id"] == target.facts["account"])


def _has_credential(settings: Mapping[str, Any]) -> bool:
    return "profile" in settings or "access_key_id" in settings
