"""The page of the JSON API for the reference, made from its own description."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Flask

_INTRODUCTION = """\
`foreshock serve` answers under `/api/v1`. The whole description for programs is `/api/v1/openapi.json` (OpenAPI 3.1),
and `/api/v1/` shows it to people.

- **Failures** are problem documents (RFC 9457, `application/problem+json`) with `type`, `title`, `status`, `code` and,
  for wrong input, `errors`: every fault with its JSON pointer or line. Unknown fields and parameters are refused.
- **Versions.** The `ETag` of a record is its version. A read with `If-None-Match` is answered with 304 where nothing
  changed; a write to what exists needs `If-Match` (428 without, 412 when somebody else was faster).
- **Sending again.** With an `Idempotency-Key`, a request that is sent again is answered with what it wrote the first
  time (`Idempotency-Replayed: true`).
- **Paging.** A list gives `rows` and `next`; give `next` back as `after`, null means there is no more.
- **As of.** Reads take `at`: a revision, a moment with its offset, or a day (its end in UTC).
- Until there is a sign-in, only this machine is served: requests for another host name, and writes on behalf of
  another site, are refused.
"""


def page(app: Flask) -> str:
    """Return the page: what holds for every request, and every operation by resource."""
    spec: dict[str, Any] = app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    return "\n".join(["# The JSON API", "", _INTRODUCTION, *_resources(spec)])


def _resources(spec: dict[str, Any]) -> Iterator[str]:
    for tag in spec["tags"]:
        yield from (f"## {tag['name']}", "", f"{tag['description']}.", "", "| request | what it does |", "|---|---|")
        for path, operations in spec["paths"].items():
            for method, operation in operations.items():
                if method != "parameters" and tag["name"] in operation["tags"]:
                    yield f"| `{method.upper()} {path}` | {operation['summary']} |"
        yield ""
