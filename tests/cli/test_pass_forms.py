"""Live passes and slips at the card office: issued, shown, replaced and stopped like cards."""

import json
import re
import time
from pathlib import Path

import pytest

from gateway.domain.passes import PassForm
from tests.cli.conftest import Steward
from tests.cli.office import known, one_printed, passes_on_record, scanned
from tests.phone import Phone

PINNED = "Without a PIN this pass can't redeem health-check.\n"


def slip(office: Steward, *words: str | Path) -> list[str]:
    """Issue a slip; return its codes."""
    [issued] = json.loads(office.does("pass", "slip", *words, "--json"))["passes"]
    return list(issued["codes"])


def paired(office: Steward, *words: str) -> Phone:
    """Issue a live pass and scan its pairing."""
    return Phone.paired(one_printed(office.does("pass", "live", *words))["pairing"])


def shows(phone: Phone) -> str:
    return phone.shows(int(time.time()))


def test_a_slip_has_as_many_codes_as_asked_for_and_one_pass_on_record(office: Steward) -> None:
    said = office.does("pass", "slip", "-", "venue", "--count", "3", given="WANG-1\n")
    codes = re.findall(r"^code +(\S+)$", said, re.MULTILINE)
    assert len(set(codes)) == 3
    assert passes_on_record(office) == 1
    assert {known(office, code).form for code in codes} == {PassForm.SLIP}
    assert "WANG" not in said


@pytest.mark.parametrize("form", ["pdf", "svg"])
def test_a_slip_is_printed_and_each_of_its_codes_is_scanned_again(office: Steward, form: str) -> None:
    codes = slip(office, "WANG-1", "venue", "--count", "25", "--card", f"slip.{form}")
    files = [office.folder / name for name in (["slip.pdf"] if form == "pdf" else ["slip-1.svg", "slip-2.svg"])]
    assert sorted(code for file in files for code in scanned(file)) == sorted(codes)


def test_a_phone_scans_its_pairing_and_shows_what_the_office_knows(office: Steward) -> None:
    said = office.does("pass", "live", "WANG-1", "transit", "--qr", "pairing.svg")
    facts = one_printed(said)
    assert scanned(office.folder / "pairing.svg") == [facts["pairing"]]
    shown = shows(Phone.paired(facts["pairing"]))
    assert (known(office, shown).form, known(office, shown).sector) == (PassForm.LIVE, "transit")
    assert "form     live" in office.does("pass", "show", "-", given=f"{shown}\n")


def test_a_lost_phone_stops_and_the_card_goes_on(office: Steward) -> None:
    card = one_printed(office.does("pass", "issue", "WANG-1", "transit"))["code"]
    phone = paired(office, "WANG-1", "transit")
    said = office.does("pass", "revoke", "--of", "WANG-1", "--form", "live", "--yes")
    assert said == "Revoked: 1 live pass (transit).\n"
    assert known(office, shows(phone)).revoked
    assert not known(office, card).revoked


def test_all_forms_stop_together_and_each_is_counted(office: Steward) -> None:
    office.does("pass", "issue", "WANG-1", "transit", "gas")
    office.does("pass", "live", "WANG-1", "transit")
    slip(office, "WANG-1", "venue")
    sentence = office.is_refused("pass", "revoke", "--of", "WANG-1")
    assert "Revoke 2 cards (gas, transit) and 1 live pass (transit) and 1 slip (venue)" in sentence
    told = json.loads(office.does("pass", "revoke", "--of", "WANG-1", "--yes", "--json"))
    assert told == {"revoked": 4, "sectors": ["gas", "transit", "venue"], "forms": ["card", "live", "slip"]}
    assert passes_on_record(office, working=True) == 0


def test_one_code_of_a_sheet_stops_or_replaces_all_of_it(office: Steward) -> None:
    first, second = slip(office, "WANG-1", "venue", "--count", "2")
    [new] = json.loads(office.does("pass", "replace", first, "--yes", "--json", "--count", "4"))["passes"]
    assert len(new["codes"]) == 4
    assert known(office, second).revoked
    office.does("pass", "revoke", new["codes"][3], "--yes")
    assert all(known(office, code).revoked for code in new["codes"])


def test_a_live_pass_is_replaced_by_a_new_pairing_with_the_same_pin(office: Steward) -> None:
    phone = paired(office, "WANG-1", "health", "--pin", "4711")
    new = Phone.paired(one_printed(office.does("pass", "replace", shows(phone), "--yes"))["pairing"])
    assert known(office, shows(phone)).revoked
    assert known(office, shows(new)).pin_hash == known(office, shows(phone)).pin_hash


def test_instead_stops_what_has_the_same_form_alone(office: Steward) -> None:
    card = one_printed(office.does("pass", "issue", "WANG-1", "venue"))["code"]
    [old] = slip(office, "WANG-1", "venue", "--count", "1")
    slip(office, "WANG-1", "venue", "--instead", "--yes")
    assert (known(office, old).revoked, known(office, card).revoked) == (True, False)


def test_without_a_pin_the_office_is_told_what_stays_closed(office: Steward) -> None:
    for command in ("live", "slip"):
        done = office.run("pass", command, "WANG-1", "health")
        assert (done.status, done.errors) == (0, PINNED)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("slip", "LI-2", "venue"), "no such resident"),
        (("live", "LI-2", "venue"), "no such resident"),
        (("slip", "WANG-1", "cinema"), "Choose from"),
        (("live", "WANG-1", "venue", "--qr", "pairing.pdf"), "ends with .svg"),
        (("slip", "WANG-1", "venue", "--card", "slip.png"), ".pdf or .svg"),
        (("live", "WANG-1", "venue", "--pin", "12"), "four digits"),
    ],
    ids=str,
)
def test_what_is_wrong_is_told_before_there_is_a_pass(office: Steward, words: tuple[str, ...], said: str) -> None:
    assert said in office.is_refused("pass", *words)
    assert passes_on_record(office) == 0


def test_no_slip_is_good_for_longer_than_its_used_codes_are_remembered(office: Steward) -> None:
    assert office.run("pass", "slip", "WANG-1", "venue", "--days", "401").status == 2
    [code] = slip(office, "WANG-1", "venue", "--count", "1")
    assert "400 days" in office.is_refused("pass", "replace", code, "--days", "401", "--yes")
