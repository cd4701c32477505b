"""Give a folder of pages to browsers, on this computer or to a room: `course demo`, `course site --serve`."""

from __future__ import annotations

import shutil
import signal
import socket
import ssl
import subprocess
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from helpers import ROOT
from pocket import build

CERTIFICATE = ROOT / "build" / "certificate"
DAYS = 30  # that a certificate is valid
EVERYBODY = ("0.0.0.0", "::")


class Handler(SimpleHTTPRequestHandler):
    """Serves files, with the types that browsers insist on, and says nothing."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm",
        ".webmanifest": "application/manifest+json", ".svg": "image/svg+xml",
    }  # fmt: skip
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Say nothing."""

    def end_headers(self):
        """Browsers ask again each time, so that a page that was built anew is seen."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()


@contextmanager
def served(folder: Path, *, host: str = "127.0.0.1", port: int = 0, https: bool = False):
    """Serve a folder while the block runs; gives its address. ValueError if that is not possible."""
    try:
        server = ThreadingHTTPServer((host, port), partial(Handler, directory=str(folder)))
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        told = f"{host}:{port} cannot be used ({why}). Choose another with --port or --host."
        raise ValueError(told) from error
    name = own_address() if host in EVERYBODY else host
    with server:
        if https:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate(name))
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"{'https' if https else 'http'}://{name}:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def own_address() -> str:
    """Find this computer's address in its network; no packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("10.255.255.255", 1))
            return probe.getsockname()[0]
        except OSError:
            return "127.0.0.1"


def certificate(name: str, folder: Path = CERTIFICATE) -> tuple[Path, Path]:
    """Make a certificate for an address and sign it with its own key, by openssl: paths of both."""
    openssl = shutil.which("openssl")
    if not openssl:
        raise ValueError(
            "--https needs the program openssl, which is not here. Install it, or leave --https out."
        )
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / "certificate.pem", folder / "key.pem"
    kind = "IP" if name.replace(".", "").isdigit() or ":" in name else "DNS"
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", str(DAYS), "-subj", "/CN=The course"]
    words += ["-addext", f"subjectAltName={kind}:{name},DNS:localhost,IP:127.0.0.1"]
    words += ["-out", str(paths[0]), "-keyout", str(paths[1])]
    done = subprocess.run([openssl, *words], capture_output=True, text=True)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:]
        raise ValueError(f"openssl could not make a certificate: {' '.join(last)}")
    paths[1].chmod(0o600)
    return paths


def until_stopped(folder: Path, options, *, page: str = "") -> int:
    """Serve a folder until Ctrl+C, and say where; `page` is the place of the page in it."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with served(folder, host=options.host, port=options.port, https=options.https) as address:
        print(f"Open {address}{page} in a browser. Ctrl+C ends it.", flush=True)
        if options.host not in EVERYBODY:
            print(
                "Only this computer reaches it. --host 0.0.0.0 --https lets phones in, camera included.",
                flush=True,
            )
        elif options.https:
            print(
                "Phones in this network open it too. They warn once: the certificate was made here.",
                flush=True,
            )
        else:
            print("Phones in this network open it too, without their camera: that takes --https.", flush=True)
        while not stop.wait(1):  # on Windows an endless wait would hear no Ctrl+C
            pass
    return 0


def main(options) -> int:
    """Build the page "The classifier in your pocket", and serve it until Ctrl+C."""
    print("Building the page; the first time takes about a minute.", flush=True)
    return until_stopped(build.build(data=options.data), options)
