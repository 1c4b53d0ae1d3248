"""`gateway partners suspend | resume | withdraw-codes`: stopping a partner at once, and letting it go on."""

from gateway.assembly import Laurel
from gateway.cli.console import AsJson, Yes, confirm, record_of, tell, with_laurel
from gateway.cli.partners.finding import PartnerId, required
from gateway.domain.errors import MalformedInput
from gateway.store.enrolments import SqlEnrolments
from gateway.store.partner_lists import SqlPartnerLists
from gateway.store.partners import SqlPartners


def suspend(*, partner: PartnerId, yes: Yes = False, as_json: AsJson = False) -> None:
    """Stop a partner: no effect of any of its machines commits afterwards; verifying ends within 5 seconds."""

    async def work(laurel: Laurel) -> None:
        rows = SqlPartners(laurel.database, record_of(laurel))
        known = await required(rows, partner)
        if known.suspended:
            raise MalformedInput("partner", f"{partner} is suspended already.")
        lists = SqlPartnerLists(laurel.database, now=laurel.clock())
        good = next(one.good for one in await lists.overview(text=partner) if one.partner.id == partner)
        codes = await SqlEnrolments(laurel.database, record_of(laurel)).open_codes(partner)
        stops = "1 device stops" if good == 1 else f"{good} devices stop"
        withdrawn = f", open enrolment codes withdrawn: {codes}" if codes else ""
        confirm(f"Suspend {partner} ({known.name})? {stops} at once{withdrawn}.", yes=yes)
        stopped = await rows.suspend(partner)
        if stopped is None:
            raise MalformedInput("partner", f"{partner} is suspended already.")
        facts = {"id": partner, "suspended": True, "devices": stopped.devices, "codes_withdrawn": stopped.codes}
        back = f"To let it go on: gateway partners resume {partner}"
        tell(facts, f"{partner} is suspended. {back}", as_json=as_json)

    with_laurel(work)


def resume(*, partner: PartnerId, as_json: AsJson = False) -> None:
    """Let a suspended partner's machines go on. Enrolment codes of before stay withdrawn."""

    async def work(laurel: Laurel) -> None:
        rows = SqlPartners(laurel.database, record_of(laurel))
        await required(rows, partner)
        if not await rows.resume(partner):
            raise MalformedInput("partner", f"{partner} is not suspended.")
        tell({"id": partner, "suspended": False}, f"{partner} goes on, within 2 seconds.", as_json=as_json)

    with_laurel(work)


def withdraw_codes(*, partner: PartnerId, yes: Yes = False, as_json: AsJson = False) -> None:
    """Make all of a partner's open enrolment codes useless. Machines that are registered go on."""

    async def work(laurel: Laurel) -> None:
        await required(SqlPartners(laurel.database, record_of(laurel)), partner)
        rows = SqlEnrolments(laurel.database, record_of(laurel))
        if codes := await rows.open_codes(partner):
            confirm(f"Withdraw the open enrolment codes of {partner}, {codes} in all?", yes=yes)
        withdrawn = await rows.withdraw(partner)
        tell({"id": partner, "codes_withdrawn": withdrawn}, f"{withdrawn} codes are withdrawn.", as_json=as_json)

    with_laurel(work)
