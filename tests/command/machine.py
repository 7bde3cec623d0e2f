"""What happens to a machine of bhyve(8), seen through its monitor: machine.py CHECK NAME [ARGUMENT]...

held NAME            the guest does not run
runs NAME            it runs, within some seconds
viewers NAME SOCKET  the first viewer lets the guest go; one that comes after it was stopped does not
button NAME FIFO PID the engine waits for somebody to write to FIFO, and PID is told to end before that: the button
                     is pressed when it can be; pressed at once again it is not, and some seconds later it is
"""
import json
import os
import signal
import socket
import sys
import time


class Monitor:
    def __init__(self, name):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect("/run/bhyve/%s.qmp" % name)
        self.lines = self.socket.makefile()
        self.events = []
        self.read()
        self.do("qmp_capabilities")

    def read(self):
        return json.loads(self.lines.readline())

    def do(self, command):
        self.socket.sendall(json.dumps({"execute": command}).encode() + b"\n")
        while "event" in (message := self.read()):
            self.events.append(message["event"])
        return message["return"]

    def runs(self):
        return self.do("query-status")["running"]

    # True if the event came within so many seconds.
    def saw(self, event, seconds):
        end = time.monotonic() + seconds
        while event not in self.events:
            if time.monotonic() > end:
                return False
            self.do("query-name")
            time.sleep(0.05)
        self.events.clear()
        return True


def soon(condition):
    for _ in range(200):
        if condition():
            return
        time.sleep(0.1)
    sys.exit("it did not happen")


def view(path):
    viewer = socket.socket(socket.AF_UNIX)
    viewer.settimeout(20)
    viewer.connect(path)
    stream = viewer.makefile("rwb")
    for answer, send in ((12, b"RFB 003.008\n"), (2, b"\1"), (4, b"\1"), (24, b"")):
        assert len(stream.read(answer)) == answer
        stream.write(send)
        stream.flush()
    return viewer


def viewers(name, path):
    monitor = Monitor(name)
    assert not monitor.runs()
    first = view(path)
    soon(monitor.runs)
    monitor.do("stop")
    first.close()
    monitor.events.clear()
    second = view(path)
    assert monitor.saw("VNC_INITIALIZED", 20)
    # What the event would make bhyve do, it does at once.
    for _ in range(10):
        assert not monitor.runs(), "a viewer let a guest go that was stopped"
        time.sleep(0.05)
    second.close()


def button(name, fifo, pid):
    pid = int(pid)
    os.kill(pid, signal.SIGTERM)
    # The signal was taken: nothing is pending any more.
    soon(lambda: "ShdPnd:\t0000000000000000" in open("/proc/%d/status" % pid).read())
    os.kill(pid, signal.SIGSTOP)
    open(fifo, "w").write("x")
    monitor = Monitor(name)
    assert not monitor.saw("POWERDOWN", 0.2)
    os.kill(pid, signal.SIGCONT)
    assert monitor.saw("POWERDOWN", 20), "the signal was lost"
    os.kill(pid, signal.SIGTERM)
    assert not monitor.saw("POWERDOWN", 1), "the second press came too soon"
    time.sleep(2.5)
    os.kill(pid, signal.SIGTERM)
    assert monitor.saw("POWERDOWN", 20), "the button could be pressed only once"


check, name, *arguments = sys.argv[1:]
if check == "held":
    assert not Monitor(name).runs()
elif check == "runs":
    soon(lambda: Monitor(name).runs())
else:
    {"viewers": viewers, "button": button}[check](name, *arguments)
