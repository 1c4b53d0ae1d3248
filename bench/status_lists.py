"""`python -m bench.status_lists`: how large the status list of a city's cards is, and what making one costs.

In one process and without a database: 1.28 million cards at random places, some of them INVALID, decoys elsewhere.
Beside it the least that anybody could send: the entropy of so many bits of which such a share is 1.
"""

import argparse
import gzip
import json
import math
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import ROOT
from bench.jobs import WrongAnswer
from bench.running import run
from gateway.auth.keyring import Keyring
from gateway.auth.status_lists import StatusListSigner
from gateway.domain.passes import STATUS_LIST_SIZE
from gateway.domain.status_lists import LIST_BYTES, Bits, Places
from laurel_client import read_status_list
from tests.auth.key_home import NOW, Hands, load

CARDS = 1_280_000
"""The first beneficiaries, if each has a card of the sector."""

SHARES = (0.0001, 0.01, 0.05)
"""Of the cards that are INVALID: a good day, a year's lost cards, and an update that many fell behind in."""

LISTS = "https://laurel.example/status-lists"
SLICE = 5000

GZIP_LEVEL = 6
"""What proxies take."""

DECOYS_OFF = 0.25
"""How far the number of INVALID decoys may be from what is expected: a share is met to 1 in 65,536, by chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One list. `token_bytes` is what a gate fetches, `gzip_bytes` the same behind a proxy that compresses."""

    cards: int
    invalid_share: float
    raw_bytes: int
    token_bytes: int
    gzip_bytes: int
    entropy_bytes: int
    ratio: float
    cpu_ms: float


def entropy_bytes(share: float) -> int:
    """Return the least bytes that a list with a share of ones takes on average (Shannon's bound)."""
    bits = sum(-part * math.log2(part) for part in (share, 1 - share) if part)
    return math.ceil(bits * STATUS_LIST_SIZE / 8)


def measure(keyring: Keyring, places: Sequence[int], share: float) -> Row:
    """Make the list of cards at some places, the first of them INVALID, and read it back.

    Raises:
        WrongAnswer: some card reads otherwise than it must, or its list shows where there are cards.
    """
    ones, signer = round(share * len(places)), StatusListSigner(keyring, lists=LISTS, clock=Hands())
    started, bits = time.process_time(), Bits()
    for begin in range(0, len(places), SLICE):
        some = places[begin : begin + SLICE]
        bits.add(Places(some, some[: max(0, ones - begin)]))
    token = signer.sign("transit", bits.over(signer.decoys("transit", bits.share)))
    spent = time.process_time() - started
    _require_right(keyring, token, places, ones)
    sent, floor = token.encode(), entropy_bytes(share)
    return Row(
        cards=len(places),
        invalid_share=share,
        raw_bytes=LIST_BYTES,
        token_bytes=len(sent),
        gzip_bytes=len(gzip.compress(sent, GZIP_LEVEL)),
        entropy_bytes=floor,
        ratio=round(floor / len(sent), 3),
        cpu_ms=round(1000 * spent, 1),
    )


def _require_right(keyring: Keyring, token: str, places: Sequence[int], ones: int) -> None:
    """Have the partner's client read every card; among decoys as many have to be INVALID, give or take."""
    found = read_status_list(token, {"keys": keyring.public_jwks()}, uri=f"{LISTS}/transit", at=NOW)
    wrong = sum(found.is_valid(place, at=NOW) is (number < ones) for number, place in enumerate(places))
    if wrong:
        raise WrongAnswer(f"{wrong} of {len(places)} cards read otherwise than they must.")
    decoys = int.from_bytes(found.bits, "little").bit_count() - ones
    expected = ones / len(places) * (STATUS_LIST_SIZE - len(places))
    if abs(decoys - expected) > DECOYS_OFF * expected:
        raise WrongAnswer(f"{decoys} decoys are INVALID, and some {expected:.0f} should be.")


def table(rows: Sequence[Row]) -> str:
    """Return the rows as text."""
    names = ("cards", "INVALID", "raw", "token", "gzip", "entropy", "of it", "CPU ms")
    widths = (9, 8, 10, 9, 9, 9, 6, 8)
    lines = [" ".join(f"{name:>{width}}" for name, width in zip(names, widths, strict=True))]
    lines += [
        f"{one.cards:>9,} {one.invalid_share:>8.2%} {one.raw_bytes:>10,} {one.token_bytes:>9,} "
        f"{one.gzip_bytes:>9,} {one.entropy_bytes:>9,} {one.ratio:>6.0%} {one.cpu_ms:>8.0f}"
        for one in rows
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report; return the exit status."""
    parser = argparse.ArgumentParser(prog="bench.status_lists", description="Measure status lists.")
    parser.add_argument("--cards", type=int, default=CARDS, help="cards of the sector")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "bench", help="where status_lists.json goes")
    options = parser.parse_args(arguments)

    def work(folder: Path) -> None:
        keyring = load(folder / "keys")
        places = random.Random(1).sample(range(STATUS_LIST_SIZE), options.cards)
        rows = [measure(keyring, places, share) for share in SHARES]
        found = json.dumps([asdict(one) for one in rows], indent=2)
        (options.out / "status_lists.json").write_text(found + "\n", "utf-8")
        print(table(rows))

    return run("bench.status_lists", options.out, work)


if __name__ == "__main__":
    sys.exit(main())
