"""`author preview`: a lab's page in a browser, which follows every change of its files.

Nothing is asked of anyone else: diagrams are shown as their text here, drawn on the site.
"""

import html
import os
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from gitops_lab.errors import GitOpsLabError
from gitops_lab.lab import examine, lint, name_of
from gitops_lab.lab.readme import parse
from gitops_lab.lab.template import render

PAUSE = 0.2
"""Seconds between two looks at the folder's times of change, while somebody has the page open."""
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>@TITLE@</title>
<style>body{max-width:46rem;margin:2rem auto;padding:0 1rem;font:1rem/1.6 system-ui,sans-serif;
color-scheme:light dark}pre{overflow:auto;padding:.8rem;border:1px solid #8886;border-radius:.4rem}
code{font-family:ui-monospace,monospace}h2{margin-top:3rem;
border-top:1px solid #8886;padding-top:1rem}
#problems{border-left:.3rem solid #c2410c;padding:.2rem 1rem}table{border-collapse:collapse}
td,th{border:1px solid #8886;padding:.2rem .6rem}</style>
<body>@PROBLEMS@<main>@TEXT@</main>
<script>new EventSource("/changes").onmessage = () => location.reload()</script></body></html>
"""


def serve(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server on loopback that is ready to serve; `server_address` has its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host = self.headers.get("Host", "").rpartition(":")[0]
            if host not in ("127.0.0.1", "localhost"):
                self.send_error(403)
            elif self.path == "/changes":
                self._stream()
            elif self.path == "/":
                self._send(page(folder).encode())
            else:
                self.send_error(404)

        def _send(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", "default-src 'self' 'unsafe-inline'")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _stream(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            try:
                for word in _changes(folder):
                    self.wfile.write(word)
                    self.wfile.flush()
            except OSError:
                return  # the page was closed

        def log_message(self, *words: object) -> None:
            """The terminal shows problems, not requests."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    return server


def page(folder: Path) -> str:
    """The lab's page as HTML, with its problems on top."""
    from markdown_it import MarkdownIt

    problems = lint(folder, name_of(folder))
    text = _text(folder)
    told = "".join(f"<li>{html.escape(str(problem))}</li>" for problem in problems)
    words = {
        "@TITLE@": html.escape(name_of(folder)),
        "@PROBLEMS@": f'<ul id="problems">{told}</ul>' if told else "",
        "@TEXT@": MarkdownIt("commonmark", {"html": False}).enable("table").render(text),
    }
    shown = _PAGE
    for word, value in words.items():
        shown = shown.replace(word, value)
    return shown


def _text(folder: Path) -> str:
    """The README with the example parameters, or as it stands while it can't be rendered."""
    file = folder / "README.md"
    if not file.is_file():
        return ""
    text = parse(file.read_text(encoding="utf-8", errors="replace")).text
    lab = examine(folder, name_of(folder)).lab
    try:
        return render(text, lab.example_parameters) if lab else text
    except GitOpsLabError:
        return text


def _changes(folder: Path) -> Iterator[bytes]:
    """A message for each change; a comment in between, so that a closed page is noticed."""
    before = _times(folder)
    yield b": hello\n\n"
    while True:
        time.sleep(PAUSE)
        now = _times(folder)
        if now != before:
            before = now
            yield b"data: changed\n\n"
        else:
            yield b":\n\n"


def _times(folder: Path) -> list[tuple[str, int, int]]:
    found = []
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                entry = Path(root, name).stat()
            except OSError:  # gone in between
                continue
            found.append((name, entry.st_mtime_ns, entry.st_size))
    return sorted(found)
