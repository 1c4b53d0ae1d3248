"""Issuing, replacing, revoking and looking up passes at a card office's machine."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import assert_never

from gateway.domain.card_days import CARD_DAYS, CARD_DAYS_MAX, expiry, last_day
from gateway.domain.clock import Clock
from gateway.domain.codes import written
from gateway.domain.errors import MalformedInput
from gateway.domain.partners import Caller
from gateway.domain.passes import Held, IssuedPass, PassForm
from gateway.domain.showings import SLIP_CODES, SLIP_CODES_MAX
from gateway.services.card_office import CardOffice
from gateway.web.office.orders import Members

Offices = Callable[[Caller], CardOffice]
"""Returns the card office in the name of a caller's machine, which the administrative record will bear."""

Offer = Callable[[Sequence[IssuedPass]], Awaitable[tuple[str, datetime]]]
"""Returns the code with which a phone fetches live passes that were issued just now, and when it ends."""


class Passes:
    """The work behind `/office/issue`, `replace`, `revoke`, `passes` and `pass`."""

    def __init__(self, offices: Offices, clock: Clock, offer: Offer) -> None:
        self._offices, self._clock, self._offer = offices, clock, offer

    async def issue(self, caller: Caller, asked: Members) -> Mapping[str, object]:
        """Issue a pass of one form for each sector, all or none; they are in this answer and nowhere else."""
        office, registry_id = self._offices(caller), asked.text("registryId")
        sectors, form, pin = asked.texts("sectors"), asked.form(), asked.pin()
        expires_at, count = self._until(asked, form), _code_count(asked)
        instead = asked.flag("instead")
        asked.finish()
        issued = await office.issue_all(
            registry_id,
            sectors=sectors,
            expires_at=expires_at,
            pin=pin,
            instead=instead,
            form=form,
            code_count=count,
        )
        return await self._handed_over(office, issued)

    async def replace(self, caller: Caller, asked: Members) -> Mapping[str, object]:
        """Revoke a pass that is at hand and issue another of its form in its place, with the same PIN."""
        office, old = self._offices(caller), asked.presented()
        state = await office.state(old)
        if state is None:
            raise _unknown()
        expires_at, count = self._until(asked, state.form), _code_count(asked)
        asked.finish()
        new = await office.replace(old, expires_at=expires_at, code_count=count)
        return await self._handed_over(office, [new])

    async def revoke(self, caller: Caller, asked: Members) -> Mapping[str, object]:
        """Revoke a pass that is at hand, or those of a resident, of some forms and sectors or of all.

        Raises:
            MalformedInput: there is no such pass that works; nothing was changed.
        """
        office = self._offices(caller)
        if "pass" in asked:
            old = asked.presented()
            asked.finish()
            state = await office.state(old)
            if state is None or not await office.revoke(old):
                raise MalformedInput("pass", "This pass is unknown or revoked already.")
            return {"revoked": _listed([Held(state.sector, state.form)])}
        registry_id = asked.text("registryId")
        sectors, forms = asked.texts("sectors", required=False), asked.forms()
        asked.finish()
        stopped = await office.revoke_all(registry_id, sectors=sectors, forms=forms)
        if not stopped:
            raise MalformedInput("registry id", "This resident has no such pass that works; nothing was changed.")
        return {"revoked": _listed(stopped)}

    async def passes(self, caller: Caller, asked: Members) -> Mapping[str, object]:
        """Say which passes of a resident work: sector and form of each, and nothing that was done with them."""
        registry_id = asked.text("registryId")
        asked.finish()
        return {"passes": _listed(await self._offices(caller).working(registry_id))}

    async def look(self, caller: Caller, asked: Members) -> Mapping[str, object]:
        """Say what has become of a pass that is at hand, and nothing about its holder."""
        office, presented = self._offices(caller), asked.presented()
        asked.finish()
        state = await office.state(presented)
        if state is None:
            raise _unknown()
        return {
            "state": state.condition.value,
            "sector": state.sector,
            "form": state.form.value,
            "until": last_day(state.expires_at, office.zone).isoformat(),
            "hasPin": state.has_pin,
        }

    async def _handed_over(self, office: CardOffice, issued: Sequence[IssuedPass]) -> Mapping[str, object]:
        """Return passes as they are handed over. A phone fetches its own by a code, which alone is shown here."""
        passes = [
            {
                "form": one.form.value,
                "sector": one.sector,
                "until": last_day(one.expires_at, office.zone).isoformat(),
                "hasPin": one.has_pin,
                **_texts(one),
            }
            for one in issued
        ]
        if issued[0].form is not PassForm.LIVE:
            return {"passes": passes}
        code, until = await self._offer(issued)
        pairing = {"code": written(code), "until": until.isoformat(timespec="seconds")}
        return {"passes": passes, "pairing": pairing}

    def _until(self, asked: Members, form: PassForm) -> datetime:
        return expiry(asked.number("days", CARD_DAYS, most=CARD_DAYS_MAX), form, now=self._clock())


def _unknown() -> MalformedInput:
    return MalformedInput("pass", "This pass is unknown.")


def _code_count(asked: Members) -> int:
    return asked.number("codes", SLIP_CODES, most=SLIP_CODES_MAX)


def _listed(passes: Sequence[Held]) -> Sequence[Mapping[str, str]]:
    found = sorted((each.form.value, each.sector) for each in passes)
    return [{"form": form, "sector": sector} for form, sector in found]


def _texts(issued: IssuedPass) -> Mapping[str, object]:
    """Return what exists at this moment alone, by its name."""
    match issued.form:
        case PassForm.CARD:
            return {"code": written(issued.code), "token": issued.token}
        case PassForm.SLIP:
            return {"codes": [written(code) for code in issued.texts]}
        case PassForm.LIVE:
            return {}
        case _:
            assert_never(issued.form)
