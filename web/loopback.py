"""Which host names and addresses mean this machine and lead nowhere else."""

from __future__ import annotations

import ipaddress


def is_this_machine(host: str | None) -> bool:
    """
    Tell whether a host means this machine only: ``localhost``, or any address of 127/8 or ::1.

    Any other name may lead here today and elsewhere tomorrow, so it does not count.

    >>> is_this_machine("127.0.0.2"), is_this_machine("localhost.example.org")
    (True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
