"""What is in a TPM, by the state that swtpm keeps of it: tpm.py STATEDIR INDEX [TEXT].

Prints what is kept at an index of eight bytes, or makes it and puts the text there.  The state is given to an
swtpm of our own, which is asked by TPM 2.0 commands, as a guest would.
"""
import socket
import struct
import subprocess
import sys

PASSWORD = struct.pack(">IIHBH", 9, 0x40000009, 0, 0, 0)  # a session by an empty password


def command(s, tag, code, body):
    s.sendall(struct.pack(">HII", tag, 10 + len(body), code) + body)
    reply = s.recv(4096)
    _, _, result = struct.unpack(">HII", reply[:10])
    if result:
        sys.exit("TPM command %#x: error %#x" % (code, result))
    return reply[10:]


state, index = sys.argv[1], int(sys.argv[2], 16)
ours, theirs = socket.socketpair()
swtpm = subprocess.Popen(
    ["swtpm", "socket", "--tpm2", "--tpmstate", "dir=" + state, "--fd", str(theirs.fileno()),
     "--flags", "not-need-init,startup-clear"], pass_fds=[theirs.fileno()], stderr=subprocess.DEVNULL)
theirs.close()
if len(sys.argv) > 3:
    public = struct.pack(">IHIHH", index, 0x000B, 0x02060006, 0, 8)
    command(ours, 0x8002, 0x12A, struct.pack(">I", 0x40000001) + PASSWORD + struct.pack(">HH", 0, len(public)) +
            public)
    command(ours, 0x8002, 0x137, struct.pack(">II", index, index) + PASSWORD +
            struct.pack(">H8sH", 8, sys.argv[3].encode(), 0))
else:
    reply = command(ours, 0x8002, 0x14E, struct.pack(">II", index, index) + PASSWORD + struct.pack(">HH", 8, 0))
    print(reply[6:14].decode())  # behind the size of the parameters and that of the data
ours.close()
swtpm.wait(10)
