"""An editor for tests: JSON-RPC frames over the pipes of a real server, nothing of ours or of pygls in between."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

CAPABILITIES = {
    "textDocument": {"publishDiagnostics": {"relatedInformation": True, "versionSupport": True}},
    "workspace": {"workspaceEdit": {"documentChanges": True}},
}
WATCHING = {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}}
PATIENCE_SECONDS = 30
"""How long an answer is waited for: for ever, on any machine that works."""


class Editor:
    """A server process and what it sent. Files are called by their paths."""

    def __init__(self, folder: Path, *options: str, capabilities: dict[str, Any] = CAPABILITIES) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "vlmr1_lint", "server", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
        )
        self.folder = folder
        self.received: Queue[dict[str, Any]] = Queue()
        self.notifications: list[dict[str, Any]] = []
        self.versions: dict[str, int] = {}
        self.last = 0
        self.capabilities = capabilities
        self.server: dict[str, Any] = {}

    def __enter__(self) -> Editor:
        Thread(target=self._listen, daemon=True).start()
        try:
            about = {"processId": None, "rootUri": self.folder.as_uri(), "capabilities": self.capabilities}
            self.server = self.request("initialize", about)
            self.notify("initialized", {})
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()

    # -- frames --------------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        try:
            while header := stream.readline():
                length = int(header.split(b":")[1]) if header.lower().startswith(b"content-length") else 0
                while header.strip():
                    header = stream.readline()
                    if header.lower().startswith(b"content-length"):
                        length = int(header.split(b":")[1])
                self.received.put(json.loads(stream.read(length)))
        except ValueError:
            pass  # closed

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def notify(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def request(self, method: str, params: Any) -> Any:
        """The result of a request; what comes before it is kept."""
        self.last += 1
        self._send({"id": self.last, "method": method, "params": params})
        answer = self._next(lambda message: message.get("id") == self.last and "method" not in message)
        assert "error" not in answer, answer
        return answer["result"]

    def wait_for(self, method: str) -> Any:
        """The parameters of the next notification or request *method* that was not waited for yet."""
        for index, message in enumerate(self.notifications):
            if message["method"] == method:
                return self.notifications.pop(index)["params"]
        return self._next(lambda message: message.get("method") == method)["params"]

    def _next(self, wanted: Any) -> dict[str, Any]:
        while True:
            try:
                message = self.received.get(timeout=PATIENCE_SECONDS)
            except Empty:
                raise AssertionError(f"no answer; the server is {self.process.poll()}") from None
            if "id" in message and "method" in message:  # the server asks us something: we agree
                self._send({"id": message["id"], "result": None})
            if wanted(message):
                return message
            if "method" in message:
                self.notifications.append(message)

    # -- documents -----------------------------------------------------------------------------------------------

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def open(self, name: str, text: str | None = None) -> list[dict[str, Any]]:
        """Open a file (with *text* in place of what is on the disk); the diagnostics that come."""
        shown = (self.folder / name).read_bytes().decode("utf-8-sig") if text is None else text
        self.versions[name] = 1
        self.notify(
            "textDocument/didOpen",
            {"textDocument": {"uri": self.uri(name), "languageId": "yaml", "version": 1, "text": shown}},
        )
        return self.diagnostics(name)

    def change(self, name: str, text: str) -> list[dict[str, Any]]:
        self.versions[name] += 1
        self.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": self.uri(name), "version": self.versions[name]}, "contentChanges": [{"text": text}]},
        )
        return self.diagnostics(name)

    def diagnostics(self, name: str) -> list[dict[str, Any]]:
        """The next diagnostics of the file that are of its newest version (or of none)."""
        while True:
            params = self.wait_for("textDocument/publishDiagnostics")
            if params["uri"] == self.uri(name) and params.get("version") in (None, self.versions.get(name)):
                found: list[dict[str, Any]] = params["diagnostics"]
                return found

    def hover(self, name: str, line: int, character: int) -> str:
        at = {"textDocument": {"uri": self.uri(name)}, "position": {"line": line, "character": character}}
        found = self.request("textDocument/hover", at)
        return "" if found is None else str(found["contents"]["value"])

    def actions(self, name: str, diagnostic: dict[str, Any] | None = None, only: list[str] | None = None) -> list[dict[str, Any]]:
        start = {"line": 0, "character": 0}
        where = diagnostic["range"] if diagnostic else {"start": start, "end": {"line": 10**6, "character": 0}}
        context: dict[str, Any] = {"diagnostics": [], **({"only": only} if only else {})}
        params = {"textDocument": {"uri": self.uri(name)}, "range": where, "context": context}
        found: list[dict[str, Any]] = self.request("textDocument/codeAction", params)
        return found

    def shut_down(self) -> int:
        self.request("shutdown", None)
        self.notify("exit", None)
        return self.process.wait(PATIENCE_SECONDS)
