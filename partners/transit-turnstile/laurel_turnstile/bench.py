"""How long a gate takes to decide alone, on this machine and its disk: a table, and a plot as SVG.

A card is signed as the city signs it, a list of 2^23 places is held, and each tap goes the whole way: signature,
list, rides, sealing, and the commit that is on the disk before the gate opens. Beside it CPU time, and what the
disk takes for a sync alone.
"""

import base64
import json
import os
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from laurel_client import StatusList, new_key, new_request_id
from laurel_client.signing import DeviceKey
from laurel_turnstile.box import Box
from laurel_turnstile.decision import Allowance, Held, Opens, decide
from laurel_turnstile.plot import histogram
from laurel_turnstile.sealing import Seal
from laurel_turnstile.tables import connect
from laurel_turnstile.terms import REWARD, Terms

GOAL_MS = 2.0
LIST_URI = "https://laurel.example.org/status-lists/transit"
PLACES = 2**23
PAGE = 4096


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _signed(claims: Mapping[str, Any], key: Ed25519PrivateKey) -> str:
    header = {"alg": "EdDSA", "typ": "pass+jwt", "kid": "bench"}
    text = ".".join(_base64url(json.dumps(each).encode()) for each in (header, claims))
    return f"{text}.{_base64url(key.sign(text.encode()))}"


def _held(key: Ed25519PrivateKey, now: datetime) -> Held:
    jwk = {"kty": "OKP", "crv": "Ed25519", "kid": "bench", "x": _base64url(key.public_key().public_bytes_raw())}
    ends = now + timedelta(days=3)
    return Held(
        keys={"keys": [jwk]},
        status=StatusList(
            uri=LIST_URI,
            issued_at=now,
            expires_at=ends,
            ttl=timedelta(minutes=5),
            signed="",
            bits=bytes(PLACES // 8),
        ),
        allowance=Allowance(
            id=1, day="2026-01-01", units=10**9, rewards=frozenset({REWARD}), issued_at=now, ends_at=ends
        ),
        used=0,
        newest=now,
    )


def measure(taps: int, folder: Path) -> dict[str, list[float]]:
    """Return milliseconds of so many taps: deciding, the whole with its commit, and the CPU of the whole."""
    now, key, seal = datetime.now(UTC), Ed25519PrivateKey.generate(), Seal(DeviceKey(new_key()))
    terms, held = Terms(folder=folder, rides_per_card=4), _held(key, now)
    found: dict[str, list[float]] = {"deciding": [], "with its commit": [], "CPU": [], "a sync alone": []}
    with closing(connect(folder / "bench.sqlite")) as connection, (folder / "plain").open("wb") as plain:
        box = Box(connection)
        connection.execute("INSERT INTO allowance VALUES (1, 'token', '2026-01-01', 1, '', 0, 0)")
        for number in range(taps):
            status = {"status_list": {"idx": number, "uri": LIST_URI}}
            claims = {
                "iss": "city",
                "aud": "transit",
                "jti": new_request_id(),
                "exp": int(now.timestamp()) + 10**6,
            }
            text, own = _signed({**claims, "status": status}, key), new_request_id()
            began, cpu = time.perf_counter(), time.process_time()
            mark = seal.mark(text)
            decided = decide(text, held, box.rides(mark), terms=terms, now=now)
            between = time.perf_counter()
            if not isinstance(decided, Opens):
                raise TypeError(decided)
            sealed = seal.close(text, request_id=own)
            box.grant(own, sealed=sealed, card=mark, allowance=1, day="2026-01-01", now=now)
            found["deciding"].append(1000 * (between - began))
            found["with its commit"].append(1000 * (time.perf_counter() - began))
            found["CPU"].append(1000 * (time.process_time() - cpu))
            found["a sync alone"].append(_sync(plain))
    return found


def _sync(file: BinaryIO) -> float:
    """Return the milliseconds that the disk takes for a page, written and synced: the floor of a commit."""
    file.write(bytes(PAGE))
    file.flush()
    began = time.perf_counter()
    os.fdatasync(file.fileno())
    return 1000 * (time.perf_counter() - began)


def _share(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def main(taps: int, svg: Path | None) -> int:
    """Measure, print, and write the plot; return the exit status."""
    with tempfile.TemporaryDirectory(dir=".") as folder:
        found = measure(max(1, taps), Path(folder))
    print(f"{'ms for each of ' + str(taps) + ' taps':<28}{'p50':>8}{'p90':>8}{'p99':>8}{'worst':>8}")
    for name, times in found.items():
        shares = "".join(f"{_share(times, share):8.3f}" for share in (0.5, 0.9, 0.99, 1.0))
        print(f"{name:<28}{shares}")
    under = sum(each < GOAL_MS for each in found["with its commit"]) / taps
    print(f"{under:.2%} of the taps, their commit included, took less than {GOAL_MS:g} ms.")
    if svg is not None:
        whole = {name: found[name] for name in ("deciding", "with its commit", "a sync alone")}
        svg.write_text(histogram(whole, goal=GOAL_MS, title="Deciding alone, ms per tap"), "utf-8")
    return 0
