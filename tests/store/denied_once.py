"""Live passes and slips that are denied, each for a cause of its own, and the PIN that comes with them."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from gateway.domain.passes import PassForm, PresentedPass
from gateway.domain.redemptions import Redemption
from tests.auth.key_home import NOW
from tests.phone import Phone
from tests.store.theatre import PIN, Theatre

Shown = tuple[str, str | None]
"""The text of a pass and the PIN that come to the till."""

WRONG_PIN = "0000"
SECOND = int(NOW.timestamp())


async def _unknown_showing(theatre: Theatre) -> Shown:
    [pairing] = theatre.minted(form=PassForm.LIVE).texts
    return Phone.paired(pairing).shows(SECOND), PIN


async def _forged_showing(theatre: Theatre) -> Shown:
    return replace(await theatre.phone(), key=bytes(32)).shows(SECOND), PIN


async def _stale_showing(theatre: Theatre) -> Shown:
    return (await theatre.phone()).shows(SECOND - 90), PIN


async def _early_showing(theatre: Theatre) -> Shown:
    return (await theatre.phone()).shows(SECOND + 31), PIN


async def _used_showing(theatre: Theatre) -> Shown:
    shown = (await theatre.phone()).shows(SECOND)
    assert isinstance(await theatre.redeem(shown), Redemption)
    return shown, PIN


async def _next_showing_of_who_used_all(theatre: Theatre) -> Shown:
    phone = await theatre.phone()
    assert isinstance(await theatre.redeem(phone.shows(SECOND)), Redemption)
    return phone.shows(SECOND), PIN


async def _lost_phone(theatre: Theatre) -> Shown:
    shown = (await theatre.phone()).shows(SECOND)
    await theatre.city.registry.revoke(theatre.ports.opener.open(PresentedPass(shown)).handle)
    return shown, PIN


async def _phone_of_another_sector(theatre: Theatre) -> Shown:
    return (await theatre.phone(sector="transit")).shows(SECOND), PIN


async def _used_code(theatre: Theatre) -> Shown:
    code = (await theatre.slip())[0]
    assert isinstance(await theatre.redeem(code), Redemption)
    return code, PIN


async def _next_code_of_who_used_all(theatre: Theatre) -> Shown:
    used, code, _ = await theatre.slip()
    assert isinstance(await theatre.redeem(used), Redemption)
    return code, PIN


async def _code_of_who_is_not_entitled(theatre: Theatre) -> Shown:
    return (await theatre.slip(centihours=999))[0], PIN


async def code_and_wrong_pin(theatre: Theatre) -> Shown:
    return (await theatre.slip())[0], WRONG_PIN


async def showing_and_wrong_pin(theatre: Theatre) -> Shown:
    return (await theatre.phone()).shows(SECOND), WRONG_PIN


ONCE: list[Callable[[Theatre], Awaitable[Shown]]] = [
    _unknown_showing,
    _forged_showing,
    _stale_showing,
    _early_showing,
    _used_showing,
    _next_showing_of_who_used_all,
    _lost_phone,
    _phone_of_another_sector,
    _used_code,
    _next_code_of_who_used_all,
    _code_of_who_is_not_entitled,
]
"""What is denied of passes that are shown once."""
