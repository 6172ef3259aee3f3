"""What the fake answered, held to our documents and to the list of known defects."""

import json
import tomllib
from collections import Counter
from dataclasses import dataclass, field

import yaml

# Layers that come before an operation, in their order: what they answer is said once in our documents.
EARLY = ("ingress", "routing", "cors", "path-parameters", "certificate", "authentication", "principal", "access-list", "validation")
METHODS = ("get", "put", "post", "delete", "patch")
# The organization of the recorded world that is not ready.
UNREADY = "000000a0-0000-4000-8000-000000000003"
MEMBERS = {
    "alice": "000000a0-0000-4000-8000-000000000001",
    "rita": "000000a0-0000-4000-8000-000000000001",
    "sa-acme": "000000a0-0000-4000-8000-000000000001",
    "dave": "000000a0-0000-4000-8000-000000000002",
    "mallory": "000000a0-0000-4000-8000-000000000002",
}
# May everything, and is a member nowhere.
OTHERS = ("root", "administrator")


@dataclass
class Verdict:
    """What came of a campaign."""

    operations: int
    requests: int = 0
    succeeded: int = 0
    reached: set = field(default_factory=set)
    successes: set = field(default_factory=set)
    statuses: Counter = field(default_factory=Counter)
    known: Counter = field(default_factory=Counter)
    wrong: Counter = field(default_factory=Counter)
    examples: dict = field(default_factory=dict)


class Judge:
    """Judges recordings of one service."""

    def __init__(self, service, repaired, root):
        self.service = service
        self.repaired = repaired
        document = yaml.safe_load((root / f"fake-server/openapi/{service}.yaml").read_text())
        operations = [item[method] for item in document["paths"].values() for method in METHODS if method in item]
        self.declared = {it["operationId"]: set(it["responses"]) for it in operations}
        self.early = set(document.get("x-before-operations", {}))
        with (root / "vectors/defects.toml").open("rb") as file:
            self.listed = {defect["id"] for defect in tomllib.load(file)["defect"]}

    def of(self, recording):
        """The verdict on all that was recorded."""
        verdict = Verdict(len(self.declared))
        peers = {it["number"]: it["handshake"].get("peer") for it in recording["connections"]}
        for exchange in recording["exchanges"]:
            self.judge(Asked(exchange, peers[exchange["connection"]]), verdict)
        return verdict

    def judge(self, asked, verdict):
        """Adds one exchange."""
        verdict.requests += 1
        verdict.statuses["cut" if asked.cut else asked.status] += 1
        verdict.reached |= {asked.operation} - {None}
        if not asked.cut and asked.status < 400:
            verdict.succeeded += 1
            verdict.successes |= {asked.operation} - {None}
        for wrong in filter(None, (self.blame(asked, verdict), self.undeclared(asked, verdict))):
            verdict.wrong[wrong] += 1
            verdict.examples.setdefault(wrong, asked.describe())

    def blame(self, asked, verdict):
        """What is wrong with an answer that blames the server, or with none; None: nothing."""
        if not asked.cut and asked.status < 500:
            return None
        defect = None if self.repaired else known(asked)
        if defect in self.listed:
            verdict.known[defect] += 1
            return None
        what = "the connection is cut" if asked.cut else f"{asked.status}"
        return f"{what} by the layer {asked.layer} of {asked.operation or 'no operation'}"

    def undeclared(self, asked, verdict):
        """What is wrong with a status that no document declares; None: nothing."""
        if asked.cut or asked.operation is None:
            return None
        # What the recorded services cut, the repaired ones send as they would before an operation.
        is_early = asked.layer in EARLY or self.repaired
        declared = self.declared[asked.operation] | (self.early if is_early else set())
        if str(asked.status) in declared:
            return None
        if asked.layer == "handler" and not self.repaired:
            # The services would cut the connection rather than send it.
            verdict.known["C-03"] += 1
            return None
        return f"{asked.status} by the layer {asked.layer} is no status of {asked.operation}"


class Asked:
    """An exchange, as far as it matters here."""

    def __init__(self, exchange, peer):
        self.exchange = exchange
        self.peer = peer
        self.layer = exchange["layer"]
        self.operation = exchange["operation"]
        self.method = exchange["request"]["method"]
        self.target = exchange["request"]["target"]
        self.cut = exchange["answer"] is None
        self.status = None if self.cut else exchange["answer"]["status"]
        self.caller = self.header("X-Caller") or "nobody"
        self.by_token = any(it["name"].lower() == "authorization" for it in exchange["request"]["headers"])
        self.impersonates = self.header("X-Impersonate") == "true"

    def header(self, name):
        found = (it for it in self.exchange["request"]["headers"] if it["name"].lower() == name.lower())
        return next((it["value"].get("text") for it in found), None)

    def describe(self):
        answer = self.exchange["answer"]
        said = "" if answer is None else json.dumps(answer["body"])[:400]
        body = json.dumps(self.exchange["request"]["body"])[:400]
        return f"{self.caller}: {self.method} {self.target} {body} -> {said}"


def known(asked):
    """The known defect that an answer shows which blames the server: vectors/defects.toml says what each is."""
    return {
        "answer-validation": unfit,
        "access-list": incomputable,
        "handler": handled,
    }.get(asked.layer, lambda _: None)(asked)


def unfit(asked):
    return "C-01" if asked.method == "GET" else "C-03"


def incomputable(asked):
    if asked.caller == "unregistered":
        return "S-01"
    if asked.impersonates:
        return "S-05"
    if asked.caller == "mallory":
        return "S-08"
    home = MEMBERS.get(asked.caller)
    if asked.by_token and "/organizations/" in asked.target and (home is None or home not in asked.target):
        return "S-10"
    return None


def handled(asked):
    if asked.cut:
        quotas = "quotas" in asked.operation or asked.operation.startswith("identity.organizations.")
        return "C-02" if quotas else None
    if "/references/" in asked.target and asked.method == "PUT":
        return "S-07"
    if "allocations" in asked.operation:
        return "S-09"
    if asked.target.startswith("/api/v2/"):
        return {"POST": "S-11", "GET": "S-13" if "?" in asked.target else None}.get(asked.method)
    if UNREADY in asked.target:
        return "S-12"
    return None
