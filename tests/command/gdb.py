"""The remote protocol of gdb: gdb.py ADDRESS COMMAND...; prints the answers.  ADDRESS is a path or HOST:PORT.

A command that is only sent, because its answer comes when the guest stops again, begins with "!".
"""
import socket
import sys
import time

address = sys.argv[1]
for _ in range(100):
    if address.startswith("/"):
        s = socket.socket(socket.AF_UNIX)
        target = address
    else:
        s = socket.socket()
        host, port = address.rsplit(":", 1)
        target = (host, int(port))
    try:
        s.connect(target)
        break
    except OSError:
        s.close()
        time.sleep(0.1)
s.settimeout(20)
for command in sys.argv[2:]:
    wait = not command.startswith("!")
    command = command.lstrip("!")
    s.sendall(b"$%s#%02x" % (command.encode(), sum(command.encode()) % 256))
    if not wait:
        continue
    data = b""
    while b"#" not in data or len(data) < data.index(b"#") + 3:
        part = s.recv(65536)
        if not part:
            sys.exit("the debugger's connection ended: %r" % data)
        data += part
    s.sendall(b"+")
    print(data[data.index(b"$") + 1:data.index(b"#")].decode())
