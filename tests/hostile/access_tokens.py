"""E: access tokens that say something wrong, signed by the gateway's own key: only a thief of it could."""

from collections.abc import Callable
from typing import Any

from gateway.domain.partners import Scope
from tests.auth.machines import ISSUER, SECONDS, Machine
from tests.hostile.door import EXPIRED, GAS, GATE, OTHER, REVOKED, RIDE, SUSPENDED, Door, Request, asking
from tests.hostile.kinds import thief
from tests.hostile.rows import Row, wrong_token

ALWAYS = ("iss", "sub", "aud", "exp", "iat", "jti", "client_id", "device_id", "scope", "cnf")
OTHERS: dict[str, object] = {
    "a list": [ISSUER],
    "another": "https://other.example",
    "with a slash": f"{ISSUER}/",
    "a part of it": ISSUER[:-1],
    "null": None,
}


def _says(check: str, name: str, outcome: tuple[int, str, str] = (200, "data", ""), **claims: Any) -> Row:
    return Row(check, name, lambda d: d.graphql(token=thief(d, **claims)), *outcome)


def _at(name: str, outcome: tuple[int, str, str] = (200, "data", ""), **seconds: int) -> Row:
    return _says("E2", name, outcome, **{claim: SECONDS + value for claim, value in seconds.items()})


def _wrong(check: str, code: str, values: dict[str, dict[str, Any]]) -> list[Row]:
    return [_says(check, name, wrong_token(f"token-{code}"), **claims) for name, claims in values.items()]


def _scoped(name: str, body: Callable[[Door], bytes], *scopes: Scope, told: str = "data") -> Row:
    """A document, by a token with these scopes."""

    def make(door: Door) -> Request:
        return door.graphql(token=door.token(GATE, *scopes), body=body(door))

    return Row("E4", name, make, 200, told)


def _of_ended(one: Machine) -> Row:
    names = {REVOKED: "a revoked device", SUSPENDED: "a suspended partner", EXPIRED: "a key that ends now"}
    return Row("E3", names[one], lambda d: d.graphql(one=one), *wrong_token("device-ended"))


def _verify(door: Door) -> bytes:
    return asking("VerifyPass", **{"pass": door.card.token, "reward": RIDE})


def _find(_: Door) -> bytes:
    return asking("Redemption", requestId="nobody-knows-this")


def _list(_: Door) -> bytes:
    return asking("Redemptions", first=1)


def _redeem(door: Door) -> bytes:
    ride = {"pass": door.card.token, "reward": RIDE, "requestId": "hostile-row-0000001"}
    return asking("RedeemReward", input=ride)


ROWS = [
    _says("E1", "as it has to be"),
    *(row for claim in ("iss", "aud") for row in _wrong(
        "E1", claim, {f"{claim} is {name}": {claim: value} for name, value in OTHERS.items()})),
    *(row for row in _wrong("E1", "claim-missing", {f"without {name}": {name: "absent"} for name in ALWAYS})),
    *_wrong("E1", "sub", {"another subject": {"sub": GAS}, "a list of clients": {"client_id": ["x"], "sub": ["x"]},
                          "no text for a device": {"device_id": 7}}),
    *_wrong("E1", "cnf", {"bound to nothing": {"cnf": {}}, "bound to a number": {"cnf": {"jkt": 1}},
                          "no object": {"cnf": "jkt"}, "bound to a certificate": {"cnf": {"x5t#S256": "A"}}}),
    *_wrong("E1", "scope", {"a list of scopes": {"scope": ["verify"]}, "no scope": {"scope": ""},
                            "an unknown scope": {"scope": "verify admin"}, "capitals": {"scope": "VERIFY"}}),
    *_wrong("E1", "jti", {"an id that is no text": {"jti": 7}}),
    _says("E1", "bound to another's key", wrong_token("proof-other-key"), cnf={"jkt": OTHER.kid}),
    _says("E1", "another device", wrong_token("device-unknown"), device_id="dev_9"),
    _says("E1", "another partner", wrong_token("device-unknown"), sub=GAS, client_id=GAS),
    *(row for claim in ("exp", "iat") for row in _wrong("E2", f"{claim}-type", {
        f"{claim} is {name}": {claim: value} for name, value in
        {"text": str(SECONDS + 60), "truth": True, "null": None, "negative": -1}.items()})),
    _at("lives for 600 seconds", exp=600),
    _at("lives for 601", wrong_token("token-lifetime"), exp=601),
    _at("lives for 601 since 10 seconds", wrong_token("token-lifetime"), iat=-10, exp=591),
    _at("has a second left", iat=-299, exp=1),
    _at("ends now", wrong_token("token-expired"), iat=-300, exp=0),
    _at("made 10 seconds ahead", iat=10),
    _at("good in 10 seconds", nbf=10),
    _at("good in 11 seconds", wrong_token("token-clock-skew"), nbf=11),
    _at("made 11 seconds ahead", wrong_token("token-clock-skew"), iat=11),
    Row("E3", "a device that works", lambda d: d.graphql(), 200, "data"),
    *map(_of_ended, (REVOKED, SUSPENDED, EXPIRED)),
    _scoped("verify by verify", _verify, Scope.VERIFY, told="Eligible"),
    _scoped("verify by the others", _verify, Scope.REDEEM, Scope.REVERSE, Scope.REPORT, told="FORBIDDEN"),
    _scoped("find by redeem", _find, Scope.REDEEM),
    _scoped("find by verify", _find, Scope.VERIFY, told="FORBIDDEN"),
    _scoped("list by report", _list, Scope.REPORT),
    _scoped("list by the others", _list, Scope.VERIFY, Scope.REDEEM, Scope.REVERSE, told="FORBIDDEN"),
    _scoped("redeem by verify", _redeem, Scope.VERIFY, told="FORBIDDEN"),
]  # fmt: skip
