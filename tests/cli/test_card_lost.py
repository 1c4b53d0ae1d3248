"""A lost card: nobody has its code, so the office stops it by whose it is."""

import json
import shutil

import pytest

from tests.cli.conftest import Steward
from tests.cli.office import known, one_printed, passes_on_record, printed
from tests.flow.processes import ROOT


def codes(office: Steward, whose: str, *words: str) -> dict[str, str]:
    """Issue passes; return the code of each by its sector."""
    return {one["sector"]: one["code"] for one in printed(office.does("pass", "issue", whose, *words))}


def stopped(office: Steward, held: dict[str, str]) -> set[str]:
    """The sectors of passes that are revoked."""
    return {sector for sector, code in held.items() if known(office, code).revoked}


def test_all_cards_of_a_resident_stop_and_nobody_else_s(office: Steward) -> None:
    mine, others = codes(office, "WANG-1", "transit", "gas"), codes(office, "LIN-3", "gas")
    said = office.does("pass", "revoke", "--of", "-", "--yes", given="WANG-1\n")
    assert said == "Revoked: 2 cards (gas, transit).\n"
    assert (stopped(office, mine), stopped(office, others)) == ({"gas", "transit"}, set())
    assert "no such pass that works" in office.is_refused("pass", "revoke", "--of", "WANG-1", "--yes")


def test_only_the_named_sectors_stop(office: Steward) -> None:
    mine = codes(office, "WANG-1", "transit", "gas", "venue")
    told = json.loads(office.does("pass", "revoke", "gas", "venue", "--of", "WANG-1", "--yes", "--json"))
    assert told == {"revoked": 2, "sectors": ["gas", "venue"], "forms": ["card"]}
    assert stopped(office, mine) == {"gas", "venue"}


def test_it_asks_and_says_how_many(office: Steward) -> None:
    codes(office, "WANG-1", "transit", "gas")
    sentence = office.is_refused("pass", "revoke", "--of", "-", given="WANG-1\n")
    assert "Revoke 2 cards (gas, transit), at once and for ever?" in sentence
    assert "say --yes" in sentence
    assert "WANG" not in sentence
    assert passes_on_record(office, working=True) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("revoke", "--of", "LI-2", "--yes"), "no such resident"),
        (("revoke", "--of", " ", "--yes"), "empty"),
        (("revoke", "cinema", "--of", "WANG-1", "--yes"), "Choose from"),
        (("revoke", "--of", "WANG-1", "--yes"), "no such pass"),
        (("issue", "LI-2", "gas", "--instead", "--yes"), "no such resident"),
    ],
    ids=str,
)
def test_what_cannot_be_stopped_is_told_without_quoting_it(
    office: Steward, words: tuple[str, ...], said: str
) -> None:
    sentence = office.is_refused("pass", *words)
    assert said in sentence
    assert not [each for each in ("LI-2", "WANG-1", "cinema") if each in sentence]


@pytest.mark.parametrize("words", [(), ("one", "two")], ids=str)
def test_one_pass_or_whose(office: Steward, words: tuple[str, ...]) -> None:
    done = office.run("pass", "revoke", *words, "--yes")
    assert done.status == 2
    assert "--of" in done.errors


def test_new_cards_take_the_place_of_lost_ones_with_their_pins(office: Steward) -> None:
    old = codes(office, "WANG-1", "health", "gas", "--pin", "1234")
    rest, others = codes(office, "WANG-1", "transit"), codes(office, "LIN-3", "gas")
    new = codes(office, "WANG-1", "health", "gas", "--instead", "--yes")
    assert stopped(office, old | {f"new {sector}": code for sector, code in new.items()}) == {"health", "gas"}
    assert (stopped(office, rest), stopped(office, others)) == (set(), set())
    for sector in ("health", "gas"):
        before, after = known(office, old[sector]), known(office, new[sector])
        assert (before.pin_hash, before.resident_secret) == (after.pin_hash, after.resident_secret)
        assert after.pin_hash


def test_a_new_pin_takes_the_place_of_the_old_one(office: Steward) -> None:
    old = codes(office, "WANG-1", "health", "--pin", "1234")
    new = codes(office, "WANG-1", "health", "--pin", "4321", "--instead", "--yes")
    hashes = {known(office, held["health"]).pin_hash for held in (old, new)}
    assert len(hashes - {None}) == 2


def test_new_cards_instead_ask_only_if_others_stop(office: Steward) -> None:
    first = codes(office, "WANG-1", "gas", "--instead")
    sentence = office.is_refused("pass", "issue", "WANG-1", "gas", "--instead")
    assert "revoke 1 card (gas)?" in sentence
    assert (stopped(office, first), passes_on_record(office)) == (set(), 1)


def test_without_the_option_the_old_card_works_on(office: Steward) -> None:
    first = codes(office, "WANG-1", "gas")
    codes(office, "WANG-1", "gas")
    assert stopped(office, first) == set()


def test_a_card_of_a_sector_that_is_no_more(office: Steward) -> None:
    code = one_printed(office.does("pass", "issue", "WANG-1", "gas"))["code"]
    partners = office.folder / "partners"
    shutil.copytree(ROOT / "partners", partners, ignore=shutil.ignore_patterns("client", "gas-*"))
    programme = partners / "catalogue" / "programme.toml"
    programme.write_text(programme.read_text("utf-8").replace("gas =", "# gas ="), "utf-8")
    where = str(partners)
    again = ("pass", "replace", code, "--card", "card.pdf", "--yes")
    sentence = office.is_refused(*again, GATEWAY_PARTNERS_DIR=where)
    assert "No partner serves gas any more" in sentence
    assert not known(office, code).revoked
    done = office.run("pass", "revoke", "gas", "--of", "WANG-1", "--yes", GATEWAY_PARTNERS_DIR=where)
    assert (done.status, done.output) == (0, "Revoked: 1 card (gas).\n")
