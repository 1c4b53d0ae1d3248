"""The token endpoint tells a stranger one of the standard's few words, and nothing more."""

from time import time

import pytest

from laurel_client.signing import DeviceKey
from tests.flow.sandboxes import Sandbox
from tests.flow.steward import new_key
from tests.flow.wire import Wire

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _stranger() -> DeviceKey:
    private, _ = new_key()
    return DeviceKey(private)


def test_a_token_is_bound_short_and_stored_nowhere(city: Sandbox) -> None:
    with Wire(city.partner("gas-desk")) as wire:
        answer = wire.sign_in()
    grant = answer.json()
    assert answer.status_code == 200
    assert (grant["token_type"], grant["expires_in"]) == ("DPoP", 300)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"client_assertion": ""}, 401, "invalid_client"),
        ({"client_assertion": "x.y.z"}, 401, "invalid_client"),
        ({"client_assertion_type": "urn:example"}, 401, "invalid_client"),
        ({"client_id": "harbour-metro"}, 401, "invalid_client"),
    ],
    ids=str,
)
def test_a_wrong_form_is_refused(city: Sandbox, change: dict[str, str], status: int, error: str) -> None:
    with Wire(city.partner("gas-desk")) as wire:
        answer = wire.sign_in(**change)
    assert (answer.status_code, answer.json()) == (status, {"error": error})


def test_an_assertion_by_another_or_for_another_is_refused(city: Sandbox) -> None:
    with Wire(city.partner("gas-desk")) as wire:
        client, issuer = wire.credentials.client_id, wire.credentials.issuer
        wrong = {
            "unknown key": _stranger().client_assertion(client, issuer, now=time()),
            "another client": wire.key.client_assertion("harbour-metro", issuer, now=time()),
            "another issuer": wire.key.client_assertion(client, "https://elsewhere.example", now=time()),
        }
        for name, assertion in wrong.items():
            answer = wire.sign_in(client_assertion=assertion)
            assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"}), name


def test_an_assertion_and_a_proof_work_once(city: Sandbox) -> None:
    with Wire(city.partner("gas-desk")) as wire:
        assertion = wire.assertion()
        assert wire.sign_in(client_assertion=assertion).status_code == 200
        assert wire.sign_in(client_assertion=assertion).json() == {"error": "invalid_client"}
        endpoint = wire.credentials.token_endpoint
        proof = ("DPoP", wire.key.proof("POST", endpoint, now=time(), nonce=wire.nonce))
        assert wire.sign_in([proof]).status_code == 200
        assert wire.sign_in([proof]).json() == {"error": "invalid_dpop_proof"}


def test_a_proof_by_another_key_or_for_another_address_is_refused(city: Sandbox) -> None:
    with Wire(city.partner("gas-desk")) as wire:
        address = wire.credentials.token_endpoint
        for proof in (
            _stranger().proof("POST", address, now=time(), nonce=wire.nonce),
            wire.key.proof("POST", wire.url, now=time(), nonce=wire.nonce),
            wire.key.proof("GET", address, now=time(), nonce=wire.nonce),
            "x.y.z",
        ):
            answer = wire.sign_in([("DPoP", proof)])
            assert (answer.status_code, answer.json()) == (400, {"error": "invalid_dpop_proof"})
        twice = [("DPoP", wire.key.proof("POST", address, now=time(), nonce=wire.nonce)) for _ in range(2)]
        assert wire.sign_in(twice).json() == {"error": "invalid_dpop_proof"}


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{}", {"Content-Type": "application/json"}, 400),
        (b"grant_type=client_credentials&grant_type=client_credentials", FORM, 400),
        (b"grant_type=client_credentials%ff", FORM, 400),
        (b"\xff\xfe", FORM, 400),
        (b"&".join(b"a%d=1" % number for number in range(50)), FORM, 400),
        (b"", FORM, 400),
        (b"a=" + b"x" * 20_000, FORM, 413),
    ],
    ids=["json", "twice", "bad-utf8", "not-ascii", "many", "empty", "large"],
)
def test_what_is_no_form_is_a_bad_request(
    city: Sandbox, content: bytes, headers: dict[str, str], status: int
) -> None:
    with Wire(city.partner("gas-desk")) as wire:
        answer = wire.http.post(wire.credentials.token_endpoint, content=content, headers=headers)
    assert answer.status_code == status
    assert "\n" not in answer.text.strip()
    assert "Traceback" not in answer.text
