"""What can be told from its looks: canaries that need no list of secrets, for every gateway that a suite starts.

All fixtures make residents whose ids bear a mark. A signed token and the code of a pass are known by their form.
So whoever ends a gateway can search what it wrote: `tests/flow/processes.py` does so for each.
"""

import re
import secrets
from collections.abc import Callable, Mapping

from gateway.domain.codes import normalise
from gateway.domain.errors import MalformedInput
from tests.canaries.unfolding import readings

MARK = "CANARY-ID-"


def canary_id() -> str:
    """Return the registry id of somebody who is in no other test."""
    return MARK + secrets.token_hex(8)


def _is_code(text: bytes) -> bool:
    """Whether a pass could have this code: letters are in it, and its check character is right."""
    try:
        normalise(text.decode())
    except MalformedInput:
        return False
    return any(letter in text for letter in b"ABCDEFGHJKMNPQRSTVWXYZ")


_FORMS: Mapping[str, tuple["re.Pattern[bytes]", Callable[[bytes], bool]]] = {
    "registry id": (re.compile(rb"(?i:CANARY-ID|SAMPLE|SANDBOX)-(?i:[a-z0-9-]*)[0-9a-z]{8}"), bool),
    "token": (re.compile(rb"eyJ[\w-]{16,}\.eyJ[\w-]{16,}"), bool),
    "code": (re.compile(rb"(?<![\w-])(?:[0-9A-Z]{4}-?){3}[0-9A-Z]{4}(?![\w-])"), _is_code),
}


def marked(content: bytes) -> set[str]:
    """Return of what kinds there is something in a text, in whichever writing."""
    return {
        kind
        for one in readings(content)
        for kind, (form, is_one) in _FORMS.items()
        if any(is_one(text) for text in form.findall(one.content))
    }
