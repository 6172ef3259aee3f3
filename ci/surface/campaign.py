"""Lets Schemathesis ask our own `serve`, as it was recorded and repaired, and judges all that was answered.

Schemathesis makes up the requests and judges the statuses; what counts in the end is the recording that the fake writes
of them, in which also stands which layer decided.
"""

import argparse
import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from pathlib import Path

import judge

ROOT = Path(__file__).parents[2]
DOCUMENTS = ROOT / "fake-server/openapi"
ADMINISTRATOR = "platform-administrator"
ACME = "000000a0-0000-4000-8000-000000000001"
ALPHA = "000000b0-0000-4000-8000-000000000001"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("plumbline", type=Path)
    arguments.add_argument("examples", type=int)
    arguments.add_argument("seed", type=int)
    arguments = arguments.parse_args()
    failed = False
    for mode in ("recorded", "repaired"):
        for service in ("identity", "region"):
            with tempfile.TemporaryDirectory() as folder:
                failed |= campaign(arguments, mode, service, Path(folder))
    sys.exit(failed)


def campaign(arguments, mode, service, folder):
    """One service, one mode: whether something was found."""
    recording = folder / "recording.json"
    with serving(arguments.plumbline, mode, folder, recording) as announced:
        status, lines = ask(arguments, service, announced, folder)
    with recording.open() as file:
        verdict = judge.Judge(service, mode == "repaired", ROOT).of(json.load(file))
    print(f"== {service}, {mode}: {verdict.requests} requests, {verdict.succeeded} succeeded")
    reached, all_ = len(verdict.reached), verdict.operations
    print(f"   {reached} of {all_} operations reached, {len(verdict.successes)} with success")
    print(f"   statuses: {counted(verdict.statuses)}")
    if verdict.known:
        print(f"   known defects: {counted(verdict.known)}")
    for what, count in verdict.wrong.most_common():
        print(f"   WRONG, {count} times: {what}\n      e.g. {verdict.examples[what]}")
    # 1: it found something, by its own word, which is judged here; anything else: it could not go on.
    if status not in (0, 1):
        print("\n".join(lines[-40:]))
    print(f"   Schemathesis: {lines[-1].strip('= ')}", flush=True)
    return bool(verdict.wrong) or status not in (0, 1)


def counted(counter):
    return ", ".join(f"{name} {count}" for name, count in sorted(counter.items(), key=str))


class serving:
    """The fake, in the recorded world and with a service in it that may do everything."""

    def __init__(self, plumbline, mode, folder, recording):
        world = json.loads((ROOT / "fake-server/world.json").read_text())
        role = world["roles"][ADMINISTRATOR]["id"]
        world["systemAccounts"]["world-administrator"] = {"role": ADMINISTRATOR, "roleId": role}
        known = {"name": "administrator", "commonName": "world-administrator"}
        world["certificates"].append({**known, "key": "rsa-2048", "validity": "valid"})
        (folder / "world.json").write_text(json.dumps(world))
        self.command = [
            *(plumbline, "serve", "--world", folder / "world.json"),
            *("--credentials", folder / "credentials", "--recording", recording),
            # What would be cut as undeclared is sent, so that the judge can say what it was and Schemathesis goes on.
            *(["--repaired"] if mode == "repaired" else ["--undeclared", "send"]),
        ]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        return json.loads(self.process.stdout.readline())

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def ask(arguments, service, announced, folder):
    """Schemathesis' exit status and what it said."""
    callers = folder / "callers.json"
    callers.write_text(json.dumps(callers_of(announced)))
    command = [
        *(Path(sys.executable).parent / "schemathesis", "--config-file", ROOT / "ci/surface/schemathesis.toml"),
        *("run", DOCUMENTS / f"{service}.yaml", "--url", announced[service], "--tls-verify", announced["ca"]),
        *("--phases", "examples,coverage,fuzzing,stateful", "--seed", str(arguments.seed)),
        *("--max-examples", str(arguments.examples), "--generation-deterministic"),
        *("--checks", "not_a_server_error,status_code_conformance", "--no-color"),
    ]
    # It leaves notes where it is run.
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "ci/surface"),
        "PLUMBLINE_CALLERS": str(callers),
        "PLUMBLINE_DOCUMENTS": str(DOCUMENTS),
    }
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if log := os.environ.get("PLUMBLINE_SCHEMATHESIS_LOG"):
        Path(f"{log}-{service}.txt").write_text(done.stdout + done.stderr)
    return done.returncode, (done.stdout + done.stderr).strip().splitlines()


def callers_of(announced):
    """Services by certificate and users by token: those who may do everything more often than those who may not."""
    with open(announced["deployment"], "rb") as file:
        tokens = tomllib.load(file)["tokens"]
    folder = Path(announced["deployment"]).parent

    def service(role, weight, actor=None, impersonate=False):
        files = announced["credentials"][role]
        principal = {"organizationId": ACME, "projectId": ALPHA}
        if actor:
            principal |= {"actor": actor, "type": "user"}
        encoded = base64.urlsafe_b64encode(json.dumps(principal).encode()).decode().rstrip("=")
        headers = {"X-Principal": encoded} | ({"X-Impersonate": "true"} if impersonate else {})
        name = f"{role} as {actor}" if impersonate else role
        return {"name": name, "weight": weight, "cert": [files["certificate"], files["key"]], "headers": headers}

    def user(name, weight):
        token = (folder / tokens[name]["file"]).read_text()
        return {"name": name, "weight": weight, "cert": None, "headers": {"Authorization": f"Bearer {token}"}}

    return [
        service("administrator", 6, "alice@acme.test"),
        service("kubernetes", 1, "alice@acme.test"),
        service("compute", 1, "alice@acme.test", impersonate=True),
        service("consumer", 1, "nobody@nowhere.test", impersonate=True),
        service("unregistered", 1, "alice@acme.test"),
        user("root", 5),
        user("alice", 4),
        user("rita", 1),
        user("dave", 1),
        user("mallory", 1),
        user("sa-acme", 1),
        user("alice-expired", 1),
        {"name": "nobody", "weight": 1, "cert": None, "headers": {}},
    ]


if __name__ == "__main__":
    main()
