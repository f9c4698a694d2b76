"""Forwards HTTP to a server: over TLS, or with longer tokens. Prints its port.

    front.py HOST:PORT tls CERTIFICATE KEY
    front.py HOST:PORT long-tokens LENGTH
"""

import http.client
import http.server
import re
import ssl
import sys

server, kind, *options = sys.argv[1:]
padding = b"-" + b"x" * int(options[0]) if kind == "long-tokens" else b""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def forward(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {
            name: value.replace(padding.decode(), "")
            for name, value in self.headers.items()
            if name.lower() not in ("connection", "content-length")
        }
        connection = http.client.HTTPConnection(server)
        connection.request(self.command, self.path, body.replace(padding, b""), headers)
        response = connection.getresponse()
        content = response.read()
        if self.path == "/api/token":
            content = re.sub(rb'(_token":"[^"]*)', rb"\1" + padding, content)
        self.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in ("connection", "content-length", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        connection.close()

    do_GET = do_POST = do_PUT = forward

    def log_message(self, *_):
        pass


with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
    if kind == "tls":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*options)
        listener.socket = context.wrap_socket(listener.socket, server_side=True)
    print(listener.server_port, flush=True)
    listener.serve_forever()
