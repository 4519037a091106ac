"""
Passwords: which are taken, and how they are kept (argon2id) and compared.

The rules are those of OWASP ASVS 5.0, level 2, section 6.2: length and nothing of composition, no common ones, none
made of the person's own names, nothing cut off. Texts are compared in Unicode's form NFC, so that the same letters
typed on another keyboard are the same password.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cmdb.errors import Problem
from cmdb.people.common_passwords import is_common

LEAST, MOST = 12, 1024
"""How many characters a password has."""
_SHORT = 4


def password_problems(password: str, names: Iterable[str] = (), *, pointer: str = "/password") -> Iterator[Problem]:
    """Yield what is wrong with a password of somebody with these names; none of it repeats the password."""
    text = normalised(password)
    if len(text) < LEAST:
        sentence = "a password has {least} characters or more; this has {count}. Several words are easy to keep in mind"
        yield Problem("password.short", sentence, {"least": LEAST, "count": len(text)}, pointer)
    elif len(text) > MOST:
        yield Problem("password.long", "a password has {most} characters at most", {"most": MOST}, pointer)
    elif is_common(text):
        yield Problem("password.common", "many people have this password; choose another", {}, pointer)
    elif _is_named(text, names):
        sentence = "this password is made of your own names, or the product's; choose another"
        yield Problem("password.named", sentence, {}, pointer)
    if any("\ud800" <= character <= "\udfff" for character in text):
        yield Problem("password.text", "this is not text that can be kept; type it again", {}, pointer)


def normalised(password: str) -> str:
    """Return the password as it is hashed: Unicode's form NFC, and nothing else done to it."""
    return unicodedata.normalize("NFC", password)


def hashed(password: str) -> str:
    """Return the hash to keep, in PHC format; its salt makes it another each time."""
    return _hasher().hash(normalised(password))


def matches(kept: str | None, password: str) -> bool:
    """
    Tell whether a password is the one a hash was made of.

    None, for somebody who is unknown or has no password, takes as long and is never right.
    """
    if len(password) > MOST:
        password, kept = "", None
    try:
        right = _hasher().verify(kept or _nobodys(), normalised(password).encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False
    return right and kept is not None


def is_outdated(kept: str) -> bool:
    """Tell whether a hash was made with weaker parameters than are used now."""
    return _hasher().check_needs_rehash(kept)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()  # RFC 9106, low memory: 64 MiB, 3 passes, 4 lanes.


@cache
def _nobodys() -> str:
    """Return a hash with today's parameters, for those who have none."""
    return _hasher().hash("nobody has this password")


def _is_named(text: str, names: Iterable[str]) -> bool:
    plain = text.casefold()
    for name in (*names, "foreshock"):
        said = name.casefold().strip()
        # What is left when every mention is taken out is what there is to guess.
        if len(said) >= _SHORT and said in plain and len(plain.replace(said, "").strip("0123456789!?.,- ")) < _SHORT:
            return True
    return False
