"""JSON objects that every reader understands alike: a token may not mean one thing here and another elsewhere."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

TOKEN_DEPTH_MAX = 4
"""The deepest thing in any token is a list in a key in a header: three levels."""

INTEGER_MAX = 2**53
"""Beyond it, readers whose numbers are doubles round (RFC 8259 section 6)."""


_DIGITS_MAX = len(str(INTEGER_MAX)) + 1
"""With a sign. Python takes its time for numbers of thousands of digits."""


class NotStrict(ValueError):
    """Not one well-formed JSON object, or one that two readers could read differently."""


def _refuse(_: str) -> NoReturn:
    raise NotStrict("a number is not whole")


def _integer(digits: str) -> int:
    if len(digits) > _DIGITS_MAX or abs(value := int(digits)) > INTEGER_MAX:
        raise NotStrict("a number is beyond 2^53")
    return value


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotStrict("a name comes twice")
    return members


def _check(value: object, deeper: int) -> None:
    """Refuse what is too deep, and text with half of a surrogate pair, which no encoder takes."""
    if isinstance(value, str):
        value.encode()
    elif isinstance(value, dict | list):
        if deeper == 0:
            raise NotStrict("it is nested too deeply")
        for member in value:
            _check(member, deeper - 1)
        for member in value.values() if isinstance(value, dict) else ():
            _check(member, deeper - 1)


# Whoever measures anything in fractions does not do so in a token: fractions and exponents are refused, too.
_decoder = json.JSONDecoder(
    object_pairs_hook=_distinct, parse_int=_integer, parse_float=_refuse, parse_constant=_refuse
)


def _decoded(text: str) -> Any:
    """Return what a text says; one that has nothing around it takes the short way."""
    try:
        value, end = _decoder.scan_once(text, 0)  # type: ignore[attr-defined]
    except StopIteration:
        return _decoder.decode(text)
    return value if end == len(text) else _decoder.decode(text)


def loads(data: bytes, *, depth_max: int = TOKEN_DEPTH_MAX) -> Mapping[str, Any]:
    """Return the object that some UTF-8 bytes, of a size that is already bounded, spell.

    Raises:
        NotStrict: not UTF-8, a byte order mark, not an object, a name twice, a number that is not an integer
            within 2**53, or nested deeper than `depth_max`. The message says which and quotes nothing.
    """
    try:
        value = _decoded(data.decode())
        if b"\\" in data or data.count(b"{") + data.count(b"[") > depth_max:
            _check(value, depth_max)  # else nothing opens more often than it may nest, and no text is escaped
    except UnicodeError:
        raise NotStrict("it is not UTF-8") from None
    except RecursionError:
        raise NotStrict("it is nested too deeply") from None
    except json.JSONDecodeError:
        raise NotStrict("it is not JSON") from None
    if not isinstance(value, dict):
        raise NotStrict("it is no object")
    return value
