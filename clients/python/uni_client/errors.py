"""How a call can fail. Every error of this client is a `ClientError`."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Answer:
    """An answer, as far as an error keeps it: of its body no more than the beginning."""

    operation: str
    status: int
    retry_after: str | None = None
    body: bytes = field(default=b"", repr=False)
    # What the platform's error envelope said, when there was one.
    code: str | None = None
    description: str | None = None
    trace_id: str | None = None


class ClientError(Exception):
    """Any failure of this client."""

    answer: Answer | None = None


class SecretNotFound(ClientError):
    """The platform has no secret of that name."""


class SecretFormat(ClientError):
    """A secret is of the wrong type, lacks a key, or a key does not hold what it should."""


class KeyType(ClientError):
    """A key that is not RSA cannot sign a principal."""


class NoPrincipal(ClientError):
    """The context holds no principal."""


class ResourceInconsistent(ClientError):
    """The resource lacks labels or annotations that the call needs."""


class InvalidArgument(ClientError):
    """Something cannot be sent: no UUID, no header value, no address."""


class ConnectFailed(ClientError):
    """Nothing answers at the address."""


class ServerUntrusted(ClientError):
    """The server's certificate does not verify."""


class TlsFailed(ClientError):
    """TLS was not established, or was ended by the server, for another reason."""


class ConnectionLost(ClientError):
    """The connection ended before the answer was whole."""


class TimeLimit(ClientError):
    """The time limit of the call has passed."""


class NotHttp(ClientError):
    """What came is no HTTP answer."""


class AnswerError(ClientError):
    """An answer that is not the expected one."""

    def __init__(self, answer: Answer, problem: str):
        said = f" `{answer.code}` ({answer.description})" if answer.code else ""
        super().__init__(f"{answer.operation}: status {answer.status}{said}{problem}")
        self.answer = answer


class ApiError(AnswerError):
    """The platform refused, in its envelope, with a status that the operation declares."""


class UnexpectedStatus(AnswerError):
    """A status that is neither the expected one nor a declared refusal."""


class MalformedAnswer(AnswerError):
    """The status is as expected or declared, but the body is not what it should be."""


class RedirectRefused(AnswerError):
    """A redirect. None is followed: what a request says of its caller is for this service alone."""


class TooLarge(AnswerError):
    """The body passes what this client is willing to read."""
