"""Sign-in of a device: its assertion and its proof for an access token (RFC 6749 section 4.4, RFC 9449 section 5).

One registered key signs both, so that a token can only be fetched by the machine that will use it. Everything is
checked before anything is used up: a request that fails may be mended and sent again with the same `jti`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.auth import access_tokens, assertions, proofs
from gateway.auth.assertions import Assertion
from gateway.auth.jwk import public_key_from_jwk
from gateway.auth.keyring import Keyring
from gateway.auth.nonces import Nonces, NonceWanted
from gateway.auth.target_uris import require_normal
from gateway.domain.clock import Clock
from gateway.domain.errors import ClockSkew, NotAuthentic
from gateway.domain.partners import Device, Profile, ProofId, Scope
from gateway.domain.ports import PartnerDirectory, ReplayGuard

TOKEN_PATH = "/oauth/token"
GRANT_TYPE = "client_credentials"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class OAuthError(StrEnum):
    """What a client is told (RFC 6749 section 5.2, RFC 9449 sections 5 and 8)."""

    INVALID_REQUEST = "invalid_request"
    INVALID_CLIENT = "invalid_client"
    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"
    INVALID_SCOPE = "invalid_scope"
    INVALID_DPOP_PROOF = "invalid_dpop_proof"
    USE_DPOP_NONCE = "use_dpop_nonce"


class SignInRefused(NotAuthentic):
    """No token. The client is told `error`, and of a wrong clock its `skew`; the code is for the log alone."""

    def __init__(self, error: OAuthError, code: str, *, skew: ClockSkew | None = None) -> None:
        super().__init__(code)
        self.error = error
        self.skew = skew


@dataclass(frozen=True, slots=True)
class Granted:
    """A token, and the scopes and seconds that it is good for."""

    access_token: str = field(repr=False)
    scopes: frozenset[Scope]
    expires_in: int


class SignIn:
    """Gives access tokens to devices of partners. `issuer` is the configured public address."""

    def __init__(
        self,
        *,
        directory: PartnerDirectory,
        keyring: Keyring,
        nonces: Nonces,
        replay: ReplayGuard,
        profiles: Mapping[str, Profile],
        clock: Clock,
        issuer: str,
    ) -> None:
        self._directory = directory
        self._keyring = keyring
        self._nonces = nonces
        self._replay = replay
        self._profiles = profiles
        self._clock = clock
        self._issuer = issuer
        self._token_url = require_normal(issuer + TOKEN_PATH)

    async def token(self, form: Mapping[str, str], *, dpop: Sequence[str]) -> Granted:
        """Answer one token request: its form parameters, and its DPoP headers.

        Raises:
            SignInRefused: what the client is told, and why for the log.
            Unavailable: nobody can tell whether the request came before, or whether the device is known.
            KeysMissing: no key signs access tokens or makes nonces now.
        """
        now = self._clock()
        _require_grant_type(form)
        with _telling(OAuthError.INVALID_CLIENT):
            device, assertion = await self._client(form, now)
        with _telling(OAuthError.INVALID_DPOP_PROOF):
            proof = proofs.check(dpop, method="POST", url=self._token_url)
            if proof.thumbprint != device.kid:
                raise NotAuthentic("proof-other-key")
        with _telling(OAuthError.INVALID_SCOPE):
            scopes = self._scopes(form.get("scope"), device)
        with _telling(OAuthError.INVALID_CLIENT):
            assertions.require_timely(assertion, now=now)
        with _telling(OAuthError.INVALID_DPOP_PROOF):
            proofs.require_fresh(proof, nonces=self._nonces, now=now)
        token = access_tokens.issue(device, scopes, keyring=self._keyring, issuer=self._issuer, now=now)
        with _telling(OAuthError.INVALID_CLIENT):
            await self._use_up(assertion.id, "assertion-replayed")
        with _telling(OAuthError.INVALID_DPOP_PROOF):
            await self._use_up(proof.id, "proof-replayed")
        return Granted(token, scopes, access_tokens.LIFETIME_SECONDS)

    async def _client(self, form: Mapping[str, str], now: datetime) -> tuple[Device, Assertion]:
        """Return the device that signed the assertion, and what that proves."""
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise NotAuthentic("assertion-type")
        claimant = assertions.read(form.get("client_assertion", ""))
        if form.get("client_id", claimant.client_id) != claimant.client_id:
            raise NotAuthentic("assertion-client")
        device = await self._directory.device(claimant.client_id, claimant.kid)
        if device is None:
            raise NotAuthentic("assertion-unknown-key")
        key = public_key_from_jwk(device.public_jwk)
        assertion = assertions.prove(claimant, key, issuer=self._issuer)
        if not device.works_at(now):
            raise NotAuthentic("device-ended")
        return device, assertion

    def _scopes(self, requested: str | None, device: Device) -> frozenset[Scope]:
        """Return the requested scopes, or all that the device and its kind of partner have."""
        profile = self._profiles.get(device.partner.kind)
        granted = device.scopes & profile.scopes if profile else frozenset[Scope]()
        scopes = granted if requested is None else access_tokens.parse_scopes(requested)
        if not scopes or not scopes <= granted:
            raise NotAuthentic("scope-not-granted")
        return scopes

    async def _use_up(self, once: ProofId, code: str) -> None:
        if not await self._replay.first_use(once.digest, once.expires_at):
            raise NotAuthentic(code)


def _require_grant_type(form: Mapping[str, str]) -> None:
    grant_type = form.get("grant_type")
    if grant_type is None:
        raise SignInRefused(OAuthError.INVALID_REQUEST, "grant-type-missing")
    if grant_type != GRANT_TYPE:
        raise SignInRefused(OAuthError.UNSUPPORTED_GRANT_TYPE, "grant-type")


@contextmanager
def _telling(error: OAuthError) -> Iterator[None]:
    """Tell the client one error for every refusal inside, but for the two that say what to do."""
    try:
        yield
    except NonceWanted as refusal:
        raise SignInRefused(OAuthError.USE_DPOP_NONCE, refusal.code) from None
    except ClockSkew as skew:
        raise SignInRefused(error, skew.code, skew=skew) from None
    except NotAuthentic as refusal:
        raise SignInRefused(error, refusal.code) from None
