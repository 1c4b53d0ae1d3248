"""Cards of several sectors: all or none, each in a place of its own; and what the office says of a pass."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.domain.errors import MalformedInput
from gateway.domain.passes import Condition, PresentedPass
from gateway.services.card_office import CardOffice
from gateway.services.drawing import DRAWS_MAX
from tests.services.memory_registry import CountingMint, MemoryRegistry, PlainHasher, PlainPins
from tests.services.world import NOW, VOLUNTEER

pytestmark = pytest.mark.anyio

NEXT_YEAR = NOW + timedelta(days=365)
SECTORS = ["venue", "gas", "transit"]


@pytest.fixture
def registry() -> MemoryRegistry:
    """A registry with one resident."""
    return MemoryRegistry(standings={b"R-1": VOLUNTEER})


@pytest.fixture
def office(registry: MemoryRegistry) -> CardOffice:
    """A card office of three sectors."""
    mint = CountingMint()
    return CardOffice(
        registry=registry,
        directory=registry,
        hasher=PlainHasher(),
        mint=mint,
        opener=mint,
        pins=PlainPins(),
        sectors=frozenset(SECTORS),
        status_lists="https://laurel.example/status-lists",
        zone=ZoneInfo("Asia/Shanghai"),
    )


async def test_cards_come_in_the_order_of_their_sectors(office: CardOffice, registry: MemoryRegistry) -> None:
    issued = await office.issue_all("R-1", sectors=SECTORS, expires_at=NEXT_YEAR, pin="1234")
    assert [one.sector for one in issued] == SECTORS
    assert [registry.passes[one.token.encode()][0] for one in issued] == [one.pass_id for one in issued]
    assert [registry.passes[one.code.encode()][2].sector for one in issued] == SECTORS
    assert {new.pin_hash for _, _, new in registry.passes.values()} == {"hash of 1234"}
    assert all(one.has_pin for one in issued)


async def test_only_what_found_its_place_taken_is_drawn_again(
    office: CardOffice, registry: MemoryRegistry
) -> None:
    registry.taken = 1
    issued = await office.issue_all("R-1", sectors=SECTORS, expires_at=NEXT_YEAR)
    assert [one.token for one in issued] == ["token 4", "token 2", "token 3"]


async def test_a_status_list_that_is_nearly_full_is_drawn_from_for_every_sector(
    office: CardOffice, registry: MemoryRegistry
) -> None:
    registry.taken = DRAWS_MAX + 1
    assert len(await office.issue_all("R-1", sectors=SECTORS, expires_at=NEXT_YEAR)) == 3


@pytest.mark.parametrize("sectors", [[], ["venue", "health"], ["venue", "gas", "venue"]], ids=str)
async def test_no_list_of_sectors_gets_no_card(
    office: CardOffice, registry: MemoryRegistry, sectors: list[str]
) -> None:
    with pytest.raises(MalformedInput, match=r"^sector: "):
        await office.issue_all("R-1", sectors=sectors, expires_at=NEXT_YEAR)
    assert registry.passes == {}


@pytest.mark.parametrize("has_pin", [True, False])
def test_a_specimen_looks_like_a_pass_and_is_on_no_record(
    office: CardOffice, registry: MemoryRegistry, has_pin: bool
) -> None:
    specimen = office.specimen("gas", expires_at=NEXT_YEAR, has_pin=has_pin)
    assert (specimen.sector, specimen.has_pin, specimen.token, specimen.code) == (
        "gas",
        has_pin,
        "token 1",
        "code 1",
    )
    assert registry.passes == {}


@pytest.mark.parametrize("pin", [None, "1234"])
async def test_a_replaced_card_says_whether_it_has_a_pin(office: CardOffice, pin: str | None) -> None:
    old = await office.issue("R-1", sector="gas", expires_at=NEXT_YEAR, pin=pin)
    assert old.has_pin is (pin is not None)
    assert (await office.replace(PresentedPass(old.code), expires_at=NEXT_YEAR)).has_pin is (pin is not None)


async def test_the_state_of_a_pass_is_told_by_whatever_is_left_of_it(office: CardOffice) -> None:
    issued = await office.issue("R-1", sector="gas", expires_at=NEXT_YEAR, pin="1234")
    for left in (issued.token, issued.code):
        state = await office.state(PresentedPass(left))
        assert state is not None
        assert (state.condition, state.sector, state.has_pin) == (Condition.WORKS, "gas", True)
    await office.revoke(PresentedPass(issued.code))
    assert getattr(await office.state(PresentedPass(issued.token)), "condition", None) is Condition.REVOKED
    assert await office.state(PresentedPass("unknown")) is None


async def test_new_cards_instead_of_lost_ones_keep_their_pins(office: CardOffice) -> None:
    lost = await office.issue_all("R-1", sectors=["gas", "venue"], expires_at=NEXT_YEAR, pin="1234")
    [new] = await office.issue_all("R-1", sectors=["gas"], expires_at=NEXT_YEAR, instead=True)
    assert new.has_pin
    states = [await office.state(PresentedPass(one.code)) for one in (*lost, new)]
    assert [state and state.condition for state in states] == [
        Condition.REVOKED,
        Condition.WORKS,
        Condition.WORKS,
    ]
    assert [one.sector for one in await office.revoke_all("R-1")] == ["venue", "gas"]
    assert await office.working("R-1") == []
