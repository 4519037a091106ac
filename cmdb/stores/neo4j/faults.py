"""The driver's errors in the words of the port, with what is really the matter: the driver tells that seldom itself."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

from neo4j.exceptions import ClientError, Neo4jError, ServiceUnavailable, SessionExpired

from cmdb.ports.errors import StoreBusy, StoreFull, StoreRefused, StoreUnavailable

READ_ONLY = "it can only be read"
# The commit may stand in the server's log already, and so be there when the server has recovered.
UNSETTLED = frozenset(
    f"Neo.DatabaseError.Transaction.{name}" for name in ("TransactionCommitFailed", "TransactionLogError")
)
# The server took the transaction back: out of time, in line for a lock or not, or because it is being shut down.
_ENDED = (
    "TransactionTimedOut",
    "TransactionTimedOutClientConfiguration",
    "LockAcquisitionTimeout",
    "Transaction.LockClientStopped",
    "Transaction.Terminated",
)
_REFUSED = "it refused the user or the password"


def translated(error: Exception, *, address: str, database: str, seconds: float, patience: float) -> Exception:
    """
    Return the port's error for one of the driver's; it names the address, never the password.

    ``seconds`` is how long the transaction might take, ``patience`` how long it was tried again.
    """
    code = getattr(error, "code", None) or ""
    if cause := unspoken(error):
        return StoreRefused(store=address, cause=cause)
    if code.endswith(_ENDED):
        return StoreBusy(seconds=seconds)
    if code.endswith(("ForbiddenOnReadOnlyDatabase", "WriteOnReadOnlyAccessDatabase", "AccessMode")):
        return StoreUnavailable(store=address, cause=READ_ONLY)
    if code.endswith("DatabaseNotFound"):
        return StoreRefused(store=address, cause=f"it has no database {database}")
    if "No space left" in str(error):
        return StoreFull(store=address)
    if isinstance(error, ServiceUnavailable | SessionExpired):
        return StoreUnavailable(store=address, cause=_silence(error))
    if isinstance(error, ClientError) and not code.startswith("Neo.ClientError.Database"):
        return error
    if isinstance(error, Neo4jError) and error.is_retryable():
        return StoreBusy(seconds=patience)
    return StoreUnavailable(store=address, cause=str(getattr(error, "message", None) or error))


def unspoken(error: BaseException, *, opening: bool = False) -> str | None:
    """
    Return why nothing can be said to a server that is there, None where waiting for it may help.

    ``opening`` tells that nothing was said to it yet; later, TLS also breaks off when the server goes away.
    """
    for cause in _causes(error):
        if str(getattr(cause, "code", "")).startswith("Neo.ClientError.Security"):
            return _REFUSED
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                f"nobody vouches for its certificate ({cause.verify_message});"
                " SSL_CERT_FILE may name a file of those who do, and an address with +ssc takes any certificate"
            )
        if opening and isinstance(cause, ssl.SSLError):
            return f"it does not speak TLS as the address asks for ({cause.reason or 'the connection was closed'})"
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and all that led to it, outermost first."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for one in error.exceptions:
                yield from _causes(one)
        error = error.__cause__ or error.__context__


def _silence(error: BaseException) -> str:
    """Return in one line what the last of the causes says."""
    *_, last = _causes(error)
    said = (last.strerror if isinstance(last, OSError) else None) or str(last) or type(last).__name__
    if "incomplete handshake" in said:
        return "it closes connections at once: it may ask for TLS (an address with +s), or be no Neo4j server"
    return f"it does not answer ({' '.join(said.split())})"
