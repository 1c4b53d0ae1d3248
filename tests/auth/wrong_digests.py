"""Every way to say another body's digest, or the right one in another form: what no proof may claim."""

import base64
import hashlib
from collections.abc import Callable

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def right(body: bytes) -> str:
    """Return the one right claim of a body."""
    return f"sha-256=:{_value(body)}:"


def _value(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def _other(body: bytes, name: str) -> str:
    return f"{name}=:{base64.b64encode(hashlib.new(name.replace('-', ''), body).digest()).decode()}:"


def _url_safe(body: bytes) -> str:
    """The other alphabet, with one of its own characters in it."""
    value = _value(body).replace("+", "-").replace("/", "_")
    return f"sha-256=:{value if set(value) & set('-_') else '-' + value[1:]}:"


def _leftover(body: bytes) -> str:
    """The same 32 bytes, with other bits behind them."""
    value = _value(body)
    last = _ALPHABET[_ALPHABET.index(value[42]) + 1]
    assert base64.b64decode(value[:42] + last + "=") == hashlib.sha256(body).digest()
    return f"sha-256=:{value[:42]}{last}=:"


WRONG_DIGESTS: dict[str, Callable[[bytes], object]] = {
    "another body": lambda body: right(b"{}"),
    "one byte changed": lambda body: right(body[:-1] + bytes([body[-1] ^ 1])),
    "one byte more": lambda body: right(body + b"\n"),
    "no body": lambda body: right(b""),
    "sha-512": lambda body: _other(body, "sha-512"),
    "sha-1": lambda body: _other(body, "sha1").replace("sha1", "sha-1"),
    "sha-512 called sha-256": lambda body: _other(body, "sha-512").replace("512", "256"),
    "base64url": _url_safe,
    "no padding": lambda body: right(body).replace("=:", ":").replace("sha-256:", "sha-256=:"),
    "padding twice": lambda body: right(body)[:-1] + "=:",
    "leftover bits": _leftover,
    "hexadecimal": lambda body: f"sha-256=:{hashlib.sha256(body).hexdigest()}:",
    "31 bytes": lambda body: f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()[:31]).decode()}:",
    "33 bytes": lambda body: f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest() + b'x').decode()}:",
    "two members": lambda body: f"{right(body)}, {_other(body, 'sha-512')}",
    "twice": lambda body: f"{right(body)},{right(body)}",
    "after another": lambda body: f"{_other(body, 'sha-512')}, {right(body)}",
    "a parameter": lambda body: f"{right(body)};a=1",
    "no name": lambda body: f":{_value(body)}:",
    "no colons": lambda body: f"sha-256={_value(body)}",
    "value alone": lambda body: _value(body),
    "upper case": lambda body: right(body).replace("sha", "SHA"),
    "value in lower case": lambda body: right(body).lower() + "=",
    "a space before": lambda body: " " + right(body),
    "a space behind": lambda body: right(body) + " ",
    "a space within": lambda body: right(body).replace("=:", "= :", 1),
    "a line break": lambda body: right(body) + "\n",
    "a NUL": lambda body: right(body) + "\0",
    "no ASCII": lambda body: right(body).replace("=:", "＝:", 1),
    "empty": lambda body: "",
    "empty value": lambda body: "sha-256=::",
    "null": lambda body: None,
    "list": lambda body: [right(body)],
    "object": lambda body: {"sha-256": _value(body)},
    "number": lambda body: 256,
    "true": lambda body: True,
}
