"""The card office: passes are issued, revoked and replaced, and exist in the open only in what it returns."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.domain.errors import MalformedInput
from gateway.domain.passes import STATUS_LIST_SIZE, PassForm, PresentedPass
from gateway.services.card_office import CardOffice
from gateway.services.drawing import DRAWS_MAX
from tests.services.memory_registry import CountingMint, MemoryRegistry, PlainHasher, PlainPins
from tests.services.world import NOW, VOLUNTEER

pytestmark = pytest.mark.anyio

NEXT_YEAR = NOW + timedelta(days=365)
SHANGHAI = ZoneInfo("Asia/Shanghai")
LAST_MOMENT = datetime(2027, 11, 23, tzinfo=SHANGHAI)
"""The end of the civil day on which NEXT_YEAR lies: no pass tells when exactly it was made."""


@pytest.fixture
def registry() -> MemoryRegistry:
    """A registry with one resident."""
    return MemoryRegistry(standings={b"R-1": VOLUNTEER})


@pytest.fixture
def mint() -> CountingMint:
    """A mint that remembers the status lists that it was told of."""
    return CountingMint()


@pytest.fixture
def office(registry: MemoryRegistry, mint: CountingMint) -> CardOffice:
    """A card office of two sectors."""
    return CardOffice(
        registry=registry,
        directory=registry,
        hasher=PlainHasher(),
        mint=mint,
        opener=mint,
        pins=PlainPins(),
        sectors=frozenset({"transit", "venue"}),
        status_lists="https://laurel.example/status-lists",
        zone=SHANGHAI,
    )


async def test_a_card_is_issued_to_a_resident_for_a_sector(
    office: CardOffice, registry: MemoryRegistry, mint: CountingMint
) -> None:
    issued = await office.issue("R-1", sector="venue", expires_at=NEXT_YEAR, pin="1234")
    assert (issued.pass_id, issued.token, issued.code) == (1, "token 1", "code 1")
    assert (issued.form, issued.sector, issued.expires_at) == (PassForm.CARD, "venue", LAST_MOMENT)
    [kept, also_kept] = [new for _, _, new in registry.passes.values()]
    assert kept is also_kept
    assert (kept.sector, kept.expires_at, kept.pin_hash) == ("venue", LAST_MOMENT, "hash of 1234")
    assert 0 <= kept.status_index < STATUS_LIST_SIZE
    assert mint.status_lists == ["https://laurel.example/status-lists/venue"]
    assert not {"token 1", "code 1", "1234"} & set(str(issued).split())


async def test_a_card_needs_no_pin(office: CardOffice, registry: MemoryRegistry) -> None:
    await office.issue("R-1", sector="transit", expires_at=NEXT_YEAR)
    assert {new.pin_hash for _, _, new in registry.passes.values()} == {None}


@pytest.mark.parametrize("pin", ["", "123", "12345", "12a4", "１２３４", "²³¹²", " 123"])
async def test_a_pin_has_four_plain_digits(office: CardOffice, registry: MemoryRegistry, pin: str) -> None:
    with pytest.raises(MalformedInput, match=r"^pin: "):
        await office.issue("R-1", sector="transit", expires_at=NEXT_YEAR, pin=pin)
    assert registry.passes == {}


@pytest.mark.parametrize(
    ("registry_id", "sector", "argument"),
    [("R-2", "transit", "registry id"), ("", "transit", "registry id"), ("R-1", "health", "sector")],
)
async def test_nobody_and_no_sector_get_no_card(
    office: CardOffice, registry: MemoryRegistry, registry_id: str, sector: str, argument: str
) -> None:
    with pytest.raises(MalformedInput) as refusal:
        await office.issue(registry_id, sector=sector, expires_at=NEXT_YEAR)
    assert refusal.value.argument == argument
    assert "R-2" not in str(refusal.value)
    assert registry.passes == {}


async def test_a_place_that_is_taken_is_drawn_again(office: CardOffice, registry: MemoryRegistry) -> None:
    registry.taken = 3
    assert (await office.issue("R-1", sector="transit", expires_at=NEXT_YEAR)).token == "token 4"
    assert len(set(registry.places)) > 1


async def test_a_full_status_list_ends_the_drawing(office: CardOffice, registry: MemoryRegistry) -> None:
    registry.taken = DRAWS_MAX
    with pytest.raises(RuntimeError, match="full"):
        await office.issue("R-1", sector="transit", expires_at=NEXT_YEAR)


@pytest.mark.parametrize("shown", ["token 1", "code 1"])
async def test_a_card_is_revoked_once_by_whatever_is_left_of_it(office: CardOffice, shown: str) -> None:
    await office.issue("R-1", sector="transit", expires_at=NEXT_YEAR)
    assert await office.revoke(PresentedPass(shown))
    assert not await office.revoke(PresentedPass("token 1"))
    assert not await office.revoke(PresentedPass("unknown"))


async def test_a_new_card_keeps_sector_and_pin_and_ends_the_old_one(
    office: CardOffice, registry: MemoryRegistry
) -> None:
    old = await office.issue("R-1", sector="venue", expires_at=NOW, pin="1234")
    new = await office.replace(PresentedPass(old.code), expires_at=NEXT_YEAR)
    assert (new.pass_id, new.sector, new.expires_at) == (3, "venue", LAST_MOMENT)
    assert registry.revoked == {old.pass_id}
    _, resident, kept = registry.passes[new.token.encode()]
    assert (resident, kept.pin_hash) == (b"R-1", "hash of 1234")


@pytest.mark.parametrize("shown", ["unknown", "token 1"])
async def test_what_is_unknown_or_revoked_is_not_replaced(
    office: CardOffice, registry: MemoryRegistry, shown: str
) -> None:
    await office.issue("R-1", sector="venue", expires_at=NEXT_YEAR)
    await office.revoke(PresentedPass("token 1"))
    with pytest.raises(MalformedInput, match=r"^pass: .*unknown or revoked"):
        await office.replace(PresentedPass(shown), expires_at=NEXT_YEAR)
    assert len(registry.passes) == 2
