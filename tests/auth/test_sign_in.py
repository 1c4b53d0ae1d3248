"""Sign-in as a whole: who gets a token, who does not and why, and that nothing is used up too early."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.auth import access_tokens
from gateway.auth.keyring import Keyring
from gateway.auth.nonces import Nonces
from gateway.auth.sign_in import Granted, OAuthError, SignIn, SignInRefused
from gateway.domain.errors import ConfigurationError, KeysMissing, Unavailable
from gateway.domain.partners import Partner, Scope
from tests.auth.fakes import MemoryDirectory, MemoryReplay
from tests.auth.key_home import NOW, Hands, load
from tests.auth.machines import ISSUER, PROFILES, SECONDS, Machine, absent, ended, machine, nonce_at

pytestmark = pytest.mark.anyio

MACHINE = machine()
OTHER = machine("ES256", client_id="metro")
WITH_OTHER_KID = MACHINE.assertion(header={"kid": OTHER.kid})
ALL = PROFILES["venue-counter"].scopes


class Desk:
    """A sign-in with everything it needs, in memory."""

    def __init__(self, ring: Keyring) -> None:
        self.ring, self.clock = ring, Hands()
        self.directory, self.replay = MemoryDirectory(MACHINE.device(), OTHER.device(id="dev-2")), MemoryReplay()
        self.sign_in = SignIn(
            directory=self.directory,
            keyring=ring,
            nonces=Nonces(ring, self.clock),
            replay=self.replay,
            profiles=PROFILES,
            clock=self.clock,
            issuer=ISSUER,
        )

    async def token(
        self, one: Machine = MACHINE, *, dpop: list[str] | None = None, without: str = "", **form: str
    ) -> Granted:
        parameters = {name: value for name, value in one.form(**form).items() if name != without}
        return await self.sign_in.token(parameters, dpop=[one.proof()] if dpop is None else dpop)

    async def refusal(self, *args: Any, **kwargs: Any) -> tuple[OAuthError, str]:
        with pytest.raises(SignInRefused) as refusal:
            await self.token(*args, **kwargs)
        return refusal.value.error, refusal.value.code


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(load(tmp_path))


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "PS256"])
async def test_a_device_gets_a_token_bound_to_its_key(desk: Desk, algorithm: str) -> None:
    one = machine(algorithm)
    desk.directory.put(one.device())
    granted = await desk.token(one)
    token = access_tokens.read(granted.access_token, keyring=desk.ring, issuer=ISSUER, now=NOW).granted
    assert (token.client_id, token.device_id, token.key_thumbprint) == ("grand-theatre", "dev-1", one.kid)
    assert token.scopes == granted.scopes == ALL
    assert granted.expires_in == 300
    assert granted.access_token not in repr(granted)


async def test_scopes_are_those_of_device_and_kind_or_fewer(desk: Desk) -> None:
    assert (await desk.token(scope="verify")).scopes == {Scope.VERIFY}
    assert (await desk.token(scope="redeem verify")).scopes == {Scope.VERIFY, Scope.REDEEM}
    desk.directory.put(MACHINE.device(scopes=frozenset({Scope.REDEEM, Scope.REPORT})))
    assert (await desk.token()).scopes == {Scope.REDEEM}
    assert await desk.refusal(scope="verify") == ("invalid_scope", "scope-not-granted")
    assert await desk.refusal(scope="redeem report") == ("invalid_scope", "scope-not-granted")
    assert await desk.refusal(scope="admin") == ("invalid_scope", "scope")
    assert await desk.refusal(scope=" redeem") == ("invalid_scope", "scope")
    desk.directory.put(MACHINE.device(scopes=frozenset({Scope.REPORT})))
    assert await desk.refusal() == ("invalid_scope", "scope-not-granted")
    desk.directory.put(MACHINE.device(partner=Partner(id="grand-theatre", kind="circus", name="")))
    assert await desk.refusal() == ("invalid_scope", "scope-not-granted")


@pytest.mark.parametrize(
    ("form", "error", "code"),
    [
        ({"without": "grant_type"}, "invalid_request", "grant-type-missing"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type", "grant-type"),
        ({"grant_type": "Client_Credentials"}, "unsupported_grant_type", "grant-type"),
        ({"without": "client_assertion_type"}, "invalid_client", "assertion-type"),
        ({"client_assertion_type": "jwt-bearer"}, "invalid_client", "assertion-type"),
        ({"without": "client_assertion"}, "invalid_client", "assertion-segments"),
        ({"client_assertion": MACHINE.proof()}, "invalid_client", "assertion-header-key"),
        ({"client_assertion": WITH_OTHER_KID}, "invalid_client", "assertion-unknown-key"),
        ({"client_assertion": MACHINE.assertion(iss="x", sub="x")}, "invalid_client", "assertion-unknown-key"),
        ({"client_assertion": MACHINE.assertion(exp=SECONDS + 999)}, "invalid_client", "assertion-lifetime"),
        ({"client_id": "metro"}, "invalid_client", "assertion-client"),
        ({"dpop": []}, "invalid_dpop_proof", "proof-header"),
        ({"dpop": [MACHINE.proof()] * 2}, "invalid_dpop_proof", "proof-header"),
        ({"dpop": [MACHINE.proof(htm="GET")]}, "invalid_dpop_proof", "proof-htm"),
        ({"dpop": [MACHINE.proof(htu=f"{ISSUER}/graphql")]}, "invalid_dpop_proof", "proof-htu"),
        ({"dpop": [MACHINE.proof(iat=SECONDS + 60)]}, "invalid_dpop_proof", "proof-clock-skew"),
        ({"dpop": [MACHINE.proof(**absent("nonce"))]}, "use_dpop_nonce", "proof-nonce"),
        ({"dpop": [MACHINE.proof(nonce=nonce_at(SECONDS - 120))]}, "use_dpop_nonce", "proof-nonce"),
        ({"dpop": [OTHER.proof(**absent("nonce"))]}, "invalid_dpop_proof", "proof-other-key"),
        ({"dpop": [OTHER.proof()]}, "invalid_dpop_proof", "proof-other-key"),
        ({"dpop": [machine("EdDSA").proof()]}, "invalid_dpop_proof", "proof-other-key"),
    ],
)
async def test_wrong_requests_use_nothing_up(desk: Desk, form: dict[str, Any], error: str, code: str) -> None:
    assert await desk.refusal(**form) == (error, code)
    assert desk.replay.used == {}


async def test_what_was_sent_with_a_nonce_too_few_serves_again(desk: Desk) -> None:
    assertion = MACHINE.assertion()
    asked = await desk.refusal(client_assertion=assertion, dpop=[MACHINE.proof(**absent("nonce"))])
    assert asked == ("use_dpop_nonce", "proof-nonce")
    assert (await desk.token(client_assertion=assertion)).scopes == ALL


@pytest.mark.parametrize(
    ("form", "error", "seconds"),
    [
        ({"client_assertion": MACHINE.assertion(iat=SECONDS + 240, exp=SECONDS + 300)}, "invalid_client", 240),
        ({"client_assertion": MACHINE.assertion(iat=SECONDS - 240, exp=SECONDS - 180)}, "invalid_client", -240),
        ({"dpop": [MACHINE.proof(iat=SECONDS + 240)]}, "invalid_dpop_proof", 240),
        ({"dpop": [MACHINE.proof(iat=SECONDS - 61)]}, "invalid_dpop_proof", -61),
    ],
    ids=["fast assertion", "slow assertion", "fast proof", "slow proof"],
)
async def test_a_wrong_clock_is_told(desk: Desk, form: dict[str, Any], error: str, seconds: int) -> None:
    with pytest.raises(SignInRefused) as refusal:
        await desk.token(**form)
    assert refusal.value.error == error
    assert refusal.value.skew is not None
    assert (refusal.value.skew.seconds, refusal.value.skew.now) == (seconds, NOW)
    assert desk.replay.used == {}


@pytest.mark.parametrize(
    ("what", "error", "code"),
    [
        ({"dpop": [OTHER.proof()]}, "invalid_dpop_proof", "proof-other-key"),
        ({"dpop": [MACHINE.proof(htm="GET")]}, "invalid_dpop_proof", "proof-htm"),
        ({"scope": "report"}, "invalid_scope", "scope-not-granted"),
    ],
    ids=["key", "method", "scope"],
)
async def test_a_wrong_clock_is_told_only_once_nothing_else_is_wrong(
    desk: Desk, what: dict[str, Any], error: str, code: str
) -> None:
    late = MACHINE.assertion(iat=SECONDS + 240, exp=SECONDS + 300)
    assert await desk.refusal(**{"client_assertion": late, **what}) == (error, code)
    unasked = MACHINE.proof(**absent("nonce"))
    assert await desk.refusal(client_assertion=late, dpop=[unasked]) == ("invalid_client", "assertion-clock-skew")
    for device in ended(MACHINE.device()):
        desk.directory.put(device)
        with pytest.raises(SignInRefused) as refusal:
            await desk.token(client_assertion=late)
        assert (refusal.value.code, refusal.value.skew) == ("device-ended", None)
    assert desk.replay.used == {}


async def test_a_scope_that_is_not_granted_is_told_before_a_nonce_is_asked_for(desk: Desk) -> None:
    unasked = MACHINE.proof(**absent("nonce"))
    assert await desk.refusal(scope="report", dpop=[unasked]) == ("invalid_scope", "scope-not-granted")


async def test_one_client_can_not_sign_for_another(desk: Desk) -> None:
    stolen = replace(OTHER.key, kid=MACHINE.kid)
    forger = Machine(stolen.key)
    assertion = forger.assertion(header={"kid": MACHINE.kid})
    assert await desk.refusal(client_assertion=assertion) == ("invalid_client", "assertion-signature")
    assert (await desk.token(client_id="grand-theatre")).scopes == ALL


async def test_a_device_that_has_ended_gets_none(desk: Desk) -> None:
    for device in ended(MACHINE.device()):
        desk.directory.put(device)
        assert await desk.refusal() == ("invalid_client", "device-ended")
    assert desk.replay.used == {}


async def test_assertion_and_proof_are_used_once(desk: Desk) -> None:
    assertion, proof = MACHINE.assertion(), MACHINE.proof()
    await desk.token(client_assertion=assertion, dpop=[proof])
    assert len(desk.replay.used) == 2
    assert await desk.refusal(client_assertion=assertion) == ("invalid_client", "assertion-replayed")
    assert await desk.refusal(dpop=[proof]) == ("invalid_dpop_proof", "proof-replayed")


async def test_the_same_jti_of_another_client_is_another(desk: Desk) -> None:
    jti = "a" * 16
    for one in (MACHINE, OTHER):
        granted = await desk.token(one, client_assertion=one.assertion(jti=jti), dpop=[one.proof(jti=jti)])
        assert granted.scopes == ALL
    assert len(desk.replay.used) == 4


async def test_what_is_remembered_outlives_what_it_guards(desk: Desk) -> None:
    assertion, proof = MACHINE.assertion(exp=SECONDS + 300), MACHINE.proof(iat=SECONDS + 10)
    await desk.token(client_assertion=assertion, dpop=[proof])
    for seconds in range(0, 400, 5):
        now = SECONDS + seconds
        desk.clock.now = NOW + timedelta(seconds=seconds)
        desk.replay.forget(desk.clock.now)
        again: dict[str, Any] = {
            "client_assertion": assertion,
            "dpop": [MACHINE.proof(iat=now, nonce=nonce_at(now))],
        }
        assert (await desk.refusal(**again))[0] == "invalid_client"
        again = {"client_assertion": MACHINE.assertion(iat=now, exp=now + 60), "dpop": [proof]}
        assert (await desk.refusal(**again))[0] in ("invalid_dpop_proof", "use_dpop_nonce")


async def test_nobody_passes_while_nobody_can_tell(desk: Desk) -> None:
    desk.replay.down = True
    with pytest.raises(Unavailable):
        await desk.token()


async def test_without_a_signing_key_nothing_is_used_up(tmp_path: Path) -> None:
    clock = Hands()
    desk = Desk(load(tmp_path, clock=clock))
    clock.now = NOW.replace(year=NOW.year + 2)
    with pytest.raises(KeysMissing):
        await desk.token()
    assert desk.replay.used == {}


def test_an_issuer_that_is_no_address_stops_the_start(desk: Desk) -> None:
    with pytest.raises(ConfigurationError):
        SignIn(
            directory=desk.directory,
            keyring=desk.ring,
            nonces=Nonces(desk.ring, desk.clock),
            replay=desk.replay,
            profiles={},
            clock=desk.clock,
            issuer="laurel.example",
        )
