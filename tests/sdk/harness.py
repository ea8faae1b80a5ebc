"""Starts a scripted upstream and a Familiar in front of it, for tests with the official SDKs.

The programs are taken from `target/debug` (or `$FAMILIAR_BIN` and `$SCRIPTED_UPSTREAM_BIN`).
"""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import time
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEBUG = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug"

# Every wire format that Familiar speaks to providers, and the model that is called through it.
UPSTREAMS = {
    "openai": ("openai-chat", "/v1"),
    "responses": ("openai-responses", "/v1"),
    "anthropic": ("anthropic", ""),
    "gemini": ("gemini", "/v1beta"),
    "ollama": ("ollama", ""),
}
MODEL = "scripted-model"
# Models that no test has called before: the gateway leaves one alone for a while that fails again and again.
FRESH_MODELS = [f"fresh-{number}" for number in range(20)]

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
}
TWO_CALLS = {
    "parts": [
        {"tool_call": {"id": "call_a", "name": "weather", "arguments": '{"city":"Oslo"}'}},
        {"tool_call": {"id": "call_b", "name": "weather", "arguments": '{"city":"Rome"}'}},
    ]
}
HELLO = {"parts": [{"text": "Hello, you."}], "usage": {"exact": {"input": 11, "output": 5}}}


class EveryUpstream(unittest.TestCase):
    """A test runs for each upstream format, and its body must have been written in that format."""

    def each(self, check):
        for name in UPSTREAMS:
            with self.subTest(upstream=name):
                check(f"{name}/{MODEL}", name)


def scripted_error(status):
    """What the upstream answers in each of the gateway's rounds."""
    return [{"instead": {"error": {"status": status, "message": "scripted"}}}] * 3


def interrupted():
    """A stream that breaks off with an error after its first words.

    At a pace: an error that came together with the first words would be tried again unseen.
    """
    error = {"status": 529, "message": "scripted overload"}
    interruption = {"after": 2, "what": {"error": error}}
    return {"parts": [{"text": "one two three four"}], "tokens_per_second": 20, "interruption": interruption}


def _start(command, pattern, **options):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    seen = []
    for line in process.stdout:
        seen.append(line)
        found = re.search(pattern, line)
        if found:
            return process, found.group(1)
    process.stdout.close()
    process.wait(timeout=20)
    raise RuntimeError(f"`{command[0]}` ended before it listened:\n{''.join(seen)}")


class Stage:
    """One upstream, one Familiar, one key; closed with `close`."""

    def __init__(self):
        upstream_bin = os.environ.get("SCRIPTED_UPSTREAM_BIN", str(DEBUG / "scripted-upstream"))
        familiar_bin = os.environ.get("FAMILIAR_BIN", str(DEBUG / "familiar"))
        self._fresh_models = list(FRESH_MODELS)
        self.data = tempfile.TemporaryDirectory(prefix="familiar-sdk-")
        upstream, self.upstream_url = _start([upstream_bin, "--port", "0"], r"(http://127\.0\.0\.1:\d+)")
        self._running = [upstream]
        self._write_configuration()
        try:
            self._start_familiar(familiar_bin)
        except BaseException:
            self.close()
            raise

    def _start_familiar(self, familiar_bin):
        environment = {k: v for k, v in os.environ.items() if not k.endswith("_API_KEY")}
        familiar, self.url = _start(
            [familiar_bin, "serve", "--data", self.data.name, "--listen", "127.0.0.1:0"],
            r"(http://127\.0\.0\.1:\d+)",
            env=environment,
        )
        self._running.insert(0, familiar)
        self._wait_until_ready()
        made = self._post(f"{self.url}/api/keys", {"name": "sdk", "budget_usd": "100"})
        self.key = made["secret"]

    def _write_configuration(self):
        facts = 'prices = { input = "1", output = "2" }, max_output_tokens = 1000'
        models = ", ".join(f'{{ name = "{name}", {facts} }}' for name in [MODEL, *FRESH_MODELS])
        lines = ["[batch]", "poll_seconds = 0", "max_poll_seconds = 0"]
        for name, (dialect, path) in UPSTREAMS.items():
            lines += [
                f"[providers.{name}]",
                f'dialect = "{dialect}"',
                f'base_url = "{self.upstream_url}{path}"',
                'api_key = "sk-upstream"',
                f"models = [{models}]",
            ]
        (pathlib.Path(self.data.name) / "familiar.toml").write_text("\n".join(lines))

    def _wait_until_ready(self):
        for _ in range(200):
            try:
                with urllib.request.urlopen(f"{self.url}/ready") as reply:
                    if reply.status == 200:
                        return
            except OSError:
                pass
            time.sleep(0.05)
        raise RuntimeError("Familiar did not get ready")

    @staticmethod
    def _post(url, body):
        request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
        with urllib.request.urlopen(request) as reply:
            return json.load(reply)

    def script(self, *replies):
        """The upstream's next replies; whatever happened before is forgotten."""
        self._post(f"{self.upstream_url}/_script", {"reset": True, "queue": list(replies)})

    def fresh_model(self):
        """A model that nobody has called yet."""
        return self._fresh_models.pop()

    def upstream_report(self):
        with urllib.request.urlopen(f"{self.upstream_url}/_script") as reply:
            return json.load(reply)

    def last_request(self):
        """Path and body of the last model call that reached the upstream."""
        calls = [request for request in self.upstream_report()["requests"] if request["method"] == "POST"]
        return calls[-1]["path"], json.loads(calls[-1]["body"])

    def wait_for_disconnect(self):
        """Whether the upstream is told within a moment that nobody listens any more."""
        deadline = time.monotonic() + 5
        while not self.upstream_report()["disconnects"] and time.monotonic() < deadline:
            time.sleep(0.02)
        return len(self.upstream_report()["disconnects"]) == 1

    def close(self):
        for process in self._running:
            process.terminate()
        for process in self._running:
            process.wait(timeout=20)
            process.stdout.close()
        self.data.cleanup()
