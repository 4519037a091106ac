"""One SNMP agent that is asked: requests over UDP that are paced, timed and cancelled, and errors by their kind."""

from __future__ import annotations

import asyncio
import socket
import warnings
from collections.abc import Coroutine, Mapping, Sequence
from functools import cache
from types import SimpleNamespace
from typing import Any, TypeVar

from discovery.connectors.snmp_network.tables import Oid
from discovery.connectors.snmp_network.values import Value, from_octets
from discovery.ports import CredentialsRefused, Line, TargetError, TimedOut, Unreachable, Unreadable

_SLICE = 0.2  # A cancel is heard after this many seconds at the latest.
_ERROR_IN_REQUEST = (1, 5)  # tooBig and genErr: asking for less may help.
_NOT_ALLOWED = (6, 16)  # noAccess and authorizationError.
_REFUSALS = ("WrongDigest", "UnknownUserName", "UnsupportedSecurityLevel", "DecryptionError", "AuthenticationFailure")
_Found = TypeVar("_Found")
UP_TIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)


class Silent(Exception):
    """Nobody answered in time."""


class TooMuch(Exception):
    """The agent can not answer a request of that size."""


class Agent:
    """
    An agent at an address, or of a name; to be closed.

    Every request may raise :class:`Silent` or :class:`TooMuch`, a :class:`~discovery.ports.TargetError`, or what
    ``line`` raises to end the reading.
    """

    def __init__(self, address: str, settings: Mapping[str, Any], line: Line, *, target: str) -> None:
        self._pysnmp = library()
        self._settings, self._line, self._target = settings, line, target
        self._credential = credential(self._pysnmp, settings, line)
        self._loop = asyncio.new_event_loop()
        # What stumbles over an answer is heard as no answer; the answer is nobody's to log.
        self._loop.set_exception_handler(lambda *_: None)
        self._engine = self._pysnmp.SnmpEngine()
        try:
            self._transport = self._run(self._reach(address))
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> Agent:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._loop.run_until_complete(self._end())
        finally:
            self._loop.close()

    def get(self, oids: Sequence[Oid]) -> list[tuple[Oid, Value | None]]:
        """Return the values of ``oids``, None where the agent has none."""
        return self._ask("GetCommandGenerator", oids)

    def next(self, oid: Oid, repetitions: int) -> list[tuple[Oid, Value | None]]:
        """Return the values that follow ``oid``, so many at most; None of a value means there are no more."""
        return self._ask("BulkCommandGeneratorSingleRun", [oid], 0, repetitions)

    def alive(self) -> bool:
        """Tell whether an agent of version 3 answers at all, be it that it does not know the user who asks."""
        self._line.pace()
        stranger = self._pysnmp.UsmUserData("foreshock")
        failed = self._run(self._send("GetCommandGenerator", [UP_TIME], (), stranger))[0]
        return type(failed).__name__ != "RequestTimedOut"

    async def _reach(self, address: str) -> Any:
        try:
            found = await self._loop.getaddrinfo(address, None, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError):
            raise Unreachable(target=self._target, reason="its name is not known") from None
        address = min((str(each[4][0]) for each in found), key=lambda each: (":" in each, each))
        kind = self._pysnmp.Udp6TransportTarget if ":" in address else self._pysnmp.UdpTransportTarget
        wait = self._settings["timeout"]
        self._patience = 2 * wait + 2.0  # Version 3 may have to ask who the other is first.
        # The library's own retries would also try a wrong password again.
        return await kind.create((address, self._settings["port"]), timeout=wait, retries=0)

    async def _end(self) -> None:
        self._engine.close_dispatcher()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # The transport closes its socket in the turn that follows.

    def _ask(self, command: str, oids: Sequence[Oid], *counts: int) -> list[tuple[Oid, Value | None]]:
        for _ in range(self._settings["retries"] + 1):
            self._line.check()
            self._line.pace()
            failed, status, found = self._run(self._send(command, oids, counts, self._credential))
            if type(failed).__name__ != "RequestTimedOut":
                break
        if failed:
            raise self._error(type(failed).__name__)
        if int(status) in _ERROR_IN_REQUEST:
            raise TooMuch
        if int(status) in _NOT_ALLOWED:
            raise CredentialsRefused(target=self._target, reason="it allows this credential to read nothing")
        if int(status):
            return [(oid, None) for oid in oids]
        return [(tuple(name), self._plain(value)) for name, value in found]

    async def _send(self, command: str, oids: Sequence[Oid], counts: tuple[int, ...], credential: Any) -> Any:
        api, answer = self._pysnmp, self._loop.create_future()

        def heard(*told: Any) -> None:
            _, _, failed, status, _, found, _ = told
            if not answer.done():
                answer.set_result((failed, status, found))

        context = self._settings["context"].encode()
        address, _ = api.LCD.configure(self._engine, credential, self._transport, context)
        names = [(api.univ.ObjectIdentifier(oid), api.Null("")) for oid in oids]
        getattr(api.cmdgen, command)().send_varbinds(self._engine, address, None, context, *counts, names, heard, None)
        try:
            # The library's own count of time ends with an answer that it stumbles over.
            return await asyncio.wait_for(answer, self._patience)
        except TimeoutError:
            return api.RequestTimedOut(), 0, ()

    def _run(self, work: Coroutine[Any, Any, _Found]) -> _Found:
        """Do it in this thread, hearing every moment whether the reading is to go on."""
        task = self._loop.create_task(work)
        try:
            while not task.done():
                self._loop.run_until_complete(asyncio.wait({task}, timeout=_SLICE))
                if not task.done():
                    self._line.check()
            return task.result()
        except (OSError, self._pysnmp.PySnmpError, self._pysnmp.PyAsn1Error) as error:
            # What the library says may hold what was sent, so only the kind of error is told.
            raise Unreachable(target=self._target, reason=type(error).__name__) from None
        finally:
            task.cancel()

    def _error(self, kind: str) -> Exception:
        if kind == "RequestTimedOut":
            return Silent()
        if kind in _REFUSALS:
            return CredentialsRefused(target=self._target, reason=f"SNMP says {kind}")
        if kind == "NotInTimeWindow":
            return TimedOut(target=self._target, reason="its clock and ours do not agree on the age of a message")
        return Unreadable(target=self._target, reason=f"SNMP says {kind}")

    def _plain(self, value: Any) -> Value | None:
        api = self._pysnmp
        if isinstance(value, api.none):
            return None  # There is no such value, or there are no more.
        if isinstance(value, api.univ.ObjectIdentifier):
            return ".".join(map(str, value))
        if isinstance(value, api.IpAddress):
            return ".".join(map(str, value.asNumbers()))
        if isinstance(value, api.univ.OctetString):
            return from_octets(value.asOctets())
        return int(value) if isinstance(value, api.univ.Integer) else ""


@cache
def library() -> SimpleNamespace:
    """
    Return the names of pysnmp that are used here, in one place.

    Raises:
        TargetError: it is not installed.
    """
    try:
        with warnings.catch_warnings():
            # It imports its own old names, and says so.
            warnings.simplefilter("ignore", DeprecationWarning)
            from pyasn1.error import PyAsn1Error
            from pyasn1.type import univ
            from pysnmp.entity.rfc3413 import cmdgen
            from pysnmp.error import PySnmpError
            from pysnmp.hlapi.v3arch import asyncio as api
            from pysnmp.hlapi.v3arch.asyncio.cmdgen import LCD
            from pysnmp.proto import rfc1902, rfc1905
            from pysnmp.proto.errind import RequestTimedOut
    except ImportError as missing:
        raise TargetError(target="SNMP", reason="pysnmp is missing; install foreshock[snmp]") from missing
    names = {name: getattr(api, name) for name in _NAMES}
    return SimpleNamespace(
        **names,
        cmdgen=cmdgen,
        LCD=LCD,
        univ=univ,
        Null=univ.Null,
        IpAddress=rfc1902.IpAddress,
        none=(rfc1905.NoSuchObject, rfc1905.NoSuchInstance, rfc1905.EndOfMibView),
        RequestTimedOut=RequestTimedOut,
        PySnmpError=PySnmpError,
        PyAsn1Error=PyAsn1Error,
    )


_AUTHENTICATION = {
    "md5": "USM_AUTH_HMAC96_MD5",
    "sha": "USM_AUTH_HMAC96_SHA",
    "sha224": "USM_AUTH_HMAC128_SHA224",
    "sha256": "USM_AUTH_HMAC192_SHA256",
    "sha384": "USM_AUTH_HMAC256_SHA384",
    "sha512": "USM_AUTH_HMAC384_SHA512",
}
_PRIVACY = {
    "des": "USM_PRIV_CBC56_DES",
    "aes128": "USM_PRIV_CFB128_AES",
    "aes192": "USM_PRIV_CFB192_AES",
    "aes256": "USM_PRIV_CFB256_AES",
}


_NAMES = (
    *("SnmpEngine", "CommunityData", "UsmUserData", "UdpTransportTarget", "Udp6TransportTarget"),
    *_AUTHENTICATION.values(),
    *_PRIVACY.values(),
)


def credential(api: SimpleNamespace, settings: Mapping[str, Any], line: Line) -> Any:
    """Return what requests are signed with, its secrets fetched from where the settings refer to."""
    if settings["version"] == "2c":
        return api.CommunityData(line.secret(settings["community"]), mpModel=1)
    secrets: dict[str, Any] = {}
    if "authentication_secret" in settings:
        secrets["authKey"] = line.secret(settings["authentication_secret"])
        secrets["authProtocol"] = getattr(api, _AUTHENTICATION[settings["authentication"]])
    if "privacy_secret" in settings:
        secrets["privKey"] = line.secret(settings["privacy_secret"])
        secrets["privProtocol"] = getattr(api, _PRIVACY[settings["privacy"]])
    return api.UsmUserData(settings["user"], **secrets)
