"""Who ends an estate when whoever holds it has ended, or after an hour; and the removal of what was left behind."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time

from tests.estate import hosts, netns
from tests.estate.place import PREFIX, ROOT, SOURCE, Place

CHECKOUT = SOURCE.parents[1]
HIRING = 10.0  # Seconds an estate may be without a keeper when it is made.


def employ(place: Place, *, held: bool, seconds: float = hosts.LIFETIME) -> subprocess.Popen[bytes]:
    """Start the keeper of an estate: of one that is ``held`` it watches the end of this process too."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.estate.keeper", place.name, f"{seconds:g}", *(["held"] if held else [])],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE if held else subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    place.keeper.write_text(json.dumps({"pid": process.pid, "began": netns.began(process.pid)}), encoding="ascii")
    return process


def dismiss(place: Place, process: subprocess.Popen[bytes] | None = None) -> None:
    """End the keeper of an estate before it ends the estate."""
    if process is not None:
        process.kill()
        process.communicate()
    elif (pid := _keeper(place)) is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def sweep() -> list[str]:
    """Remove every estate that has no keeper any more, whoever made it, and return their names."""
    known = {path.name for path in ROOT.glob("*")} if ROOT.exists() else set()
    named = {name.removeprefix(PREFIX).rpartition(".")[0] for name in netns.names(PREFIX)}
    swept = sorted(name for name in known | named if _is_abandoned(Place(name)))
    for name in swept:
        hosts.remove(Place(name))
    return swept


def _is_abandoned(place: Place) -> bool:
    """Tell whether nobody keeps an estate; one that is just being made may have no keeper yet."""
    if _keeper(place) is not None:
        return False
    with contextlib.suppress(FileNotFoundError):
        return place.keeper.exists() or time.time() - place.folder.stat().st_mtime > HIRING
    return True


def _keeper(place: Place) -> int | None:
    """Return the number of an estate's keeper, if that lives; the number alone may be another's by now."""
    try:
        document = json.loads(place.keeper.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return document["pid"] if netns.began(document["pid"]) == document["began"] else None


def main() -> None:
    """Keep the estate that is named for so many seconds, or until the input ends where it is held."""
    name, seconds, held = sys.argv[1], float(sys.argv[2]), len(sys.argv) > 3
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if held:
        select.select([sys.stdin], [], [], seconds)
    else:
        time.sleep(seconds)
    hosts.remove(Place(name))


if __name__ == "__main__":
    main()
