"""`python -m laurel_client enrol ISSUER CODE --out PARTNER.json`: this machine's key, made and registered here.

The key is written before anything is sent. If the answer is lost, the same command goes on with the same key.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from laurel_client.enrolment import address, enrol, new_key
from laurel_client.errors import BadCredentials, EnrolmentRefused, LaurelError


def enrol_machine(arguments: Sequence[str]) -> int:
    """Enrol this machine; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="laurel_client enrol", description="Make a key on this machine and register it with a code."
    )
    parser.add_argument("issuer", help="the gateway's address, such as https://laurel.example.org")
    parser.add_argument("code", help="the one-time code from the city; - reads it from standard input")
    parser.add_argument("--out", required=True, type=Path, help="the partner file to write, with the private key")
    given = parser.parse_args(arguments)
    try:
        content = _enrol(given.issuer, given.code, given.out)
    except LaurelError as problem:
        kept = f" {given.out} keeps this machine's key for another try." if _is_pending(given.out) else ""
        print(f"{problem}{kept}", file=sys.stderr)
        return 1
    except OSError as problem:
        print(f"{given.out}: {problem.strerror}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(
        f"Registered as {content['device_id']} of {content['client_id']}, until {content['expires']}.\n"
        f"{given.out} holds this machine's private key: it stays here, and nobody else reads it.\n"
        f"Try it: python -m laurel_client {given.out} Service"
    )
    return 0


def _enrol(issuer: str, code: str, out: Path) -> Mapping[str, Any]:
    where = address(issuer)
    key = _pending_key(out, where)
    if key is None:
        key = new_key()
        _write_new(out, {"enrolling_at": where, "key": key})
    try:
        content = asyncio.run(enrol(where, _typed() if code == "-" else code, key))
    except EnrolmentRefused as refusal:
        if refusal.code == "key_registered":
            out.unlink()  # by an earlier code: this key can't be registered any more
        raise
    temporary = out.with_name(out.name + ".tmp")
    temporary.unlink(missing_ok=True)
    _write_new(temporary, content)
    temporary.replace(out)
    return content


def _typed() -> str:
    if sys.stdin.isatty():
        print("Code: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def _pending_key(path: Path, issuer: str) -> Mapping[str, Any] | None:
    """Return the key that an earlier try left in a file; None where there is no file.

    Raises:
        BadCredentials: there is a file, and it is something else.
    """
    if not path.exists():
        return None
    match _content(path):
        case {"enrolling_at": str(where), "key": dict(key), **others} if where == issuer and not others:
            return key
    raise BadCredentials(f"{path}: there is such a file already. Give another name after --out.")


def _is_pending(path: Path) -> bool:
    return path.exists() and "enrolling_at" in _content(path)


def _content(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file, or an empty one. No exception: it would keep the text, and the key."""
    try:
        content = json.loads(path.read_bytes())
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _write_new(path: Path, content: Mapping[str, Any]) -> None:
    """Write a new file of JSON that its owner alone can read, down to the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
