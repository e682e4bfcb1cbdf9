"""The entry point: `spacectl` and `python -m spacectl`."""

from __future__ import annotations

import sys

GARBAGE_THRESHOLD = 100_000


def main() -> None:
    """Runs the command, or answers a shell that completes a line: that must be felt at no key press."""
    if sys.getfilesystemencoding() == "ascii" and not all(word.isascii() for word in sys.argv):
        # LC_ALL=C without the UTF-8 mode: the bytes of words, and of the files that they name, are UTF-8 in truth
        import os

        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606 (no shell is wanted)
    if sys.argv[1:2] == ["__complete"]:
        import os

        from spacectl.completion.answer import main as complete

        complete(sys.argv[2:], os.environ, sys.stdout)
        return
    import _signal as signal  # type: ignore[import-not-found]  # as in spacectl.cli

    # until the command is there to end in its own way, an interrupt simply ends the process, unless that ignores it
    interrupt = signal.getsignal(signal.SIGINT)
    if interrupt is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    import gc

    # rows hold no cycles: the default of 700 objects makes a big answer cost twice its time, and every start more. Not
    # switched off, for `sandbox serve` and a stream may run for weeks
    gc.set_threshold(GARBAGE_THRESHOLD, 10, 10)
    from spacectl.deferred import Deferring
    from spacectl.late_references import put_off_references
    from spacectl.stand_ins import StandIns

    put_off_references()
    # click and pathlib bring these along, for what no command does with them
    with Deferring(("ast", "ipaddress")), StandIns():
        from spacectl.cli import main as run

    signal.signal(signal.SIGINT, interrupt)
    run()


if __name__ == "__main__":
    main()
