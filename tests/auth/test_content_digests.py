"""Proofs that are bound to a body: the one right claim, and everything that is nearly it."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.auth import proofs
from gateway.auth.proofs import POLICY
from tests.auth.key_home import load
from tests.auth.machines import TOKEN_URL, Machine, machine
from tests.auth.refusals import refused
from tests.auth.test_authenticate import BODY, MACHINE, Door
from tests.auth.wrong_digests import WRONG_DIGESTS, right

pytestmark = pytest.mark.anyio

RFC_9530_BODY = b'{"hello": "world"}\n'
RFC_9530_DIGEST = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(load(tmp_path))


def test_the_digest_of_rfc_9530_appendix_b() -> None:
    proof = machine().proof(content_digest=RFC_9530_DIGEST)
    checked = proofs.check([proof], method="POST", url=TOKEN_URL, body=RFC_9530_BODY)
    assert checked.bound
    assert checked.text == proof
    assert proof not in repr(checked)


@pytest.mark.parametrize(
    "body", [BODY, b"", b"\0\xff", "市".encode() * 5000], ids=["query", "empty", "octets", "long"]
)
async def test_a_right_digest_binds_the_proof(door: Door, body: bytes) -> None:
    token = door.token()
    proof = MACHINE.proof(token=token, content_digest=right(body))
    caller = await door.enter_with([f"DPoP {token}"], [proof], body=body)
    assert caller.bound
    assert caller.evidence == proof
    assert proof not in repr(caller)


async def test_without_a_digest_a_proof_is_for_any_body(door: Door) -> None:
    caller = await door.enter(door.token())
    assert not caller.bound


@pytest.mark.parametrize("name", WRONG_DIGESTS)
async def test_a_wrong_digest_is_refused_and_uses_nothing_up(door: Door, name: str) -> None:
    token = door.token()
    claim = WRONG_DIGESTS[name](BODY)
    assert claim != right(BODY)
    with refused("proof-content-digest"):
        await door.enter(token, MACHINE.proof(token=token, jti="j" * 16, content_digest=claim))
    assert door.replay.used == {}
    good = MACHINE.proof(token=token, jti="j" * 16, content_digest=right(BODY))
    assert (await door.enter(token, good)).bound
    with refused("proof-replayed"):
        await door.enter(token, good)


async def test_a_captured_question_is_nothing_else_at_another_node(tmp_path: Path) -> None:
    """Each node remembers proofs by itself, and forgets them when it starts anew."""
    ring = load(tmp_path)
    here, there = Door(ring), Door(ring)
    token = here.token()
    captured = MACHINE.proof(token=token, content_digest=right(BODY))
    await here.enter(token, captured)
    with refused("proof-content-digest"):
        await there.enter_with([f"DPoP {token}"], [captured], body=b'{"query": "mutation ..."}')
    unbound = MACHINE.proof(token=token)
    await here.enter(token, unbound)
    assert not (await there.enter_with([f"DPoP {token}"], [unbound], body=b"mutation")).bound


def test_where_no_body_is_given_the_claim_is_not_looked_at() -> None:
    proof = machine().proof(content_digest="nonsense")
    assert not proofs.check([proof], method="POST", url=TOKEN_URL).bound


def test_a_digest_fits_beside_the_largest_key() -> None:
    largest = Machine(rsa.generate_private_key(65537, 4096))
    claims = {"jti": "j" * 43, "nonce": "n" * 43, "ath": "a" * 43, "content_digest": right(BODY)}
    proof = largest.proof(header={"kid": largest.kid}, **claims)
    assert proofs.check([proof], method="POST", url=TOKEN_URL, body=BODY).bound
    assert len(proof) < 0.9 * POLICY.token_bytes_max
