"""Cards that end soon: counted without being changed, listed on demand, made anew with the PIN of before."""

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.domain.errors import Unavailable
from gateway.domain.passes import Holding
from gateway.services import find_expiring
from gateway.store.holdings import SqlHoldings
from tests.cli.conftest import Steward
from tests.cli.office import known, one_printed, passes_on_record, scanned

PEOPLE = "registry_id\nWANG-1\nLIN-3\nNOBODY-7\n"


def found(office: Steward, *options: str, people: str = PEOPLE) -> dict[str, Any]:
    """What is said of a list of people."""
    path = office.file("people.csv", people)
    said: dict[str, Any] = json.loads(office.does("pass", "expiring", path, "--json", *options))
    return said


@pytest.fixture
def holders(office: Steward) -> Steward:
    """WANG-1 with a transit card that ends in ten days and a gas card of no use to WANG-1; LIN-3 without any."""
    office.does("pass", "issue", "WANG-1", "transit", "--days", "10", "--pin", "1234")
    office.does("pass", "issue", "WANG-1", "gas", "--days", "10")
    return office


def test_cards_are_counted_by_what_is_the_matter_with_them(holders: Steward) -> None:
    said = found(holders)
    assert said["residents"] == 1
    assert said["cards"] == {
        "renew": {"transit": 1},
        "good": {},
        "not-entitled": {"gas": 1},
        "no-card": 1,
        "not-in-registry": 1,
    }
    assert passes_on_record(holders) == 2


@pytest.mark.parametrize(("within", "residents"), [("9", 0), ("11", 1)])
def test_only_those_that_end_in_time_are_found(holders: Steward, within: str, residents: int) -> None:
    assert found(holders, "--within", within)["residents"] == residents


def test_people_read_how_many_and_what_comes_next(holders: Steward) -> None:
    path = holders.file("people.csv", PEOPLE)
    said = holders.does("pass", "expiring", path, "--out", "renew.csv")
    assert "1 residents need new ones" in said
    assert "1  transit: to be made anew" in said
    assert "1  gas: end, and the sector has no reward for their holder" in said
    assert "Next: gateway pass issue-many renew.csv --keep-pins" in said
    assert "WANG" not in said


def test_a_renewed_card_has_the_old_pin_and_is_not_found_again(holders: Steward) -> None:
    found(holders, "--out", "renew.csv")
    with (holders.folder / "renew.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == [{"registry_id": "WANG-1", "sectors": "transit"}]
    holders.does("pass", "issue-many", "renew.csv", "--keep-pins", "--out", "cards")
    [token] = scanned(holders.folder / "cards" / "card-000001.pdf")
    card = known(holders, token)
    assert card.expires_at > datetime.now(UTC) + timedelta(days=300)
    shown = one_printed(holders.does("pass", "show", token))
    assert (shown["state"], shown["pin"]) == ("works", "yes")
    assert found(holders)["cards"]["good"] == {"transit": 1}


def test_without_the_option_a_new_card_has_no_pin(holders: Steward) -> None:
    found(holders, "--out", "renew.csv")
    holders.does("pass", "issue-many", "renew.csv", "--out", "cards")
    [token] = scanned(holders.folder / "cards" / "card-000001.pdf")
    assert known(holders, token).pin_hash is None


def test_a_revoked_card_is_not_renewed(office: Steward) -> None:
    shown = one_printed(office.does("pass", "issue", "WANG-1", "transit", "--days", "10"))
    office.does("pass", "revoke", shown["code"], "--yes")
    assert found(office)["cards"]["no-card"] == 2


def test_the_registry_itself_may_be_the_list_and_wrong_lines_are_named(holders: Steward) -> None:
    path = holders.file("registry.csv", 'hours,registry_id\n1,WANG-1\n2\n3," "\n"4,LIN-3\n5,LIN-3\n')
    done = holders.run("pass", "expiring", path, "--json")
    assert done.status == 1
    assert json.loads(done.output)["rejected"] == 3
    with (holders.folder / "registry.csv.expiring.rejects.csv").open(encoding="utf-8", newline="") as file:
        assert [row["line"] for row in csv.DictReader(file)] == ["3", "4", "5"]


def test_a_list_is_never_overwritten(holders: Steward) -> None:
    holders.file("renew.csv", "mine")
    path = holders.file("people.csv", PEOPLE)
    assert "renew.csv" in holders.is_refused("pass", "expiring", path, "--out", "renew.csv")
    assert (holders.folder / "renew.csv").read_text() == "mine"


def test_a_file_without_ids_is_refused(holders: Steward) -> None:
    sentence = holders.is_refused("pass", "expiring", holders.file("people.csv", "name\nWang\n"))
    assert "a column registry_id" in sentence


def test_somebody_who_is_there_twice_gets_one_card(holders: Steward) -> None:
    assert found(holders, "--out", "renew.csv", people=PEOPLE + " WANG-1 \nWANG-1\n")["residents"] == 1
    assert (holders.folder / "renew.csv").read_text().count("WANG-1") == 1


def test_a_list_that_broke_off_is_not_there(holders: Steward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find_expiring, "BATCH_SIZE", 1)
    look, asked = SqlHoldings.of, 0

    async def break_off(holdings: SqlHoldings, hashes: Sequence[bytes]) -> Mapping[bytes, Holding]:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise Unavailable("database")
        return await look(holdings, hashes)

    path = holders.file("people.csv", PEOPLE)
    with monkeypatch.context() as patch:
        patch.setattr(SqlHoldings, "of", break_off)
        holders.is_refused("pass", "expiring", path, "--out", "renew.csv", status=75)
    assert not list(holders.folder.glob("renew.csv*"))
    assert found(holders, "--out", "renew.csv")["residents"] == 1
