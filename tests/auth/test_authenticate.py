"""From two headers to a caller: what one is granted, and every way to be nobody."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.auth import access_tokens
from gateway.auth.authenticate import Authenticator
from gateway.auth.keyring import Keyring
from gateway.auth.nonces import Nonces, NonceWanted
from gateway.domain.errors import KeysMissing, Unavailable
from gateway.domain.partners import Caller, Device, Partner, Scope
from tests.auth.fakes import MemoryDirectory, MemoryReplay
from tests.auth.key_home import NOW, Hands, load, one_of_each
from tests.auth.machines import (
    GRAPHQL_URL,
    ISSUER,
    PROFILES,
    SECONDS,
    TOKEN_URL,
    absent,
    ended,
    machine,
    nonce_at,
)
from tests.auth.refusals import refused, skewed

pytestmark = pytest.mark.anyio

MACHINE = machine()
OTHER = machine("EdDSA")
BODY = b'{"query": "..."}'


class Door:
    """An authenticator with everything it needs, in memory."""

    def __init__(self, ring: Keyring) -> None:
        self.ring, self.clock = ring, Hands()
        self.directory = MemoryDirectory(MACHINE.device(), OTHER.device(id="dev-2"))
        self.replay = MemoryReplay()
        self.authenticator = Authenticator(
            directory=self.directory,
            keyring=ring,
            nonces=Nonces(ring, self.clock),
            replay=self.replay,
            profiles=PROFILES,
            clock=self.clock,
            graphql_url=GRAPHQL_URL,
            issuer=ISSUER,
        )

    def token(self, device: Device | None = None, *scopes: Scope) -> str:
        granted, device = set(scopes or Scope), device or MACHINE.device()
        return access_tokens.issue(device, granted, keyring=self.ring, issuer=ISSUER, now=NOW)

    async def enter(self, token: str, proof: str | None = None, *, scheme: str = "DPoP") -> Caller:
        proofs = [proof or MACHINE.proof(token=token)]
        return await self.enter_with([f"{scheme} {token}"], proofs)

    async def enter_with(
        self, authorization: list[str], dpop: list[str], *, method: str = "POST", body: bytes = BODY
    ) -> Caller:
        return await self.authenticator.caller(authorization=authorization, dpop=dpop, method=method, body=body)


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(load(tmp_path))


async def test_the_caller_is_who_signed(door: Door) -> None:
    caller = await door.enter(door.token())
    assert (caller.partner_id, caller.device_id, caller.kind) == ("grand-theatre", "dev-1", "venue-counter")
    assert (caller.sector, caller.rewards) == ("culture", frozenset({"cinema-discount"}))
    assert caller.scopes == {Scope.VERIFY, Scope.REDEEM, Scope.REVERSE}
    assert caller.proof.expires_at == NOW + timedelta(seconds=70)
    assert "digest" not in repr(caller)


async def test_scopes_are_what_token_device_and_kind_have_now(door: Door) -> None:
    token = door.token(None, Scope.VERIFY, Scope.REDEEM, Scope.REPORT)
    assert (await door.enter(token)).scopes == {Scope.VERIFY, Scope.REDEEM}
    door.directory.put(MACHINE.device(scopes=frozenset({Scope.VERIFY, Scope.REVERSE})))
    assert (await door.enter(token)).scopes == {Scope.VERIFY}


async def test_the_id_for_the_effect_can_be_stored_beside_the_one_for_the_request(door: Door) -> None:
    caller = await door.enter(door.token())
    assert caller.proof.digest not in door.replay.used
    assert await door.replay.first_use(caller.proof.digest, caller.proof.expires_at)


async def test_a_proof_is_used_once(door: Door) -> None:
    token = door.token()
    proof = MACHINE.proof(token=token)
    await door.enter(token, proof)
    with refused("proof-replayed"):
        await door.enter(token, proof)


@pytest.mark.parametrize("authorization", [[], ["DPoP a", "DPoP a"]])
async def test_one_authorization_header(door: Door, authorization: list[str]) -> None:
    with refused("authorization-header"):
        await door.enter_with(authorization, [MACHINE.proof()])


async def test_a_bound_token_is_no_bearers(door: Door) -> None:
    token = door.token()
    for scheme in ("Bearer", "bearer", "Basic", "", "DPoP,", "DPoP\t", "DPoPX"):
        with refused("authorization-scheme"):
            await door.enter(token, scheme=scheme)
    for after in (" x", f", Bearer {token}", "\xe9", "\n"):
        with refused("authorization-scheme"):
            await door.enter(token + after, MACHINE.proof(token=token))
    for header in ("", "DPoP", "DPoP ", token):
        with refused("authorization-scheme"):
            await door.enter_with([header], [MACHINE.proof(token=token)])
    assert (await door.enter(token, scheme="dpop")).device_id == "dev-1"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ath": "x"}, "proof-ath"),
        ({"htu": TOKEN_URL}, "proof-htu"),
        ({"htu": f"{GRAPHQL_URL}?query=x"}, "proof-htu"),
        ({"htm": "GET"}, "proof-htm"),
        ({"jti": "short"}, "proof-jti"),
    ],
)
async def test_wrong_proofs(door: Door, changes: dict[str, Any], code: str) -> None:
    token = door.token()
    with refused(code):
        await door.enter(token, MACHINE.proof(token=token, **changes))
    assert door.replay.used == {}


async def test_a_nonce_and_a_clock_are_told_only_once_nothing_else_is_wrong(door: Door) -> None:
    token = door.token()
    late: dict[str, Any] = {"iat": SECONDS + 240}
    with pytest.raises(NonceWanted, match="proof-nonce"):
        await door.enter(token, MACHINE.proof(token=token, **late, **absent("nonce")))
    with skewed("proof-clock-skew", 240):
        await door.enter(token, MACHINE.proof(token=token, **late))
    for wrong in (late, absent("nonce")):
        with refused("proof-other-key"):
            await door.enter(token, OTHER.proof(token=token, **wrong))
        with refused("proof-htu"):
            await door.enter(token, MACHINE.proof(token=token, htu=TOKEN_URL, **wrong))
        door.directory.put(MACHINE.device(revoked=True))
        with refused("device-ended"):
            await door.enter(token, MACHINE.proof(token=token, **wrong))
        door.directory.put(MACHINE.device())
    assert door.replay.used == {}
    assert (await door.enter(token)).device_id == "dev-1"


async def test_without_a_key_for_nonces_nobody_passes(tmp_path: Path) -> None:
    door = Door(load(tmp_path, *(key for key in one_of_each() if key.purpose != "nonce")))
    with pytest.raises(KeysMissing):
        await door.enter(door.token())


async def test_a_stolen_token_is_of_no_use(door: Door) -> None:
    token = door.token()
    with refused("proof-other-key"):
        await door.enter(token, OTHER.proof(token=token))
    with refused("proof-ath"):
        await door.enter(token, MACHINE.proof(token=door.token()))
    for proofs in ([], [MACHINE.proof(token=token)] * 2):
        with refused("proof-header"):
            await door.enter_with([f"DPoP {token}"], proofs)
    assert door.replay.used == {}


async def test_what_is_no_access_token(door: Door) -> None:
    for token, code in (
        ("x", "token-segments"),
        (MACHINE.assertion(), "token-typ"),
        (door.token()[:-1], "token-base64"),
        (door.token()[:-2], "token-signature"),
        ("a" * 4097, "token-too-long"),
    ):
        with refused(code):
            await door.enter(token)


def _later(token: str, seconds: int) -> str:
    """A proof that is made so many seconds from NOW."""
    return MACHINE.proof(token=token, iat=SECONDS + seconds, nonce=nonce_at(SECONDS + seconds))


async def test_a_token_ends(door: Door) -> None:
    token = door.token()
    door.clock.now += timedelta(seconds=299)
    assert (await door.enter(token, _later(token, 299))).device_id == "dev-1"
    door.clock.now += timedelta(seconds=1)
    with refused("token-expired"):
        await door.enter(token, _later(token, 300))


async def test_a_device_that_has_ended_is_not_heard(door: Door) -> None:
    token = door.token()
    for device in ended(MACHINE.device()):
        door.directory.put(device)
        with refused("device-ended"):
            await door.enter(token)
    assert door.replay.used == {}


async def test_a_key_that_is_registered_no_more_or_anew(door: Door) -> None:
    token = door.token()
    door.directory.put(MACHINE.device(id="dev-9"))
    with refused("device-unknown"):
        await door.enter(token)
    door.directory.devices.clear()
    with refused("device-unknown"):
        await door.enter(token)


async def test_a_kind_without_a_profile(door: Door) -> None:
    device = MACHINE.device(partner=Partner(id="grand-theatre", kind="circus", name=""))
    door.directory.put(device)
    with refused("kind-unknown"):
        await door.enter(door.token(device))


async def test_nobody_passes_while_nobody_can_tell(door: Door) -> None:
    door.replay.down = True
    with pytest.raises(Unavailable):
        await door.enter(door.token())


async def test_another_issuers_token(door: Door) -> None:
    other = "https://other.example"
    token = access_tokens.issue(MACHINE.device(), set(Scope), keyring=door.ring, issuer=other, now=NOW)
    with refused("token-iss"):
        await door.enter(token)
