"""Values of SNMP as plain JSON, and back: whole numbers, and texts for octets, OIDs and addresses."""

from __future__ import annotations

Value = int | str

MOST_OCTETS = 4_096
"""Longer octet strings are cut; nothing that is read here is meant to be as long."""


def from_octets(octets: bytes) -> str:
    """
    Return octets as text where all are printable ASCII, else as ``0x`` and hexadecimal digits.

    >>> from_octets(b"Gi0/1"), from_octets(bytes([0, 27, 120])), from_octets(b"0x")
    ('Gi0/1', '0x001b78', '0x3078')
    """
    octets = octets[:MOST_OCTETS]
    if all(32 <= octet < 127 for octet in octets) and not octets.startswith(b"0x"):
        return octets.decode("ascii")
    return "0x" + octets.hex()


def octets(value: Value | None) -> bytes:
    """
    Return the octets of a value; none of anything that is not octets.

    >>> octets("0x001b78"), octets("Gi0/1"), octets(7), octets("0xno")
    (b'\\x00\\x1bx', b'Gi0/1', b'', b'')
    """
    if not isinstance(value, str):
        return b""
    if value.startswith("0x"):
        try:
            return bytes.fromhex(value[2:])
        except ValueError:
            return b""
    return value.encode("utf-8")


def text(value: Value | None) -> str:
    """
    Return a value as one line for people, of whatever bytes a device sent; "" where there is none.

    UTF-8 where it is that, else GBK, which is what devices with Chinese names send; control characters are blanks.

    >>> text("0xe4baa4e68da2"), text("0xbdbbbbbb"), text("0x6162000d0a"), text(5)
    ('交换', '交换', 'ab', '')
    """
    raw = octets(value).rstrip(b"\0")
    try:
        decoded = raw.decode("utf-8")
    except UnicodeDecodeError:
        decoded = raw.decode("gbk", "replace")
    return " ".join("".join(sign if sign.isprintable() else " " for sign in decoded).split())


def number(value: Value | None) -> int | None:
    """Return a whole number, or None of anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def mac(value: Value | None) -> str | None:
    """
    Return six octets as a MAC address, or None: of another length, zeros, or the address of a group.

    >>> mac("0x001b78abcd01"), mac("ABCDEF"), mac("0x000000000000"), mac("0x01005e000001")
    ('00:1b:78:ab:cd:01', None, None, None)
    """
    return mac_of(octets(value))


def mac_of(six: bytes) -> str | None:
    """Return six octets as :func:`mac` does."""
    if len(six) != 6 or not any(six) or six[0] & 1:
        return None
    return ":".join(f"{octet:02x}" for octet in six)


def numbers(index: str) -> tuple[int, ...]:
    """
    Return the numbers of an index; none where it is not made of numbers.

    >>> numbers("10.1"), numbers("x")
    ((10, 1), ())
    """
    try:
        return tuple(map(int, index.split(".")))
    except ValueError:
        return ()


def shared(address: str) -> bool:
    """
    Tell whether a MAC address (in small letters, with colons) is one that routers share: VRRP, HSRP, GLBP.

    >>> shared("00:00:5e:00:01:33"), shared("00:1b:78:ab:cd:01")
    (True, False)
    """
    return address.startswith(_SHARED)


_SHARED = ("00:00:5e:00:01:", "00:00:5e:00:02:", "00:00:0c:07:ac:", "00:00:0c:9f:f", "00:05:73:a", "00:07:b4:")
