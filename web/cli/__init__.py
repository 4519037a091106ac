"""The command line: the same desks as the API and the pages, for people and for scripts."""

from __future__ import annotations

import gc
import time
from typing import NoReturn

STARTED = time.perf_counter()
INTERRUPTED = 130
GARBAGE_AFTER = 50_000


def main() -> NoReturn:
    """Run the programme with the arguments of this process and end it with the command's exit status."""
    # Starting makes many objects and no garbage; looking for it as often as usual costs a tenth of a small command.
    gc.set_threshold(GARBAGE_AFTER)
    try:
        from web.cli.root import root
        from web.cli.session import Session

        root.main(prog_name="foreshock", obj=Session(STARTED))
    except KeyboardInterrupt:
        # Before any command began: there was nothing to interrupt, and nothing to say.
        raise SystemExit(INTERRUPTED) from None
    finally:
        # All that is left goes with the process; the interpreter's last look for garbage would cost a fifth of it.
        gc.freeze()
    raise SystemExit
