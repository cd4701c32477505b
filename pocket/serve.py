"""Give a folder of pages to browsers, on this computer or to a room: `course demo`, `course site --serve`."""

from __future__ import annotations

import io
import json
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from urllib.parse import urlsplit

from helpers import ROOT, phone
from pocket import build

CERTIFICATE = ROOT / "build" / "certificate"
DAYS = 30  # that a certificate is valid
EVERYBODY, ALONE = "0.0.0.0", "127.0.0.1"
PLACE = "pocket/"  # of the page, in `course demo` as on the site: its service worker rules over no more
# The page was once served at /, and its service worker there would hide every other page of this address.
FAREWELL = b"""self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(leave()));
async function leave() {
  for (const name of await caches.keys()) {
    if (await (await caches.open(name)).match("index.html")) await caches.delete(name);
  }
  await self.registration.unregister();
  for (const client of await self.clients.matchAll()) client.navigate(client.url);
}
"""


class Server(ThreadingHTTPServer):
    """A thread for each browser, and room for a class that opens the page at the same moment."""

    request_queue_size = 512
    daemon_threads = True

    def server_bind(self):
        """Bind without asking for this computer's name, which takes long where there is no network."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def handle_error(self, request, client_address):
        """Say nothing of browsers that go away, or that refuse the certificate."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Handler(SimpleHTTPRequestHandler):
    """Serves a folder at `place`, with the types that browsers insist on, and says nothing."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm",
        ".webmanifest": "application/manifest+json", ".svg": "image/svg+xml",
    }  # fmt: skip
    protocol_version = "HTTP/1.1"
    timeout = 60  # seconds that a silent browser keeps its thread

    def __init__(self, *words, place="", **options):
        self.place = f"/{place}"
        super().__init__(*words, **options)

    def log_message(self, *_):
        """Say nothing."""

    def end_headers(self):
        """Browsers ask again each time, so that a page that was built anew is seen."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def send_head(self):
        """Answer from the folder; from / lead to its place, and dismiss a service worker of old."""
        path = urlsplit(self.path).path
        inside = path.startswith(self.place)
        if path == "/sw.js" and not (inside and Path(self.translate_path(path)).exists()):
            return self._answer(200, FAREWELL, {"Content-Type": "text/javascript"})
        if path in ("/", self.place[:-1]) and not inside:
            return self._answer(302, b"", {"Location": self.place})
        return super().send_head() if inside else self.send_error(404)

    def translate_path(self, path):
        """Find the file of an address."""
        return super().translate_path("/" + path.removeprefix(self.place))

    def _answer(self, status, content, headers):
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(content))}).items():
            self.send_header(name, value)
        self.end_headers()
        return io.BytesIO(content)


@contextmanager
def served(folder: Path, *, host: str = ALONE, port: int = 0, https: bool = False, place: str = PLACE):
    """Serve a folder at a place while the block runs; gives its first address. ValueError if not possible."""
    try:
        server = Server((host, port), partial(Handler, directory=str(folder), place=place))
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        told = f"{host}:{port} cannot be used ({why}). Choose another with --port or --host."
        raise ValueError(told) from error
    with server:
        if https:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate(names(host)))
            # Each thread shakes hands itself, so that no browser holds up the others.
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"{'https' if https else 'http'}://{next(iter(names(host)))}:{server.server_port}/{place}"
        finally:
            server.shutdown()
            thread.join()


def names(host: str) -> dict[str, str]:
    """List the addresses at which browsers find a host, and to which network interface each belongs.

    Of 0.0.0.0 these are all IPv4 addresses of this computer, without a packet sent; 127.0.0.1 alone where it
    is in no network.
    """
    if host != EVERYBODY:
        return {host: ""}
    import psutil

    up = [name for name, state in psutil.net_if_stats().items() if state.isup]
    found = {
        one.address: name
        for name, addresses in psutil.net_if_addrs().items()
        for one in addresses
        if name in up and one.family == socket.AF_INET and not one.address.startswith("127.")
    }
    return found or {ALONE: ""}


def certificate(hosts, folder: Path = CERTIFICATE) -> tuple[Path, Path]:
    """Make a certificate for addresses and sign it with its own key, by openssl: paths of both."""
    openssl = shutil.which("openssl")
    if not openssl:
        raise ValueError(
            "--https needs the program openssl, which is not here. Install it, or leave --https out."
        )
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / "certificate.pem", folder / "key.pem"
    numbers = [host.replace(".", "").isdigit() for host in hosts]
    subjects = [f"{'IP' if number else 'DNS'}:{host}" for host, number in zip(hosts, numbers, strict=True)]
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", str(DAYS), "-subj", "/CN=The course"]
    words += ["-addext", f"subjectAltName={','.join([*subjects, 'DNS:localhost', f'IP:{ALONE}'])}"]
    words += ["-out", str(paths[0]), "-keyout", str(paths[1])]
    done = subprocess.run([openssl, *words], capture_output=True, text=True)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:]
        raise ValueError(f"openssl could not make a certificate: {' '.join(last)}")
    paths[1].chmod(0o600)
    return paths


def until_stopped(folder: Path, options, *, place: str = "") -> int:
    """Serve a folder at a place until Ctrl+C, and say at which addresses, and who reaches them."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    host, https = options.host, options.https
    with served(folder, host=host, port=options.port, https=https, place=place) as address:
        print(f"Open {address} in a browser. Ctrl+C ends it.")
        print("\n".join(_who(address, host, https)), flush=True)
        while not stop.wait(1):  # on Windows an endless wait would hear no Ctrl+C
            pass
    return 0


def _who(address, host, https):
    """Say in lines which phones reach the address of a host, and what they can do there."""
    first, *more = names(host)
    if host == EVERYBODY and first == ALONE:
        return ["This computer is in no network, so no phone reaches it. Open a hotspot, and start again."]
    if first == "localhost" or first.startswith("127."):
        return ["Only this computer reaches it. --host 0.0.0.0 --https lets phones in, camera included."]
    lines = ["Phones in this network open it too, without their camera: that takes --https."]
    if https:
        lines = ["Phones in this network open it too. They warn once: the certificate was made here."]
    if more:
        lines += ["This computer has several addresses. Take that of the network that the phones are in:"]
        lines += [f"  {address.replace(first, one)} ({card})" for one, card in names(host).items()]
        lines += [f"--host {first}, or another of them, serves only that network."]
    return lines


def main(options) -> int:
    """Build the page "The classifier in your pocket", and serve it until Ctrl+C."""
    print("Building the page; the first time takes about a minute.", flush=True)
    with phone.quietly():
        folder = build.build(data=options.data)
    print(json.loads((folder / "head.json").read_text(encoding="utf-8"))["note"].partition(". ")[0] + ".")
    return until_stopped(folder, options, place=PLACE)
