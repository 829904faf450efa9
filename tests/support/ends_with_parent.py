"""``python ends_with_parent.py PROGRAM ARGUMENT...``: run a program that has to end when whoever started it is gone.

This process becomes the program, so that its id is the one to send signals to. A child of it waits for the end of
standard input, which comes when the process at the other end of that pipe has ended, however it did, and kills the
program then. Needs Linux (``pidfd_open``).
"""

from __future__ import annotations

import os
import select
import signal
import sys

_STDIN = 0


def main() -> None:
    program = os.pidfd_open(os.getpid())
    if os.fork() == 0:
        _watch(program)
        os._exit(0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), _STDIN)
    os.execvp(sys.argv[1], sys.argv[1:])


def _watch(program: int) -> None:
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):  # may go to the whole group; the program decides
        signal.signal(number, signal.SIG_IGN)
    either = select.poll()
    either.register(program, select.POLLIN)
    either.register(_STDIN, select.POLLIN)
    while program not in (ready := [descriptor for descriptor, _ in either.poll()]):
        if _STDIN in ready and not os.read(_STDIN, 4096):
            signal.pidfd_send_signal(program, signal.SIGKILL)
            return


if __name__ == "__main__":
    main()
