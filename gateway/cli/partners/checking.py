"""`gateway partners check`: what a steward has to do about keys and partners; for cron."""

from collections.abc import Sequence
from datetime import datetime

import typer

from gateway.assembly import Laurel
from gateway.cli.console import AsJson, tell, with_laurel
from gateway.cli.partners.states import DAY, SOON_DAYS, days_left, facts_of, last_day
from gateway.cli.tables import print_table
from gateway.domain.partners import Device, Partner
from gateway.store.partner_lists import SqlPartnerLists

ATTENTION = 1
"""The exit code where a key has ended or soon does."""

URGENCIES = {0: "expired", 1: "within_1_day", 7: "within_7_days", SOON_DAYS: "within_30_days"}
"""The longest that a key of each group has left, in days."""


def check(*, as_json: AsJson = False) -> None:
    """Tell which device keys expire within 30 days, and which partners can do nothing.

    Ends with 1 where a key of a partner that is not suspended expires within 30 days, or has expired and stands
    unrevoked.
    """

    async def work(laurel: Laurel) -> None:
        now, zone = laurel.clock(), laurel.ports.catalogue.zone
        lists = SqlPartnerLists(laurel.database, now=now)
        groups = _grouped(await lists.ending(now + SOON_DAYS * DAY), now)
        partners = await lists.overview()
        idle = [one.partner for one in partners if not one.good and not one.partner.suspended]
        suspended = [one.partner for one in partners if one.partner.suspended]
        if as_json:
            facts: dict[str, object] = {
                name: [facts_of(device, now, zone) for device in found] for name, found in groups.items()
            }
            facts["without_device"] = [partner.id for partner in idle]
            facts["suspended"] = [partner.id for partner in suspended]
            tell(facts, "", as_json=True)
        else:
            _print_keys(laurel, groups)
            _print_partners(idle, suspended)
        if any(groups.values()):
            raise typer.Exit(ATTENTION)

    with_laurel(work)


def _grouped(found: Sequence[Device], now: datetime) -> dict[str, list[Device]]:
    """Return the devices by urgency, each in the order in which they end."""
    groups: dict[str, list[Device]] = {name: [] for name in URGENCIES.values()}
    for device in found:
        groups[next(name for days, name in URGENCIES.items() if days_left(device, now) <= days)].append(device)
    return groups


def _print_keys(laurel: Laurel, groups: dict[str, list[Device]]) -> None:
    if not any(groups.values()):
        print(f"No device's key expires within {SOON_DAYS} days.")
        return
    rows = [
        (
            name.replace("_", " "),
            last_day(one.not_after, laurel.ports.catalogue.zone),
            one.partner.id,
            one.label,
            one.id,
        )
        for name, found in groups.items()
        for one in found
    ]
    print_table(("key expires", "last day", "partner", "label", "device"), rows)
    print("Register each machine anew, with a new key: gateway partners add-device PARTNER")
    print("Then end the old key: gateway partners revoke-device DEVICE")


def _print_partners(idle: Sequence[Partner], suspended: Sequence[Partner]) -> None:
    for said, partners in (("Without a working device", idle), ("Suspended", suspended)):
        if partners:
            print(f"{said}: {', '.join(partner.id for partner in partners)}")
