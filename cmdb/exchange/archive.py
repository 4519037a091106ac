"""Files as one ZIP archive with their SHA-256 sums: the same files, the same bytes."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping

SUMS = "SHA256SUMS"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def archive(files: Mapping[str, bytes]) -> bytes:
    """
    Return a ZIP archive of the files by their names, sorted, and last ``SHA256SUMS`` as ``sha256sum -c`` reads it.

    Nothing is compressed, and no entry has a time or an owner, so that no library makes other bytes of it.
    """
    sums = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as written:
        for name, content in (*sorted(files.items()), (SUMS, sums.encode())):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            written.writestr(entry, content)
    return out.getvalue()
