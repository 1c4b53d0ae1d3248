"""Evidence: what is kept opens with the key home alone, for its own request alone, and proves one body alone."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.auth.evidence import Evidence, Signed, check_again
from gateway.domain.errors import KeysMissing
from tests.auth.key_home import DAY, NOW, Hands, Key, load
from tests.auth.machines import ABSENT, GRAPHQL_URL, SECONDS, TOKEN_URL, machine
from tests.auth.refusals import refused
from tests.auth.wrong_digests import WRONG_DIGESTS, right

BODY = b'{"query": "mutation"}'
MACHINE = machine()
REQUEST = {"partner_id": "metro", "request_id": "request-000000001"}


def proof(**claims: Any) -> str:
    return MACHINE.proof(token="token", **{"content_digest": right(BODY), **claims})


def test_what_is_sealed_opens_again_and_shows_nothing(tmp_path: Path) -> None:
    kept, text = Evidence(load(tmp_path)), proof()
    sealed, again = (kept.seal(text, **REQUEST) for _ in range(2))
    assert kept.open(sealed, **REQUEST) == text
    assert sealed != again
    assert len(sealed) == 32 + len(text) + 16
    assert not any(segment.encode() in sealed for segment in text.split("."))


@pytest.mark.parametrize("change", [{"partner_id": "ferry"}, {"request_id": "request-000000002"}], ids=str)
def test_it_is_of_one_request(tmp_path: Path, change: dict[str, str]) -> None:
    kept = Evidence(load(tmp_path))
    with pytest.raises(KeysMissing):
        kept.open(kept.seal(proof(), **REQUEST), **{**REQUEST, **change})


def test_the_names_of_a_request_do_not_run_together(tmp_path: Path) -> None:
    kept = Evidence(load(tmp_path))
    with pytest.raises(KeysMissing):
        kept.open(kept.seal(proof(), partner_id="ab", request_id="c"), partner_id="a", request_id="bc")


@pytest.mark.parametrize("place", [0, 31, 32, -1])
def test_what_was_changed_does_not_open(tmp_path: Path, place: int) -> None:
    kept = Evidence(load(tmp_path))
    sealed = bytearray(kept.seal(proof(), **REQUEST))
    sealed[place] ^= 1
    with pytest.raises(KeysMissing):
        kept.open(bytes(sealed), **REQUEST)
    for cut in (b"", bytes(sealed[:40])):
        with pytest.raises(KeysMissing):
            kept.open(cut, **REQUEST)


def test_it_outlives_a_rotation_and_ends_with_its_key(tmp_path: Path) -> None:
    clock = Hands()
    old = Key("period-old", "period", not_after=NOW + 10 * DAY)
    text, sealed = proof(), Evidence(load(tmp_path, old, clock=clock)).seal(proof(), **REQUEST)
    rotated = Evidence(load(tmp_path, old, Key("period-new", "period", not_before=NOW), clock=clock))
    assert rotated.open(sealed, **REQUEST).split(".")[0] == text.split(".")[0]
    clock.now += 10 * DAY
    with pytest.raises(KeysMissing):
        rotated.open(sealed, **REQUEST)


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "PS256"])
def test_right_evidence_tells_key_and_time(algorithm: str) -> None:
    one = machine(algorithm)
    text = one.proof(token="token", iat=SECONDS - 3600 * 24 * 90, content_digest=right(BODY))
    assert check_again(text, url=GRAPHQL_URL, body=BODY) == Signed(one.kid, NOW - timedelta(days=90))
    assert isinstance(check_again(text, url=GRAPHQL_URL, body=BODY).at, datetime)


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"htm": "GET"}, "evidence-htm"),
        ({"htu": TOKEN_URL}, "evidence-htu"),
        ({"htu": None}, "evidence-htu"),
        ({"iat": "1"}, "evidence-iat-type"),
        ({"content_digest": ABSENT}, "evidence-content-digest"),
        ({"jti": ABSENT}, "evidence-claim-missing"),
    ],
    ids=["method", "address", "no address", "time as text", "unbound", "no jti"],
)
def test_wrong_evidence(claims: dict[str, Any], code: str) -> None:
    with refused(code):
        check_again(proof(**claims), url=GRAPHQL_URL, body=BODY)


@pytest.mark.parametrize("name", WRONG_DIGESTS)
def test_evidence_of_another_body(name: str) -> None:
    with refused("evidence-content-digest"):
        check_again(proof(content_digest=WRONG_DIGESTS[name](BODY)), url=GRAPHQL_URL, body=BODY)


def test_evidence_that_nobody_signed() -> None:
    header, claims, _ = proof().split(".")
    other = MACHINE.proof(token="token", content_digest=right(b"other")).split(".")[2]
    for text, code in (("", "evidence-segments"), (f"{header}.{claims}.{other}", "evidence-signature")):
        with refused(code):
            check_again(text, url=GRAPHQL_URL, body=BODY)
    with refused("evidence-jwk"):
        check_again(MACHINE.proof(token="token", header={"jwk": None}), url=GRAPHQL_URL, body=BODY)
