"""Runs a command in a terminal, waits for the picker, presses Down and Enter: `pick.py COMMAND...`."""

import os
import pty
import select
import sys
import time

child, terminal = pty.fork()
if child == 0:
    os.environ["TERM"] = "xterm"
    os.execvp(sys.argv[1], sys.argv[1:])

screen = b""


def wait_for(text):
    """Waits up to a minute for a text on the screen."""
    global screen
    deadline = time.monotonic() + 60
    while text not in screen:
        if time.monotonic() > deadline:
            sys.exit(f"never shown: {text!r}\n{screen!r}")
        if select.select([terminal], [], [], 1)[0]:
            try:
                screen += os.read(terminal, 4096)
            except OSError:
                sys.exit(f"ended before {text!r}\n{screen!r}")


wait_for(b"Tidewater")
os.write(terminal, b"\x1b[B")
time.sleep(0.5)
os.write(terminal, b"\r")
wait_for(b"Switched")
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
