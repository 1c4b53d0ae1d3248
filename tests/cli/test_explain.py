"""`gateway pass explain`: the true reason, for who has the pass and its PIN, and one answer for anybody else."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.auth.keyring import Keyring
from gateway.auth.passes import PassReader
from gateway.auth.references import References
from gateway.cli.cause_words import CAUSE_WORDS
from gateway.domain.eligibility import Cause
from gateway.domain.passes import PresentedPass
from tests.cli.conftest import Steward
from tests.cli.office import ISSUER, ZERO, one_printed

PIN = "4071"
ONE_ANSWER = "gateway: reference: It does not open with this pass and this PIN."


def denial(office: Steward, shown: str, cause: Cause) -> str:
    """Return the reference of a denial, as the gateway would have answered it."""
    keyring = Keyring.load(Path(office.settings["GATEWAY_KEYS_DIR"]), clock=lambda: datetime.now(UTC))
    return References(keyring).seal(PassReader(keyring, issuer=ISSUER).open(PresentedPass(shown)), cause)


def issued(office: Steward, whose: str = "WANG-1", *, pin: str | None = PIN) -> dict[str, str]:
    return one_printed(office.does("pass", "issue", whose, "venue", *(("--pin", pin) if pin else ())))


def test_every_cause_has_words_in_both_languages() -> None:
    assert set(CAUSE_WORDS) == set(Cause)
    assert all(chinese and english.isascii() for chinese, english in CAUSE_WORDS.values())


@pytest.mark.parametrize("cause", [Cause.QUOTA_USED_UP, Cause.NOT_ENTITLED, Cause.REVOKED_PASS])
def test_the_holder_hears_the_cause(office: Steward, cause: Cause) -> None:
    card = issued(office)
    for shown in (card["code"], card["token"]):
        reference = denial(office, shown, cause)
        told = office.does("pass", "explain", reference, given=f"{shown}\n{PIN}\n")
        assert told == "\n".join(CAUSE_WORDS[cause]) + "\n"
        assert json.loads(office.does("pass", "explain", reference, "--json", given=f"{shown}\n{PIN}\n")) == {
            "cause": cause.value,
            "zh": CAUSE_WORDS[cause][0],
            "en": CAUSE_WORDS[cause][1],
        }


def test_a_revoked_pass_still_opens_its_references(office: Steward) -> None:
    card = issued(office)
    office.does("pass", "revoke", card["code"], "--yes")
    reference = denial(office, card["code"], Cause.REVOKED_PASS)
    assert "was stopped" in office.does("pass", "explain", reference, given=f"{card['code']}\n{PIN}\n")


def test_whatever_is_wrong_has_one_answer(office: Steward) -> None:
    card, other, bare = issued(office), issued(office, "LIN-3"), issued(office, "LIN-3", pin=None)
    reference = denial(office, card["code"], Cause.QUOTA_USED_UP)
    for shown, pin, asked in (
        (card["code"], "4072", reference),
        (card["code"], "", reference),
        (other["code"], PIN, reference),
        (bare["code"], "", denial(office, bare["code"], Cause.QUOTA_USED_UP)),
        (ZERO, PIN, denial(office, ZERO, Cause.UNKNOWN_PASS)),
        (card["code"], PIN, reference[:-1] + ("A" if reference[-1] != "A" else "B")),
        (card["code"], PIN, "short"),
    ):
        assert office.is_refused("pass", "explain", asked, given=f"{shown}\n{pin}\n") == ONE_ANSWER


def test_three_wrong_pins_lock_the_desk_for_that_resident_alone(office: Steward) -> None:
    card, other = issued(office), issued(office, "LIN-3")
    reference = denial(office, card["code"], Cause.QUOTA_USED_UP)
    for pin in ("0000", "0001", "0002", PIN):
        told = office.is_refused("pass", "explain", reference, given=f"{card['code']}\n{pin}\n")
        assert told == ONE_ANSWER
    office.does(
        "pass", "explain", denial(office, other["code"], Cause.QUOTA_USED_UP), given=f"{other['code']}\n{PIN}\n"
    )
