"""Keeps an answer that has no end from being read for ever: boto3 reads whatever comes, however much it is."""

from __future__ import annotations

import time
from typing import Any

MOST_BYTES = 64 * 2**20
"""One page of a listing comes to about 3 MB."""
_PIECE = 2**16


class Bounded:
    """The HTTP session of a client of boto3's, with an end to each answer: of size, and of time, in seconds."""

    def __init__(self, inner: Any, seconds: float) -> None:
        self._inner, self._seconds = inner, seconds

    def send(self, request: Any) -> Any:
        """
        Send a request and return the whole answer.

        Raises:
            ReadTimeoutError: it did not end in time.
            ResponseParserError: it is larger than :data:`MOST_BYTES`; and whatever the library raises.
        """
        from botocore.exceptions import HTTPClientError, ReadTimeoutError
        from botocore.parsers import ResponseParserError
        from urllib3.exceptions import HTTPError
        from urllib3.exceptions import ReadTimeoutError as Silence

        until = time.monotonic() + self._seconds
        request.stream_output = True  # Else the library would read it to its end, which it may not have.
        response = self._inner.send(request)
        pieces, size = [], 0
        some = getattr(response.raw, "read1", response.raw.read)
        try:
            while piece := some(_PIECE):
                pieces.append(piece)
                size += len(piece)
                if size > MOST_BYTES:
                    raise ResponseParserError(f"an answer of more than {MOST_BYTES} bytes")
                if time.monotonic() > until:
                    raise ReadTimeoutError(endpoint_url=request.url)
        except Silence as error:
            response.raw.close()
            raise ReadTimeoutError(endpoint_url=request.url, error=error) from error
        except HTTPError as error:
            response.raw.close()
            raise HTTPClientError(error=error) from error
        except BaseException:
            response.raw.close()
            raise
        response._content = b"".join(pieces)
        return response

    def close(self) -> None:
        """Close all connections."""
        self._inner.close()
