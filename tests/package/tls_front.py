"""Speaks TLS in front of a server without: `tls_front.py CERTIFICATE KEY HOST:PORT`. Prints its port."""

import contextlib
import socket
import ssl
import sys
import threading

certificate, key, behind = sys.argv[1:]
host, port = behind.split(":")
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)


def pump(source, sink):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


def serve(client):
    with contextlib.suppress(OSError):
        client = context.wrap_socket(client, server_side=True)
        server = socket.create_connection((host, int(port)))
        threading.Thread(target=pump, args=(client, server), daemon=True).start()
        pump(server, client)


with socket.create_server(("127.0.0.1", 0)) as listener:
    print(listener.getsockname()[1], flush=True)
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
