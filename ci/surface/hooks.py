"""Who asks: each request that Schemathesis makes up is sent by one of the world's callers, always the same one.

`PLUMBLINE_CALLERS` names a file with the callers, JSON: `{name, weight, cert, headers}`; `PLUMBLINE_DOCUMENTS` the
folder of our documents.
"""

import json
import os
import tomllib
import zlib
from pathlib import Path

import requests
import schemathesis
import yaml

SHARED = "common.yaml"

with Path(__file__).with_name("schemathesis.toml").open("rb") as file:
    CONFIG = tomllib.load(file)
# What there is in the recorded world, by the names of path parameters.
KNOWN = {
    place.removeprefix("path."): CONFIG["dictionaries"][bound["dictionary"]]["values"][0]
    for place, bound in CONFIG["parameters"].items()
    if place.startswith("path.")
}

with Path(os.environ["PLUMBLINE_CALLERS"]).open() as file:
    CALLERS = [caller for caller in json.load(file) for _ in range(caller["weight"])]


class Shown(requests.auth.AuthBase):
    """Puts what a caller shows into a request."""

    def __init__(self, caller):
        self.caller = caller

    def __call__(self, request):
        request.headers.update(self.caller["headers"])
        # For the judge: a recording tells no token from another.
        request.headers["X-Caller"] = self.caller["name"]
        return request


@schemathesis.hook
def before_call(context, case, kwargs):
    """Chooses by what is asked, so that a request made again when an example is shrunk is asked by the same caller."""
    text = repr((case.method, case.path, case.path_parameters, case.query, case.body))
    caller = CALLERS[zlib.crc32(text.encode(errors="replace")) % len(CALLERS)]
    kwargs["auth"] = Shown(caller)
    kwargs["cert"] = tuple(caller["cert"]) if caller["cert"] else None


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Says at each operation what our documents say once, which Schemathesis does not look for or would mix up.

    What the layers before an operation answer is declared for all of them. Path parameters have what there is as their
    examples. And each operation gets replies of its own:
    Schemathesis writes the links that it infers into them, so that operations that share one would share links.
    """
    early = raw_schema.get("x-before-operations", {})
    with Path(os.environ["PLUMBLINE_DOCUMENTS"], SHARED).open() as file:
        documents = {"": raw_schema, SHARED: yaml.safe_load(file)}
    for name, parameter in raw_schema["components"]["parameters"].items():
        if parameter["in"] == "path" and name in KNOWN:
            parameter["example"] = KNOWN[name]
    for path in raw_schema["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict) and "responses" in operation:
                replies = {**early, **operation["responses"]}
                operation["responses"] = {status: own(reply, documents) for status, reply in replies.items()}


def own(reply, documents):
    """A reply instead of the reference to it."""
    if "$ref" not in reply:
        return reply
    file, pointer = reply["$ref"].split("#/")
    found = documents[file]
    for name in pointer.split("/"):
        found = found[name]
    return elsewhere(found, file)


def elsewhere(value, file):
    """A copy of a value of that file, to stand in another."""
    if isinstance(value, list):
        return [elsewhere(item, file) for item in value]
    if not isinstance(value, dict):
        return value
    copy = {name: elsewhere(item, file) for name, item in value.items()}
    if isinstance(copy.get("$ref"), str) and copy["$ref"].startswith("#"):
        copy["$ref"] = file + copy["$ref"]
    return copy
