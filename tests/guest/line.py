#!/usr/bin/env python3
"""The host's end of a guest's serial line: says a text until it is answered with "got TEXT".

    line.py unix PATH TEXT      connects to a socket
    line.py tcp PORT TEXT       the same on loopback
    line.py pty FILE TEXT       makes a pseudoterminal, writes its name to FILE, waits for FILE.go, writes the
                                answer to FILE.answer, and keeps the terminal until it is killed
"""
import os
import socket
import sys
import termios
import time
import tty


def connect(kind, where):
    if kind == "unix":
        s = socket.socket(socket.AF_UNIX)
        s.connect(where)
    else:
        s = socket.create_connection(("127.0.0.1", int(where)))
    return s.detach()


def make_terminal(where):
    master, slave = os.openpty()
    tty.setraw(slave, termios.TCSANOW)
    with open(where + ".new", "w") as f:
        f.write(os.ttyname(slave))
    os.rename(where + ".new", where)
    return master


def wait_for_answer(fd, text):
    os.set_blocking(fd, False)
    heard, said, end = b"", 0, time.monotonic() + 60 * int(os.environ.get("TEST_PATIENCE", 1))
    while time.monotonic() < end:
        # A line that the guest is only about to open forgets what it was told.
        if time.monotonic() > said + 3:
            os.write(fd, text.encode() + b"\n")
            said = time.monotonic()
        try:
            heard += os.read(fd, 4096)
        except BlockingIOError:
            time.sleep(0.1)
        if b"got " + text.encode() in heard:
            return True
    print(f"{text}: heard only {heard!r}", file=sys.stderr)
    return False


kind, where, text = sys.argv[1:]
if kind == "pty":
    fd = make_terminal(where)
    while not os.path.exists(where + ".go"):
        time.sleep(0.1)
    if wait_for_answer(fd, text):
        with open(where + ".answer", "w") as f:
            f.write("got " + text)
    while True:
        time.sleep(60)
sys.exit(not wait_for_answer(connect(kind, where), text))
