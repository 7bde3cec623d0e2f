#!/usr/bin/env python3
"""What is to be seen in a picture of a screen (PNG, 8 bits, RGB or RGBA).

png.py shows FILE RGB  prints WIDTHxHEIGHT; exit 0 if most of the picture has the colour
png.py size FILE       prints WIDTHxHEIGHT
png.py menu FILE       a menu of Debian's installer: a grey panel on blue with one red bar across the entry that is
                       selected; prints the top and the height of the bar, exit 0 if there is one
"""
import struct
import sys
import zlib


class Picture:
    def __init__(self, path):
        data = open(path, "rb").read()
        assert data[:8] == b"\x89PNG\r\n\x1a\n", "not a PNG"
        self.width, self.height, depth, kind = struct.unpack(">IIBB", data[16:26])
        self.step = {2: 3, 6: 4}[kind]
        at, packed = 8, b""
        while at < len(data):
            size, name = struct.unpack(">I4s", data[at : at + 8])
            packed += data[at + 8 : at + 8 + size] if name == b"IDAT" else b""
            at += size + 12
        self.rows = list(self.unfiltered(zlib.decompress(packed)))

    def unfiltered(self, raw):
        step, last = self.step, bytearray(self.width * self.step)
        for y in range(self.height):
            start = y * (len(last) + 1)
            how, row = raw[start], bytearray(raw[start + 1 : start + 1 + len(last)])
            for i in range(len(row) if how else 0):
                a, b = row[i - step] if i >= step else 0, last[i]
                c = last[i - step] if i >= step else 0
                p = a + b - c
                paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
                row[i] = (row[i] + (0, a, b, (a + b) // 2, paeth)[how]) & 255
            yield row
            last = row

    def near(self, row, rgb):
        """How many pixels of a row are near the colour."""
        want = bytes.fromhex(rgb)
        return sum(
            all(abs(row[i + k] - want[k]) < 8 for k in range(3)) for i in range(0, len(row), self.step)
        )

    def share(self, rgb):
        return sum(self.near(row, rgb) for row in self.rows) / (self.width * self.height)


def menu(picture):
    # In the row of the title there is red text; the bar is a third of the screen, but for the text on it.
    bar = [y for y, row in enumerate(picture.rows) if picture.near(row, "aa0000") > picture.width / 5]
    grey, blue = picture.share("aaaaaa"), picture.share("0000aa")
    assert grey > 0.6 and blue > 0.02, "%.2f grey, %.2f blue" % (grey, blue)
    assert bar and bar[-1] - bar[0] == len(bar) - 1, "not one red bar but rows %s" % bar
    print(bar[0], len(bar))


def main():
    picture = Picture(sys.argv[2])
    if sys.argv[1] == "menu":
        menu(picture)
        return
    print("%dx%d" % (picture.width, picture.height))
    if sys.argv[1] == "size":
        return
    assert picture.share(sys.argv[3]) > 0.6, "%.2f of the picture" % picture.share(sys.argv[3])


if __name__ == "__main__":
    main()
