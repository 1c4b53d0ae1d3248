"""D: client assertions that say something wrong, each signed by the key that it has to be."""

from typing import Any

from tests.auth.machines import ABSENT, ISSUER, SECONDS, TOKEN_URL, Machine, absent
from tests.hostile.door import (
    EXPIRED,
    FUTURE,
    GAS,
    GATE,
    METRO,
    OTHER,
    REVOKED,
    STRANGER,
    SUSPENDED,
    Door,
    Request,
)
from tests.hostile.rows import Row, wrong_client

REPLAYED = wrong_client("assertion-replayed")


def _says(check: str, name: str, outcome: tuple[int, str, str] = (200, "token", ""), **claims: Any) -> Row:
    """An assertion that says something else; it is not older than the others for that."""
    return Row(check, name, lambda d: d.sign_in(GATE.assertion(**claims)), *outcome)


def _as_metro(door: Door, one: Machine) -> Request:
    return door.sign_in(one.assertion(iss=METRO, sub=METRO), one=one)


def _at(name: str, outcome: tuple[int, str, str] = (200, "token", ""), **seconds: int) -> Row:
    """An assertion whose times are so many seconds from now."""
    return _says("D3", name, outcome, **{claim: SECONDS + value for claim, value in seconds.items()})


def _wrong_types(claim: str) -> list[Row]:
    types: dict[str, Any] = {
        "text": str(SECONDS + 60),
        "truth": True,
        "null": None,
        "list": [SECONDS],
        "negative": -1,
    }
    return [
        _says("D3", f"{claim} is {name}", wrong_client(f"assertion-{claim}-type"), **{claim: value})
        for name, value in types.items()
    ]


def _skewed(code: str) -> tuple[int, str, str]:
    return 401, "invalid_client skew", f"assertion-{code}"


ENDED = wrong_client("device-ended")
LIFETIME = wrong_client("assertion-lifetime")
AUDIENCES: dict[str, object] = {
    "a list": [ISSUER],
    "a list with another": [ISSUER, "https://other.example"],
    "the token endpoint": TOKEN_URL,
    "with a slash": f"{ISSUER}/",
    "a part of it": ISSUER[:-1],
    "in capitals": ISSUER.upper(),
    "another": "https://other.example",
    "null": None,
    "empty": "",
}

ROWS = [
    _says("D1", "as it has to be"),
    Row("D1", "its client named besides", lambda d: d.sign_in(client_id=METRO), 200, "token"),
    Row("D1", "another client named", lambda d: d.sign_in(client_id=GAS), *wrong_client("assertion-client")),
    _says("D1", "issuer and subject differ", wrong_client("assertion-client"), sub=GAS),
    _says("D1", "another partner's name", wrong_client("assertion-unknown-key"), iss=GAS, sub=GAS),
    _says("D1", "nobody's name", wrong_client("assertion-unknown-key"), iss="nobody", sub="nobody"),
    _says("D1", "a list of names", wrong_client("assertion-client"), iss=[METRO], sub=[METRO]),
    Row("D1", "a stranger's key", lambda d: d.sign_in(one=STRANGER), *wrong_client("assertion-unknown-key")),
    Row("D1", "signed by another partner's", lambda d: d.sign_in(OTHER.assertion(
        iss=METRO, sub=METRO, header={"kid": GATE.kid})), *wrong_client("assertion-signature")),
    Row("D1", "a suspended partner", lambda d: d.sign_in(one=SUSPENDED), *ENDED),
    Row("D1", "a revoked device", lambda d: _as_metro(d, REVOKED), *ENDED),
    Row("D1", "a key that ends now", lambda d: _as_metro(d, EXPIRED), *ENDED),
    Row("D1", "a key that begins soon", lambda d: _as_metro(d, FUTURE), *ENDED),
    _says("D2", "our issuer", aud=ISSUER),
    *(_says("D2", name, wrong_client("assertion-aud"), aud=aud) for name, aud in AUDIENCES.items()),
    *(_says("D3", f"without {name}", wrong_client("assertion-claim-missing"), **absent(name))
      for name in ("iss", "sub", "aud", "exp", "iat", "jti")),
    *(row for claim in ("exp", "iat", "nbf") for row in _wrong_types(claim)),
    _says("D3", "a time with a fraction", wrong_client("assertion-json"), exp=SECONDS + 60.5),
    _at("lives for 300 seconds", exp=300),
    _at("lives for 301", LIFETIME, exp=301),
    _at("lives for 301 since a second ago", LIFETIME, iat=-1, exp=300),
    _at("ends as it begins", LIFETIME, exp=0),
    _at("ends beyond 300 seconds from now", LIFETIME, iat=10, exp=301),
    _at("made 10 seconds ahead", iat=10),
    _at("made 11 seconds ahead", _skewed("clock-skew"), iat=11),
    _at("made 61 seconds ahead", _skewed("clock-skew"), iat=61, exp=100),
    _at("good in 10 seconds", nbf=10),
    _at("good in 11 seconds", wrong_client("assertion-clock-skew"), nbf=11),
    _at("ended 9 seconds ago", iat=-60, exp=-9),
    _at("ended 10 seconds ago", wrong_client("assertion-expired"), iat=-60, exp=-10),
    _at("ended 10 seconds ago, by a slow clock", _skewed("expired"), iat=-61, exp=-10),
    _at("made 300 seconds ago", iat=-300, exp=0),
    _at("made 301 seconds ago", _skewed("expired"), iat=-301, exp=-1),
    _says("D4", "id of 16 characters", jti="a" * 16),
    _says("D4", "id of 15 characters", wrong_client("assertion-jti"), jti="b" * 15),
    _says("D4", "id of 64 characters", jti="c" * 64),
    _says("D4", "id of 65 characters", wrong_client("assertion-jti"), jti="d" * 65),
    _says("D4", "id is a number", wrong_client("assertion-jti"), jti=10**15),
    _says("D4", "no id", wrong_client("assertion-claim-missing"), jti=ABSENT),
    Row("D4", "twice", lambda d: d.sign_in(GATE.assertion(jti="e" * 16)), *REPLAYED, times=2),
    Row("D4", "the same id, of another partner", lambda d: d.sign_in(OTHER.assertion(jti="a" * 16), one=OTHER),
        200, "token"),
    Row("D4", "the same id, for longer, twice", lambda d: d.sign_in(
        GATE.assertion(jti="h" * 16, exp=SECONDS + 61)), *REPLAYED, times=2),
]  # fmt: skip
