"""The kit: its codec with bad input, and whole conversations with a driver in a process of its own."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import plumbline_driver as plumbline

FOLDER = Path(__file__).parent.parent
CALL = {"type": "call", "id": 1, "session": 1, "operation": "identity.projects.list", "client": "api"}
SETUP = {"endpoints": {"identity": "https://h:1", "region": "https://h:2"}, "secrets": []}
OPEN = {"type": "open", "session": 1, "setup": SETUP}


def line(message) -> bytes:
    return json.dumps(message).encode()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b"hello", "column 1: not JSON"),
        (b'{"type": "close", "session": 1', "column 31: not JSON"),
        (b'{"type": "\xff"}', "byte 11 is not UTF-8"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "expected the message to be an object, saw a list"),
        (b"{}", "expected `type` of the message to be text, saw nothing"),
        (line({"type": "shut"}), "`shut` is no message"),
        (line({"type": "welcome", "version": 2}), "version 2 was chosen; this driver speaks 1"),
        (line({"type": "close"}), "expected `session` of the message to be a whole number, saw nothing"),
        (line({"type": "close", "session": True}), "saw a boolean"),
        (line({"type": "close", "session": -1}), "saw the number -1"),
        (line({"type": "close", "session": 1.5}), "saw the number 1.5"),
        (line({"type": "advance", "session": 1, "seconds": "60"}), "expected `seconds`"),
        (line({"type": "cancel"}), "expected `id`"),
        (line({**CALL, "operation": 5}), "expected `operation`"),
        (line({**CALL, "arguments": []}), "expected `arguments` of the message to be an object, saw a list"),
        (line({**CALL, "context": {"traceparent": 1}}), "expected `traceparent` of `context` to be text"),
        (line({**CALL, "resource": {"group": "g"}}), "expected `kind` of `resource` to be text, saw nothing"),
        (line({"type": "open", "session": 1}), "expected `setup` of the message to be an object"),
        (line({"type": "secrets", "session": 1, "secrets": [1]}), "expected a secret to be an object"),
    ],
)
def test_what_is_no_message_is_refused_with_its_place(given, said):
    with pytest.raises(plumbline.ProtocolError) as refused:
        plumbline.decode(given, 7)
    assert said in str(refused.value)
    assert str(refused.value).startswith("line 7 of standard input: ")


def test_members_of_a_later_version_are_passed_over():
    call = plumbline.decode(line({**CALL, "priority": "high"}))["call"]
    assert (call.id, call.client, call.arguments, call.resource) == (1, "api", {}, None)


def test_no_labels_are_not_the_same_as_none_in_them():
    resource = {"group": "g", "kind": "K", "plural": "ks", "name": "n", "labels": {}}
    call = plumbline.decode(line({**CALL, "resource": resource}))["call"]
    assert (call.resource.labels, call.resource.annotations) == ({}, None)


def test_whole_numbers_stay_exact():
    call = plumbline.decode(line({**CALL, "arguments": {"amount": 9007199254740993}}))["call"]
    assert b"9007199254740993" in plumbline.encode(call.arguments)


def test_half_a_surrogate_pair_does_not_break_the_line():
    assert plumbline.encode({"value": "\ud800"}) == b'{"value":"?"}\n'


def test_what_is_no_json_is_not_encoded():
    with pytest.raises(ValueError, match="JSON"):
        plumbline.encode({"value": float("nan")})


def table(**changes) -> plumbline.Table:
    usual = dict(name="n", version="1", capabilities=["api-client"], open=None, operations={}, failure=None)
    return plumbline.Table(**{**usual, **changes})


def test_names_that_the_protocol_has_not_are_refused_with_the_nearest():
    with pytest.raises(plumbline.TableError, match=r"did you mean `identity\.projects\.list`"):
        plumbline.check(table(operations={"identity.project.list": None}))
    with pytest.raises(plumbline.TableError, match="did you mean `call-timeout`"):
        plumbline.check(table(capabilities=["call-timeouts"]))
    with pytest.raises(plumbline.TableError, match="does not serve the capability `converge`"):
        plumbline.check(table(capabilities=["converge"]))


def test_names_are_those_of_the_schema():
    schema = json.loads((FOLDER / "../../harness/protocol/schema.json").read_text())

    def names(value) -> set:
        found = set()
        for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
            found |= names(child)
        if isinstance(value, dict):
            found |= {value["const"]} if isinstance(value.get("const"), str) else set()
            found |= {name for name in value.get("enum", []) if isinstance(name, str)}
        return found

    definitions = schema.get("$defs") or schema["definitions"]
    assert names(definitions["Operation"]) == set(plumbline.OPERATIONS)
    assert names(definitions["Capability"]) == set(plumbline.CAPABILITIES + plumbline.NOT_SERVED)
    assert names(definitions["ErrorClass"]) == set(plumbline.ERROR_CLASSES)


DRIVER = """
    import asyncio, sys, time
    import plumbline_driver as plumbline

    def build(setup):
        print("a library that speaks to people", flush=True)
        return setup

    async def slow(client, call):
        await asyncio.sleep(60)

    def change(client, call):
        call.resource.annotations["done"] = "yes"
        raise KeyError("their own")

    plumbline.main(plumbline.Table(
        name="sample", version="1", capabilities=["api-client"],
        open=build,
        operations={
            "identity.projects.list": lambda setup, call: [setup.identity],
            "identity.projects.read": slow,
            "identity.projects.update": change,
            "identity.projects.create": lambda setup, call: object(),
            "identity.projects.delete": lambda setup, call: 1 / 0,
            "identity.quotas.read": lambda setup, call: time.sleep(60),
            "identity.quotas.update": lambda setup, call: sorted(setup.secrets),
        },
        failure=lambda error: plumbline.Failure("other", str(error)) if isinstance(error, KeyError) else None,
    ))
"""


def converse(*messages) -> tuple[list[dict], subprocess.CompletedProcess]:
    """Says all at once, and then no more; gives what the driver answered, after its `hello`."""
    said = b"".join(message if isinstance(message, bytes) else line(message) + b"\n" for message in messages)
    command = [sys.executable, "-c", textwrap.dedent(DRIVER)]
    ended = subprocess.run(command, input=said, capture_output=True, cwd=FOLDER, timeout=30, check=False)
    answers = [json.loads(answer) for answer in ended.stdout.splitlines()]
    assert answers[0]["type"] == "hello"
    return answers[1:], ended


class Conversation:
    """A driver that is spoken to one message at a time."""

    def __init__(self):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(DRIVER)], cwd=FOLDER, **pipes)
        assert self.hear()["type"] == "hello"
        self.say({"type": "welcome", "version": 1})
        self.say(OPEN)
        assert self.hear() == {"type": "opened", "session": 1}

    def say(self, message) -> None:
        self.process.stdin.write(line(message) + b"\n")
        self.process.stdin.flush()

    def hear(self) -> dict:
        return json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        status = self.process.wait(timeout=10)
        self.process.stdout.close()
        assert status == 0


def test_a_call_is_answered_and_what_else_is_printed_is_not_in_the_way():
    with Conversation() as driver:
        driver.say(CALL)
        assert driver.hear() == {"type": "done", "id": 1, "outcome": {"kind": "ok", "value": ["https://h:1"]}}


def test_a_later_call_is_answered_before_one_that_waits_and_that_one_can_be_cancelled():
    with Conversation() as driver:
        driver.say({**CALL, "id": 1, "operation": "identity.projects.read"})
        driver.say({**CALL, "id": 2, "operation": "identity.quotas.read"})
        driver.say({**CALL, "id": 3})
        assert driver.hear()["id"] == 3
        driver.say({"type": "cancel", "id": 1})
        assert driver.hear() == {"type": "done", "id": 1, "outcome": {"kind": "cancelled"}}
        driver.say({"type": "cancel", "id": 2})
        assert driver.hear() == {"type": "done", "id": 2, "outcome": {"kind": "cancelled"}}


def test_an_error_of_the_clients_own_is_an_outcome_with_the_resource_as_it_left_it():
    resource = {"group": "g", "kind": "K", "plural": "ks", "name": "n", "annotations": {}}
    with Conversation() as driver:
        driver.say({**CALL, "operation": "identity.projects.update", "resource": resource})
        outcome = driver.hear()["outcome"]
    left = {**resource, "annotations": {"done": "yes"}}
    assert outcome == {"kind": "error", "class": "other", "message": "'their own'", "resource": left}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"operation": "identity.projects.delete"}, "ZeroDivisionError"),
        ({"operation": "identity.projects.create"}, "not JSON serializable"),
        ({"session": 9}, "session 9 is not open"),
    ],
)
def test_what_is_the_drivers_fault_says_nothing_about_the_client(changes, reason):
    with Conversation() as driver:
        driver.say({**CALL, **changes})
        outcome = driver.hear()["outcome"]
    assert outcome["kind"] == "could-not-attempt"
    assert reason in outcome["reason"]


def test_secrets_that_are_replaced_are_seen_by_the_client():
    secret = {"namespace": "n", "name": "s", "type": "Opaque", "data": {}}
    with Conversation() as driver:
        driver.say({"type": "secrets", "session": 1, "secrets": [secret]})
        assert driver.hear() == {"type": "ready", "session": 1}
        driver.say({**CALL, "operation": "identity.quotas.update"})
        assert driver.hear()["outcome"]["value"] == [["n", "s"]]


def test_closing_what_is_not_open_is_answered_all_the_same():
    with Conversation() as driver:
        driver.say({"type": "close", "session": 9})
        assert driver.hear() == {"type": "closed", "session": 9}


@pytest.mark.parametrize(
    "given", [b"garbage\n", b"\x00\xff\n", b"garbage without an end", b"[" * (plumbline.LINE_LIMIT + 1)]
)
def test_garbage_ends_the_driver_with_a_message_for_people(given):
    answers, ended = converse({"type": "welcome", "version": 1}, given)
    assert (answers, ended.returncode) == ([], 2)
    message = ended.stderr.decode().splitlines()[0]
    assert message.startswith("plumbline_driver: line 2 of standard input")


def test_blank_lines_and_carriage_returns_are_no_messages():
    answers, ended = converse(b"\r\n\n", b'{"type":"close",\t"session":1}\r\n')
    assert ended.returncode == 0, ended.stderr
    assert answers in ([], [{"type": "closed", "session": 1}])
