"""A name server for one address: every name has it, and no other. Answers on 127.0.0.1, port 53."""

import socket

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", 53))
    while True:
        query, client = server.recvfrom(512)
        end = query.index(0, 12) + 5
        wants_ipv4 = query[end - 4 : end - 2] == b"\x00\x01"
        answer = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04" + socket.inet_aton("127.0.0.1")
        header = query[:2] + b"\x81\x80\x00\x01" + bytes([0, wants_ipv4]) + b"\x00\x00\x00\x00"
        server.sendto(header + query[12:end] + (answer if wants_ipv4 else b""), client)
