"""Whatever else a partner may present as a pass: forged tokens, and what is no pass at all."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.auth import jws
from gateway.auth.keyring import Keyring
from gateway.auth.passes import PassReader
from gateway.domain.errors import MalformedInput
from gateway.domain.passes import PresentedPass
from tests.auth.key_home import DAY, NOW, load

ISSUER = "https://laurel.example"
EXPIRES_AT = NOW + 100 * DAY


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    return load(tmp_path)


@pytest.fixture
def reader(ring: Keyring) -> PassReader:
    return PassReader(ring, issuer=ISSUER)


Forge = Callable[[Keyring, Keyring], str]


def signed(ring: Keyring, *, typ: str = "pass+jwt", key_of: str = "pass", **changes: object) -> str:
    """A token of ours with other claims; a change to None leaves the claim out."""
    claims = {"iss": ISSUER, "aud": "transit", "jti": "AAAAAAAAAAAAAAAAAAAAAA", "exp": int(EXPIRES_AT.timestamp())}
    kept = {name: value for name, value in (claims | changes).items() if value is not None}
    return jws.sign(kept, ring.signing(key_of), typ=typ)


def with_header(token: str, **changes: object) -> str:
    header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    spelled = base64.urlsafe_b64encode(json.dumps(header | changes).encode()).rstrip(b"=").decode()
    return f"{spelled}.{token.split('.', 1)[1]}"


FORGERIES: dict[str, Forge] = {
    "another signature": lambda ours, _: (
        f"{signed(ours).rpartition('.')[0]}.{signed(ours, jti='B').split('.')[2]}"
    ),
    "another's key under our kid": lambda _, theirs: signed(theirs),
    "an unknown kid": lambda ours, _: with_header(signed(ours), kid="pass-2"),
    "no kid": lambda ours, _: with_header(signed(ours), kid=None),
    "algorithm none": lambda ours, _: with_header(signed(ours), alg="none"),
    "another algorithm": lambda ours, _: with_header(signed(ours), alg="ES256"),
    "an access token's key": lambda ours, _: signed(ours, key_of="access-token"),
    "an access token's type": lambda ours, _: signed(ours, typ="at+jwt"),
    "a key in its header": lambda ours, _: with_header(signed(ours), jwk={"kty": "OKP"}),
    "another issuer": lambda ours, _: signed(ours, iss="https://elsewhere.example"),
    "no issuer": lambda ours, _: signed(ours, iss=None),
    "no id": lambda ours, _: signed(ours, jti=None),
    "an id that is no text": lambda ours, _: signed(ours, jti=7),
    "no sector": lambda ours, _: signed(ours, aud=None),
    "two sectors": lambda ours, _: signed(ours, aud=["transit", "culture"]),
    "no expiry": lambda ours, _: signed(ours, exp=None),
    "expiry as text": lambda ours, _: signed(ours, exp="4102444800"),
    "expiry as truth": lambda ours, _: signed(ours, exp=True),
    "expiry beyond the calendar": lambda ours, _: signed(ours, exp=2**52),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_what_we_did_not_sign_is_forged_and_known_to_nobody(
    ring: Keyring, reader: PassReader, tmp_path: Path, forge: Forge
) -> None:
    token = forge(ring, load(tmp_path / "theirs"))
    genuine = reader.open(PresentedPass(signed(ring)))
    assert not genuine.forged, "the forgery's template is genuine"
    first, second = (reader.open(PresentedPass(token)) for _ in range(2))
    assert first.forged
    assert (first.sector, first.expires_at) == (None, None)
    assert len({first.handle, second.handle, first.seal, second.seal, genuine.handle, genuine.seal}) == 6
    assert {len(first.handle), len(first.seal)} == {32}


@pytest.mark.parametrize(
    "text",
    [
        ".",
        "..",
        "a.b.c",
        "a.b",
        "a.b.c.d",
        "e30.e30.",
        "W10.W10.AAAA",
        "é.e30.AAAA",
        "\ud800.e30.AAAA",
        "e30=.e30.AAAA",
        " e30.e30.AAAA",
        "e30.e30.AAAA\n",
        "e30.eyJhIjoxLCJhIjoyfQ.AAAA",
        "." * 1024,
        "x" * 2**20 + ".",
        "",
        "x" * 2**20,
        "\ud800",
        "0000-0000-0000-000U",
    ],
)
def test_what_is_no_pass_at_all_is_malformed(reader: PassReader, text: str) -> None:
    with pytest.raises(MalformedInput) as refused:
        reader.open(PresentedPass(text))
    assert refused.value.argument == "pass"
    assert "e30" not in refused.value.message


def test_a_token_of_over_a_kibibyte_is_malformed_though_we_signed_it(ring: Keyring, reader: PassReader) -> None:
    long = signed(ring, padding="x" * 800)
    assert len(long) > 1024
    with pytest.raises(MalformedInput):
        reader.open(PresentedPass(long))
