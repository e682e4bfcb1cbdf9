"""The sandbox as a process of its own: `python -m spacectl.sandbox serve|reset --db FILE`.

Standard output gets one line of JSON: `{"endpoint": …}` once it serves, `{}` once it is reset, `{"error": …}` when
that cannot be. It ends with SIGINT or SIGTERM, and with `--lifeline` when standard input is closed.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spacectl.errors import SpacectlError
from spacectl.signals import SignalQueue, signals_queued

# A call that does not end does not keep the process, which for the same reason ends by os._exit.
STOP_SECONDS = 10


def main(arguments: Sequence[str]) -> int:
    """Runs one command line; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m spacectl.sandbox")
    parser.add_argument("action", choices=("serve", "reset"))
    parser.add_argument("--db", default=":memory:", help="SQLite file, or :memory:")
    parser.add_argument("--address", default="127.0.0.1:0", help="HOST:PORT; port 0 is any free one")
    parser.add_argument("--lifeline", action="store_true", help="end when standard input is closed")
    options = parser.parse_args(arguments)
    # gRPC would log a port that is taken in several lines of its own.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    try:
        if options.action == "reset":
            reset(Path(options.db))
            say({})
        else:
            serve(options.db, options.address, options.lifeline)
    except SpacectlError as error:
        say({"error": {"message": error.message, "hints": error.hints}})
        return error.exit_status
    return 0


def say(answer: dict[str, Any]) -> None:
    """Prints one line of JSON now."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def serve(database: str, address: str, lifeline: bool) -> None:
    """Serves until a signal comes, or until standard input is closed where that is the lifeline."""
    from spacectl.sandbox.server import start

    with signals_queued((signal.SIGINT, signal.SIGTERM)) as signals:
        sandbox = start(database, address=address)
        try:
            say({"endpoint": sandbox.endpoint})
            if lifeline:
                threading.Thread(target=wait_for_end, args=(signals,), daemon=True).start()
            signals.get()
        finally:
            stopping = threading.Thread(target=sandbox.stop, daemon=True)
            stopping.start()
            stopping.join(STOP_SECONDS)


def wait_for_end(signals: SignalQueue) -> None:
    """Wakes the main thread when standard input ends: the process that started this one is gone, or wants no more."""
    while os.read(0, 4096):
        pass
    signals.wake()


def reset(database: Path) -> None:
    """Deletes a database and makes it anew."""
    from spacectl.sandbox.server import start
    from spacectl.sandbox.store import remove_store

    remove_store(database)
    start(str(database), address="127.0.0.1:0").stop()


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]))
