"""Types at a real shell and presses Tab.

tab.py bash|zsh RC TEXT...: starts the shell on a pseudo-terminal with the start file RC, types each TEXT and a Tab,
and prints the line as it then stands, one for each TEXT.
"""
import os
import pty
import select
import sys
import tempfile
import termios
import time

# ^Xd writes what stands on the line to the file LINES, and empties it.
SHELLS = {
    "bash": ["bash", "--noprofile", "--norc", "-i"],
    "zsh": ["zsh", "-fi"],
}
DUMP = {
    "bash": r"""bind 'set bell-style none'
tab_dump() { printf '%s\0' "$READLINE_LINE" >>"$LINES_FILE"; READLINE_LINE=; }
bind -x '"\C-xd": tab_dump'
""",
    "zsh": r"""unsetopt beep
tab_dump() { printf '%s\0' "$BUFFER" >>"$LINES_FILE"; BUFFER=; }
zle -N tab_dump
bindkey '^Xd' tab_dump
""",
}


def main():
    shell, rc, texts = sys.argv[1], sys.argv[2], sys.argv[3:]
    patience = 20 * int(os.environ.get("TEST_PATIENCE", "1"))
    folder = tempfile.TemporaryDirectory()
    lines, start = f"{folder.name}/lines", f"{folder.name}/start"
    with open(start, "w") as f:
        f.write(DUMP[shell] + open(rc).read() + ': >"$LINES_FILE"\n')
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(TERM="dumb", PS1="$ ", LINES_FILE=lines)
        os.execvp(SHELLS[shell][0], SHELLS[shell])

    def until(done, what):
        end = time.time() + patience
        while not done():
            if time.time() > end:
                os.kill(pid, 9)
                os.waitpid(pid, 0)
                sys.exit(f"tab.py: {what}")
            if select.select([fd], [], [], 0.02)[0]:
                os.read(fd, 4096)

    def editing():
        return not termios.tcgetattr(fd)[3] & termios.ICANON

    def dumped():
        return open(lines).read().split("\0")[:-1] if os.path.exists(lines) else None

    until(editing, "no prompt")
    os.write(fd, f". {start}\n".encode())
    until(lambda: dumped() is not None, f"{rc} does not end")
    for i, text in enumerate(texts):
        until(editing, "no prompt")
        os.write(fd, text.encode() + b"\t\x18d")
        until(lambda n=i: len(dumped()) > n, f"{text!r}: the shell does not answer")
    print("\n".join(dumped()))
    os.kill(pid, 9)
    os.waitpid(pid, 0)


main()
