"""Joins two network namespaces by a link with a delay, and logs what goes over it.

    link.py NAMESPACE NAMESPACE MILLISECONDS LOG

Each namespace gets a device `delayed`. A line of the log is the time in milliseconds, who sends (0 or
1), the protocol (tcp or udp), the TCP flags that matter (S, F, R or -) and the bytes of payload.
It stands in for netem, which not every kernel has, and for a packet sniffer.
"""

import ctypes
import fcntl
import heapq
import os
import select
import struct
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


def open_device(namespace):
    """A `link` device inside a namespace; this process stays in the last one it has opened."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open(f"/run/netns/{namespace}") as handle:
        if libc.setns(handle.fileno(), 0) != 0:
            raise OSError(ctypes.get_errno(), "setns")
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", b"delayed", IFF_TUN | IFF_NO_PI))
    return device


def describe(packet):
    """Protocol, flags and payload of an IPv4 packet; None for any other."""
    if packet[0] >> 4 != 4:
        return None
    start = (packet[0] & 15) * 4
    if packet[9] == 17:
        return f"udp - {len(packet) - start - 8}"
    if packet[9] != 6:
        return None
    flags = packet[start + 13]
    named = "".join(name for bit, name in ((2, "S"), (1, "F"), (4, "R")) if flags & bit)
    return f"tcp {named or '-'} {len(packet) - start - (packet[start + 12] >> 4) * 4}"


def main(namespaces, delay, log):
    devices = [open_device(namespace) for namespace in namespaces]
    begun, waiting, count = time.monotonic(), [], 0
    while True:
        left = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        for device in select.select(devices, [], [], left)[0]:
            packet, now = os.read(device, 65536), time.monotonic()
            sender = devices.index(device)
            count += 1
            # Nothing else is wanted: the kernel itself looks for routers as soon as a device is up.
            if line := describe(packet):
                heapq.heappush(waiting, (now + delay, count, devices[1 - sender], packet))
                print(f"{(now - begun) * 1000:.1f} {sender} {line}", file=log, flush=True)
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, device, packet = heapq.heappop(waiting)
            os.write(device, packet)


if __name__ == "__main__":
    first, second, milliseconds, path = sys.argv[1:]
    with open(path, "w") as file:
        main([first, second], float(milliseconds) / 1000, file)
