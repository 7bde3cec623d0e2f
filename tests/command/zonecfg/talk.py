"""Holds a conversation with a program on a pseudo-terminal.

talk.py SCRIPT COMMAND...: each line of SCRIPT is "< TEXT" (wait until TEXT is printed), "> TEXT" (type TEXT and
Return), ">> TEXT" (type TEXT alone; \\t, \\x03, \\x04 are Tab, ^C, ^D), "? TEXT" (the same, in answer to a question),
"$ COMMAND" (run by the shell meanwhile) or "! TEXT" (TEXT must not have been printed since the last wait).  Exits with the status of the program; 99 when
it did not say what was expected.
"""
import os
import pty
import re
import select
import subprocess
import sys
import termios
import time


def main():
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "dumb"
        os.execvp(sys.argv[2], sys.argv[2:])
    seen = ""

    def fail(what):
        sys.stderr.write(f"{what}; it said:\n{seen}\n")
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        sys.exit(99)

    def read(timeout):
        nonlocal seen
        if not select.select([fd], [], [], timeout)[0]:
            return False
        try:
            data = os.read(fd, 4096)
        except OSError:
            return False
        seen += data.decode(errors="replace").replace("\r", "")
        return bool(data)

    for line in open(sys.argv[1]):
        kind, _, text = line.rstrip("\n").partition(" ")
        text = re.sub(r"\\(x[0-9a-f]{2}|[tn])", lambda m: m[0].encode().decode("unicode_escape"), text)
        if kind == "<":
            end = time.time() + 10
            while text not in seen:
                if time.time() > end or (not read(0.5) and time.time() > end):
                    fail(f"no {text!r}")
            seen = seen[seen.index(text) + len(text):]
        elif kind == ">":
            os.write(fd, text.encode() + b"\n")
        elif kind == ">>":
            # Control characters mean what they should once the line editor has the terminal.
            end = time.time() + 10
            while termios.tcgetattr(fd)[3] & termios.ICANON:
                if time.time() > end:
                    fail("no line editor")
                time.sleep(0.01)
            os.write(fd, text.encode())
        elif kind == "?":
            os.write(fd, text.encode())
        elif kind == "$":
            subprocess.run(text, shell=True, check=True)
        elif kind == "!" and text in seen:
            fail(f"unexpected {text!r}")
    end = time.time() + 10
    while time.time() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            sys.exit(os.waitstatus_to_exitcode(status))
        read(0.1)
    fail("it does not end")


main()
