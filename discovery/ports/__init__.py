"""What a connector is, what it is given and what it gives back: all that one has to know to write another."""

from discovery.ports.connector import Connector, Line, Part, Sentence, Shaped, Target
from discovery.ports.errors import (
    CredentialsRefused,
    HostKeyChanged,
    PartlyRead,
    Stumbled,
    TargetError,
    Throttled,
    TimedOut,
    Unreachable,
    Unreadable,
)
from discovery.ports.receiving import Answer, Receive, Receiving
from discovery.ports.settings import Seconds, Secret, Settings, Texts

__all__ = [
    "Answer",
    "Connector",
    "CredentialsRefused",
    "HostKeyChanged",
    "Line",
    "Part",
    "PartlyRead",
    "Receive",
    "Receiving",
    "Seconds",
    "Secret",
    "Sentence",
    "Settings",
    "Shaped",
    "Stumbled",
    "Target",
    "TargetError",
    "Texts",
    "Throttled",
    "TimedOut",
    "Unreachable",
    "Unreadable",
]
