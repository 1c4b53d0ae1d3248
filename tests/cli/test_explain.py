"""`gateway pass explain | log`: for who has the pass and its PIN, and one answer for anybody else."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.assembly import assemble
from gateway.auth.keyring import Keyring
from gateway.auth.passes import PassReader
from gateway.auth.references import References
from gateway.cli.console import closing
from gateway.domain.access import Look
from gateway.domain.eligibility import Cause
from gateway.domain.passes import PresentedPass
from gateway.services.cause_words import CAUSE_WORDS
from gateway.settings import Settings
from tests.cli.conftest import Steward
from tests.cli.office import ISSUER, ZERO, known, one_printed

PIN = "4071"
SHANGHAI = ZoneInfo("Asia/Shanghai")
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


def test_the_holder_reads_who_asked_by_pass_and_pin(office: Steward) -> None:
    card = issued(office)
    given = f"{card['code']}\n{PIN}\n"
    assert "Nobody has asked." in office.does("pass", "log", given=given)
    office.does("partners", "add", "venue-counter", "Grand Theatre")
    secret, today = known(office, card["code"]).resident_secret, datetime.now(UTC).astimezone(SHANGHAI).date()

    async def look() -> None:
        async with closing(assemble(settings)) as laurel:
            laurel.access.note(Look("grand-theatre", today, secret))
            await laurel.access.flush()

    settings = Settings.read(
        database_url=office.settings["GATEWAY_DATABASE_URL"], keys_dir=office.settings["GATEWAY_KEYS_DIR"]
    )
    asyncio.run(look())
    assert office.does("pass", "log", given=given).splitlines()[1:] == [f"{today}  Grand Theatre"]
    facts = json.loads(office.does("pass", "log", "--json", given=given))
    assert facts == {"looks": [{"day": str(today), "partner": "Grand Theatre"}]}
    other = issued(office, "LIN-3")
    for shown, pin in ((card["code"], "0000"), (other["code"], "0000"), (ZERO, PIN)):
        told = office.is_refused("pass", "log", given=f"{shown}\n{pin}\n")
        assert told == "gateway: pass: This pass and this PIN don't go together."
