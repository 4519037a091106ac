"""
Passwords that many people choose, put together from what they are made of.

Lists of leaked passwords are nearly all shorter than what is asked for here. Those that are long enough are made by
a few habits: a word and a year, two words, a walk over the keyboard, something twice.
"""

from __future__ import annotations

from functools import cache
from itertools import product

_WORDS = (
    *("password", "passwort", "passw0rd", "welcome", "letmein", "qwerty", "qwertz", "admin", "administrator"),
    *("changeme", "secret", "summer", "winter", "spring", "autumn", "monday", "sunday", "january", "december"),
    *("dragon", "monkey", "shadow", "sunshine", "princess", "football", "baseball", "superman", "batman", "master"),
    *("michael", "jordan", "charlie", "jessica", "ashley", "daniel", "computer", "internet", "server", "network"),
    *("database", "company", "service", "support", "system", "iloveyou", "trustno1", "whatever", "freedom", "login"),
    *("test", "testing", "hello", "default", "guest", "user", "root", "access", "security", "woaini", "starwars"),
)
_ENDS = (
    *("1", "12", "123", "1234", "12345", "123456", "1234567", "12345678", "123456789", "1234567890"),
    *(str(year) for year in range(1980, 2031)),
    *("01", "007", "69", "99", "111", "321", "666", "777", "888", "000", "11111", "00000"),
)
_WALKS = (
    *("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "qwertzuiop", "yxcvbnm", "azertyuiop", "abcdefghijklmno"),
    *("1qaz2wsx3edc4rfv", "qazwsxedcrfv", "q1w2e3r4t5y6u7", "1q2w3e4r5t6y7u", "pqrstuvwxyz", "zaq12wsxcde3"),
)
_MARKS = str.maketrans("@$0!|35", "asoiles")
_TRAILING = "!?.,;:*#$@%&+-_= "


@cache
def common_passwords() -> frozenset[str]:
    """Return the passwords, in lower case and without what is put behind for show; some thousand."""
    made = {word + end for word, end in product(_WORDS, ("", *_ENDS))}
    made |= {one + other for one, other in product(_WORDS, _WORDS)}
    made |= {one + end + other for one, end, other in product(_WORDS[:20], _ENDS[:5], _WORDS[:20])}
    walks = [*_WALKS, *(walk[::-1] for walk in _WALKS)]
    made |= {walk[:length] for walk in walks for length in range(4, len(walk) + 1)}
    made |= {one + other for one, other in product(walks, walks)}
    return frozenset(made)


def is_common(password: str) -> bool:
    """
    Tell whether a password is one of those, whatever its capitals, its spelling with digits, or the marks behind it.

    >>> is_common("P@ssword2024!"), is_common("aaaaaaaaaaaaaaa"), is_common("otter cabinet violin")
    (True, True, False)
    """
    plain = password.casefold().strip().rstrip(_TRAILING)
    stem = plain.rstrip("0123456789")
    spellings = {
        plain,
        stem.translate(_MARKS) + plain[len(stem) :],
        plain.replace(" ", "").replace("-", "").replace("_", ""),
    }
    return any(_once(spelling) in common_passwords() or len(_once(spelling)) < 4 for spelling in spellings)


def _once(text: str) -> str:
    """Return the part that a text repeats, itself where it repeats none."""
    for length in range(1, len(text) // 2 + 1):
        if len(text) % length == 0 and text[:length] * (len(text) // length) == text:
            return text[:length]
    return text
