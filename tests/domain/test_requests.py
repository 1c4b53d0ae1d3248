"""Requests: what can't be one is refused before anything is looked up, and never quoted."""

from typing import Any

import pytest

from gateway.domain.errors import MalformedInput
from gateway.domain.passes import PresentedPass
from gateway.domain.redemptions import ReversalReason
from gateway.domain.requests import (
    QUANTITY_MAX,
    RedeemReward,
    ReverseRedemption,
    VerifyPass,
    require_redemption_id,
)

REQUEST_ID = "0123456789abcdef"
REDEMPTION_ID = "rdm_" + "a" * 22


def verify(**changes: Any) -> VerifyPass:
    good: dict[str, Any] = {"presented": PresentedPass("x"), "reward": "health-check", "quantity": 1}
    return VerifyPass(**good | changes)


def redeem(**changes: Any) -> RedeemReward:
    good: dict[str, Any] = {"presented": PresentedPass("x"), "reward": "health-check", "quantity": 1}
    return RedeemReward(**good | {"request_id": REQUEST_ID} | changes)


def reverse(**changes: Any) -> ReverseRedemption:
    good: dict[str, Any] = {"redemption_id": REDEMPTION_ID, "quantity": None, "reason": ReversalReason.MISTAKE}
    return ReverseRedemption(**good | {"request_id": REQUEST_ID} | changes)


GOOD: list[tuple[str, Any]] = [
    *(("request_id", text) for text in ("a" * 16, "Z" * 64, "_-_-0123456789ab")),
    *(("quantity", number) for number in (1, 2, QUANTITY_MAX)),
    *(("reward", text) for text in ("a", "9", "a" * 64, "a.b_c:d-e")),
    *(("occasion", text) for text in (None, "2026-11-22:19.30", "S")),
    *(("pin", text) for text in (None, "0000", "9999")),
]

BAD: list[tuple[str, Any]] = [
    *(("request_id", text) for text in ("", "a" * 15, "a" * 65, "a" * 15 + "+", "a" * 16 + "\n", "ä" * 16)),
    *(("quantity", number) for number in (0, -1, QUANTITY_MAX + 1, 2**31 - 1, -(2**63))),
    *(("reward", text) for text in ("", "-a", ".a", "a" * 65, "a b", "a\n", "ä", "a/b", "\ud800")),
    *(("occasion", text) for text in ("", ":a", "a" * 65, "a b", "日")),
    *(("pin", text) for text in ("", "123", "12345", "12a4", "1234\n", " 123", "１２３４", "٠١٢٣")),
]

ARGUMENTS = {"request_id": "requestId", "redemption_id": "redemptionId"}


@pytest.mark.parametrize(("field", "value"), GOOD)
def test_what_can_be_a_request_is_one(field: str, value: Any) -> None:
    assert getattr(redeem(**{field: value}), field) == value
    if field in ("quantity", "request_id"):
        assert getattr(reverse(**{field: value}), field) == value
    if field in ("quantity", "reward", "occasion"):
        assert getattr(verify(**{field: value}), field) == value


def assert_refused(make: Any, field: str, value: Any) -> None:
    with pytest.raises(MalformedInput) as refusal:
        make(**{field: value})
    assert refusal.value.argument == ARGUMENTS.get(field, field)
    assert refusal.value.message.endswith(".")
    if isinstance(value, str) and len(value) > 2:
        assert value not in str(refusal.value)


@pytest.mark.parametrize(("field", "value"), BAD)
def test_what_cannot_be_a_request_is_refused(field: str, value: Any) -> None:
    assert_refused(redeem, field, value)
    if field in ("quantity", "request_id"):
        assert_refused(reverse, field, value)
    if field in ("quantity", "reward", "occasion"):
        assert_refused(verify, field, value)


@pytest.mark.parametrize(
    "value", ["", "rdm_", "rdm_" + "a" * 21, "rdm_" + "a" * 23, "a" * 26, REDEMPTION_ID + "\n"]
)
def test_what_cannot_be_the_id_of_a_redemption_is_refused(value: str) -> None:
    assert_refused(reverse, "redemption_id", value)


def test_the_refusal_names_the_argument_that_the_caller_used() -> None:
    assert require_redemption_id("id", REDEMPTION_ID) == REDEMPTION_ID
    with pytest.raises(MalformedInput, match=r"^id: "):
        require_redemption_id("id", "x")


def test_a_reversal_may_leave_the_quantity_open() -> None:
    assert reverse().quantity is None
