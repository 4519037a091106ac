"""The errors of AWS and of its library, as what they mean for the target or for one listing of it."""

from __future__ import annotations

import re

from discovery.ports import CredentialsRefused, TargetError, Throttled, TimedOut, Unreachable, Unreadable

_THROTTLING = re.compile(r"Throttl|RequestLimitExceeded|TooManyRequests|SlowDown|BandwidthLimitExceeded", re.IGNORECASE)
_DENIED = re.compile(r"AccessDenied|UnauthorizedOperation|UnauthorizedAccess|AuthorizationError|NotAuthorized")
_GONE = re.compile(r"(LoadBalancer|AccessPoint|TargetGroup)\w*NotFound")
_REFUSED = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidToken",
        "MissingAuthenticationToken",
        "OptInRequired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_SECONDS = re.compile(r"[0-9]{1,4}", re.ASCII)
_WORD = re.compile(r"[^A-Za-z0-9_.:-]")


class Withheld(Exception):  # It is told as a part that is not whole, never to people as it is.
    """One request was answered with a no that says nothing about the others; ``code`` is the provider's word for it."""

    def __init__(self, code: str, *, denied: bool = False, gone: bool = False) -> None:
        super().__init__(code)
        self.code, self.denied, self.gone = code, denied, gone


class Patience(Exception):  # It never leaves the asking.
    """The request is worth sending again; ``final`` is what it comes to when it was sent often enough."""

    def __init__(self, final: TargetError) -> None:
        super().__init__(final)
        self.final = final


def word(value: object) -> str:
    """Return what AWS calls something, as a word that is safe to show."""
    return _WORD.sub("", str(value))[:80] or "unknown"


def judged(target: str, operation: str, code: str, status: int, retry_after: str = "") -> Exception:
    """Return what an error answer means: something to try again, the end of the target, or of this listing alone."""
    reason = f"{operation}: {code}"
    if _THROTTLING.search(code) or status == 429:
        seconds = float(retry_after) if _SECONDS.fullmatch(retry_after) else None
        return Patience(Throttled(target=target, reason=reason, seconds=seconds))
    if code in _REFUSED:
        return CredentialsRefused(target=target, reason=reason)
    if _DENIED.search(code):
        return Withheld(code, denied=True)
    if _GONE.search(code):
        return Withheld(code, gone=True)
    if status >= 500:
        return Patience(Unreachable(target=target, reason=f"{reason} (status {status})"))
    return Withheld(code)


def translated(target: str, operation: str, error: Exception) -> Exception:
    """Return what an error of the library means, as :func:`judged`; one it does not know is given back."""
    from botocore import exceptions as boto
    from botocore.parsers import ResponseParserError

    if isinstance(error, boto.ClientError):
        answer = error.response if isinstance(error.response, dict) else {}
        about = answer.get("ResponseMetadata", {})
        status, later = about.get("HTTPStatusCode", 0), about.get("HTTPHeaders", {}).get("retry-after", "")
        return judged(target, operation, word(answer.get("Error", {}).get("Code")), int(status or 0), str(later))
    name = type(error).__name__
    reason = f"{operation}: {name}"
    if isinstance(error, (boto.ConnectTimeoutError, boto.ReadTimeoutError)):
        return Patience(TimedOut(target=target, reason=reason))
    if isinstance(error, (boto.HTTPClientError, boto.ConnectionError)):
        return Patience(Unreachable(target=target, reason=reason))
    if "Credential" in name or "Profile" in name or "Token" in name or "SSO" in name:
        return CredentialsRefused(target=target, reason=reason)
    # What it makes of an answer that is none of AWS's is not always an error of its own.
    if isinstance(error, (boto.BotoCoreError, ResponseParserError, LookupError, TypeError, ValueError, AttributeError)):
        return Unreadable(target=target, reason=reason)
    return error
