"""`python -m bench.checks`: what each check of a signed token costs, beside its signature alone and beside PyJWT.

In one process and without a database: a city's gate and its gateway, in memory, at an instant that stands still.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import ROOT, cores
from bench.garbage import garbage
from bench.gatehouse import ALGORITHMS, Gatehouse, bare, pyjwt
from gateway.auth import access_tokens, assertions, jws, proofs, strict_json
from gateway.auth.jwk import public_key_from_jwk
from gateway.auth.token_memory import AccessTokens
from gateway.domain.passes import PresentedPass
from tests.auth.key_home import NOW
from tests.auth.machines import GRAPHQL_URL, ISSUER

Step = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Check:
    """What is measured: a step, the bare work in it, and what a named peer does of it."""

    name: str
    step: Step
    bare: Step | None = None
    peer: Step | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU microseconds of one check, of the bare work in it, and of the peer."""

    check: str
    us: float
    bare_us: float | None
    peer_us: float | None


def cpu_us(step: Step, *, times: int, rounds: int) -> float:
    """Return the CPU time of a step in microseconds: the median of some rounds of so many."""
    found = []
    for _ in range(rounds):
        started = time.process_time_ns()
        for _ in range(times):
            step()
        found.append((time.process_time_ns() - started) / times / 1000)
    return statistics.median(found)


def checks(here: Gatehouse) -> list[Check]:
    """Return the checks of single tokens."""
    token, claims = here.token, json.dumps(here.claims).encode()
    found = [
        Check("strict JSON of claims", lambda: strict_json.loads(claims), bare=lambda: json.loads(claims)),
        Check("form of a token (parse)", lambda: jws.parse(token, access_tokens.POLICY)),
    ]
    for algorithm in ALGORITHMS:
        one = here.machines[algorithm]
        text, key = one.assertion(), public_key_from_jwk(one.jwk)
        found.append(
            Check(
                f"form and signature, {algorithm}",
                lambda text=text, key=key: jws.verify(jws.parse(text, assertions.POLICY), key),  # type: ignore[misc]
                bare=bare(text, key),
                peer=pyjwt(text, key, audience=ISSUER),
            )
        )
    own, gate = here.own("access-token"), public_key_from_jwk(here.gate.jwk)
    proof, assertion = here.gate.proof(token=token, content_digest=here.digest), here.gate.assertion()

    def whole_proof() -> None:
        checked = proofs.check([proof], method="POST", url=GRAPHQL_URL, access_token=token, body=here.body)
        proofs.require_fresh(checked, nonces=here.nonces, now=NOW)

    def whole_assertion() -> None:
        claimant = assertions.read(assertion)
        assertions.require_timely(assertions.prove(claimant, gate, issuer=ISSUER), now=NOW)

    shown, tokens = PresentedPass(here.card), AccessTokens(keyring=here.keyring, issuer=ISSUER)
    return [
        *found,
        Check(
            "access token",
            lambda: access_tokens.read(token, keyring=here.keyring, issuer=ISSUER, now=NOW),
            bare=bare(token, own),
            peer=pyjwt(token, own, audience=ISSUER),
        ),
        Check("access token, shown before", lambda: tokens.read(token, NOW)),
        Check("proof, with nonce and body", whole_proof, bare=bare(proof, gate), peer=pyjwt(proof, gate)),
        Check(
            "assertion", whole_assertion, bare=bare(assertion, gate), peer=pyjwt(assertion, gate, audience=ISSUER)
        ),
        Check("pass", lambda: here.passes.open(shown), bare=bare(here.card, here.own("pass"))),
    ]


async def whole_us(here: Gatehouse, *, times: int, rounds: int) -> float:
    """Return what telling a caller takes, from two headers and a body, with a proof that nobody has seen."""
    found = []
    for _ in range(rounds):
        sent = [here.gate.proof(token=here.token, content_digest=here.digest) for _ in range(times)]
        started = time.process_time_ns()
        for proof in sent:
            await here.caller([f"DPoP {here.token}"], [proof])
        found.append((time.process_time_ns() - started) / times / 1000)
    return statistics.median(found)


def measure(here: Gatehouse, *, times: int, rounds: int) -> list[Cost]:
    """Measure every check."""

    def us(step: Step | None) -> float | None:
        return None if step is None else round(cpu_us(step, times=times, rounds=rounds), 1)

    costs = [Cost(one.name, us(one.step) or 0.0, us(one.bare), us(one.peer)) for one in checks(here)]
    of = {cost.check: cost for cost in costs}
    twice = round(sum(of[name].bare_us or 0 for name in ("access token", "proof, with nonce and body")), 1)
    caller = round(asyncio.run(whole_us(here, times=times, rounds=rounds)), 1)
    return [*costs, Cost("caller of a request, no database", caller, twice, None)]


def table(costs: Sequence[Cost]) -> str:
    """Return the costs as text, with how many times the bare work, and the peer, each check takes."""

    def beside(us: float, other: float | None) -> str:
        return f"{'':>9} {'':>7}" if other is None else f"{other:>9.1f} {us / other if other else 0:>6.2f}x"

    lines = [f"{'check':<36} {'CPU us':>9} {'bare us':>9} {'':>7} {'PyJWT us':>9} {'':>7}"]
    lines += [
        f"{one.check:<36} {one.us:>9.1f} {beside(one.us, one.bare_us)} {beside(one.us, one.peer_us)}".rstrip()
        for one in costs
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report; return the exit status."""
    parser = argparse.ArgumentParser(prog="bench.checks", description="Measure each check of a signed token.")
    parser.add_argument("--times", type=int, default=1000, help="checks in one round")
    parser.add_argument("--rounds", type=int, default=7, help="the median counts")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "bench", help="where checks.json goes")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, cores.on(cores.choose().server):
        here = Gatehouse.open(Path(folder))
        costs = measure(here, times=options.times, rounds=options.rounds)
        with asyncio.Runner() as loop:
            steps = garbage(here, loop)
            refused = {
                name: round(cpu_us(step, times=3, rounds=options.rounds), 1) for name, step in steps.items()
            }
    options.out.mkdir(parents=True, exist_ok=True)
    found = {"checks": [asdict(cost) for cost in costs], "garbage": refused}
    (options.out / "checks.json").write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    print(table(costs))
    print(f"\n{'garbage, until it is refused':<50} {'CPU us':>9}")
    print("\n".join(f"{name:<50} {us:>9.1f}" for name, us in refused.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
