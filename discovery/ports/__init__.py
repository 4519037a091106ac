"""What a connector is, what it is given and what it gives back: all that one has to know to write another."""

from discovery.ports.connector import Connector, Line, Part, Shaped, Target
from discovery.ports.errors import (
    CredentialsRefused,
    HostKeyChanged,
    PartlyRead,
    TargetError,
    Throttled,
    TimedOut,
    Unreachable,
    Unreadable,
)
from discovery.ports.settings import Seconds, Secret, Settings, Texts

__all__ = [
    "Connector",
    "CredentialsRefused",
    "HostKeyChanged",
    "Line",
    "Part",
    "PartlyRead",
    "Seconds",
    "Secret",
    "Settings",
    "Shaped",
    "Target",
    "TargetError",
    "Texts",
    "Throttled",
    "TimedOut",
    "Unreachable",
    "Unreadable",
]
