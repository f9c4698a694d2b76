"""Runs a command in a terminal and types: `terminal.py [TEXT KEYS]... -- COMMAND...`.

Waits for each TEXT to be on the screen, then types its KEYS, which can have Python's escapes. An empty
TEXT waits half a second. Exits with the command's exit code.
"""

import os
import pty
import select
import sys
import time

separator = sys.argv.index("--")
steps, command = sys.argv[1:separator], sys.argv[separator + 1 :]
child, terminal = pty.fork()
if child == 0:
    os.execvp(command[0], command)

screen = b""


def read(timeout):
    """Reads what arrives within some seconds. Returns whether the command still runs."""
    global screen
    if select.select([terminal], [], [], timeout)[0]:
        try:
            screen += os.read(terminal, 4096)
        except OSError:
            return False
    return True


for text, keys in zip(steps[::2], steps[1::2]):
    deadline = time.monotonic() + (60 if text else 0.5)
    while not text or text.encode() not in screen:
        if time.monotonic() > deadline:
            if text:
                sys.exit(f"not shown within a minute: {text!r}\n{screen!r}")
            break
        if not read(0.1):
            sys.exit(f"ended before {text!r}\n{screen!r}")
    os.write(terminal, keys.encode().decode("unicode_escape").encode())
deadline = time.monotonic() + 60
while read(1):
    if time.monotonic() > deadline:
        sys.exit(f"does not end\n{screen!r}")
_, status = os.waitpid(child, 0)
code = os.waitstatus_to_exitcode(status)
if code:
    print(f"{screen!r}", file=sys.stderr)
sys.exit(code)
