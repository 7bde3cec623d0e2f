#!/usr/bin/env python3
"""A VNC viewer for tests: RFB 3.8, raw encoding, no password.

rfb.py WHERE COMMAND...   WHERE is the path of a socket or ADDRESS:PORT; the commands, in order:
  size         prints WIDTHxHEIGHT
  colour RGB N waits until at least N percent of the screen have that colour (hex, near enough)
  type TEXT    presses and releases the keys
  hold         prints "connected" and waits until the screen ends, then prints "gone"
  frames N     asks for N full updates in a row, prints the bytes that arrived and the seconds it took
  stall N      asks for N full updates and reads none of them, for as long as it lives; prints "stalled"
"""
import os
import socket
import struct
import sys
import time

WAIT = 30 * int(os.environ.get("TEST_PATIENCE", 1))


class Viewer:
    def __init__(self, where, password=None):
        if where.startswith("/"):
            self.s = socket.socket(socket.AF_UNIX)
            folder, name = os.path.split(where)
            os.chdir(folder)  # sun_path is short
            self.s.connect(name)
        else:
            address, port = where.rsplit(":", 1)
            self.s = socket.create_connection((address.strip("[]"), int(port)))
            self.s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.s.settimeout(WAIT)
        self.buffer = bytearray(1 << 20)
        assert self.get(12).startswith(b"RFB 003."), "not a VNC server"
        self.s.sendall(b"RFB 003.008\n")
        kinds = self.get(self.get(1)[0])
        assert 1 in kinds, "the screen wants a password"
        self.s.sendall(b"\x01")
        assert self.get(4) == bytes(4), "refused"
        self.s.sendall(b"\x01")  # shared: other viewers stay
        self.width, self.height = struct.unpack(">HH", self.get(4))
        self.get(16)
        self.get(struct.unpack(">I", self.get(4))[0])
        # 32 bits a pixel, blue first; raw, and the screen may change its size
        self.s.sendall(struct.pack(">BxxxBBBBHHHBBBxxx", 0, 32, 24, 0, 1, 255, 255, 255, 16, 8, 0))
        self.s.sendall(struct.pack(">BxHii", 2, 2, 0, -223))
        self.received = 0

    def get(self, n):
        data = bytearray(n)
        self.read_into(memoryview(data))
        return bytes(data)

    def read_into(self, view):
        while view:
            n = self.s.recv_into(view)
            if n == 0:
                raise EOFError
            view = view[n:]

    def ask(self, incremental=0):
        self.s.sendall(struct.pack(">BBHHHH", 3, incremental, 0, 0, self.width, self.height))

    def message(self):
        """Reads one message; true if it was an update that had pixels in it."""
        kind = self.get(1)[0]
        if kind == 0:
            pixels = False
            for _ in range(struct.unpack(">xH", self.get(3))[0]):
                x, y, w, h, how = struct.unpack(">HHHHi", self.get(12))
                if how == -223:
                    self.width, self.height = w, h
                    self.screen = bytearray(w * h * 4)
                elif how == 0:
                    self.rectangle(x, y, w, h)
                    pixels = True
                else:
                    raise ValueError("encoding %d was not asked for" % how)
            return pixels
        if kind == 1:
            self.get(struct.unpack(">xHH", self.get(5))[1] * 6)
        elif kind == 3:
            self.get(struct.unpack(">xxxI", self.get(7))[0])
        elif kind != 2:
            raise ValueError("message %d" % kind)
        return False

    def rectangle(self, x, y, w, h):
        size = w * h * 4
        if len(self.buffer) < size:
            self.buffer = bytearray(size)
        self.read_into(memoryview(self.buffer)[:size])
        self.received += size
        for row in range(h if self.keep else 0):
            start = ((y + row) * self.width + x) * 4
            self.screen[start : start + w * 4] = self.buffer[row * w * 4 : (row + 1) * w * 4]

    keep = True

    def picture(self):
        self.screen = bytearray(self.width * self.height * 4)
        self.ask()
        while not self.message():
            pass

    def share(self, rgb):
        """The percentage of pixels that are near that colour."""
        self.picture()
        want = bytes.fromhex(rgb)
        near, counted = 0, 0
        for i in range(0, len(self.screen), 4 * 7):
            b, g, r = self.screen[i : i + 3]
            counted += 1
            near += max(abs(r - want[0]), abs(g - want[1]), abs(b - want[2])) < 24
        return 100 * near // counted


def main():
    viewer = Viewer(sys.argv[1])
    words = iter(sys.argv[2:])
    for word in words:
        if word == "size":
            viewer.picture()
            print("%dx%d" % (viewer.width, viewer.height))
        elif word == "colour":
            rgb, least = next(words), int(next(words))
            end = time.time() + WAIT
            while (share := viewer.share(rgb)) < least:
                assert time.time() < end, "only %d %% of the screen are %s" % (share, rgb)
                time.sleep(0.2)
        elif word == "type":
            for key in next(words):
                for down in (1, 0):
                    viewer.s.sendall(struct.pack(">BBxxI", 4, down, ord(key)))
                    time.sleep(0.02)
            viewer.picture()  # an answer: everything before it has been read
        elif word in ("hold", "stall"):
            if word == "stall":
                for _ in range(int(next(words))):
                    viewer.ask()
            print("stalled" if word == "stall" else "connected", flush=True)
            viewer.s.settimeout(None)
            if word == "stall":
                time.sleep(1000)
            try:
                while True:
                    viewer.message()
            except (EOFError, ConnectionError):
                print("gone", flush=True)
                return
        elif word == "frames":
            viewer.keep, count = False, int(next(words))
            viewer.picture()
            viewer.received, start = 0, time.monotonic()
            for _ in range(count):
                viewer.ask()
                while not viewer.message():
                    pass
            print(viewer.received, "%.4f" % (time.monotonic() - start))
        else:
            sys.exit("rfb.py: unknown command " + word)


if __name__ == "__main__":
    main()
