"""A web server on this computer that misbehaves on demand, for tests of downloads."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import machine

SILENCE = machine.seconds(60)  # longer than anybody here waits for an answer


class FaultyServer:
    """Serves `files` (path -> bytes); `faults` (path -> name) say how a GET of a path goes wrong.

    "403", "404", "500": that status. "html": a log-in page with status 200. "cut": half the body, then the
    connection closes. "hang": half the body, then silence. "mute": no answer at all, to HEAD neither.
    "together": waits until a second client asks too, then sends both the body in small pieces.
    A list of names is used up, one per GET; then all is well.
    """

    def __init__(self, files=(), faults=()):
        self.files, self.faults = dict(files), dict(faults)
        self.gets: list[str] = []
        self.stopped = threading.Event()
        self.pair = threading.Barrier(2)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self):
                if outer.fault(self.path) == "mute":
                    outer.stopped.wait(SILENCE)
                    return
                self.send_response(200)
                self.end_headers()

            def do_GET(self):
                outer.gets.append(self.path)
                outer.answer(self, outer.fault(self.path, use=True))

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)

    def fault(self, path, *, use=False):
        fault = self.faults.get(path)
        if isinstance(fault, list):
            return (fault.pop(0) if use else fault[0]) if fault else None
        return fault

    def answer(self, handler, fault):
        body = self.files.get(handler.path, b"")
        if handler.path not in self.files or fault in ("403", "404", "500"):
            handler.send_error(int(fault or 404))
            return
        if fault == "mute":
            self.stopped.wait(SILENCE)
            return
        if fault == "html":
            body = b"<html><body>Welcome! Please log in to use this network.</body></html>"
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if fault in ("cut", "hang"):
            handler.wfile.write(body[: len(body) // 2])
            handler.wfile.flush()
            if fault == "hang":
                self.stopped.wait(SILENCE)
        elif fault == "together":
            self.pair.wait(machine.seconds(120))
            for start in range(0, len(body), len(body) // 20 + 1):
                handler.wfile.write(body[start : start + len(body) // 20 + 1])
                time.sleep(0.02)
        else:
            handler.wfile.write(body)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
