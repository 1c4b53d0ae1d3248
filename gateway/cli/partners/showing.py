"""`gateway partners show`: everything about one partner."""

from collections.abc import Sequence
from datetime import datetime

from gateway.assembly import Laurel
from gateway.cli.console import AsJson, record_of, tell, with_laurel
from gateway.cli.partners.finding import PartnerId, required
from gateway.cli.partners.states import facts_of, in_words, last_day
from gateway.cli.tables import print_table
from gateway.domain.partners import Device, Partner
from gateway.store.enrolments import SqlEnrolments
from gateway.store.partners import SqlPartners


def show(*, partner: PartnerId, as_json: AsJson = False) -> None:
    """Show one partner: its devices and how each stands, its open enrolment codes, and the rewards it gives."""

    async def work(laurel: Laurel) -> None:
        rows = SqlPartners(laurel.database, record_of(laurel))
        known, now = await required(rows, partner), laurel.clock()
        found = sorted(await rows.devices(partner), key=lambda one: (one.revoked, one.not_after, one.id))
        codes = await SqlEnrolments(laurel.database, record_of(laurel)).open_codes(partner)
        if as_json:
            zone = laurel.ports.catalogue.zone
            facts = {
                "id": known.id,
                "kind": known.kind,
                "name": known.name,
                "suspended": known.suspended,
                "devices": [facts_of(device, now, zone) for device in found],
                "open_codes": codes,
                "rewards": [{"code": code, "occasion": needed} for code, needed in _rewards(laurel, known)],
            }
            tell(facts, "", as_json=True)
        else:
            _print(laurel, known, found, codes=codes, now=now)

    with_laurel(work)


def _rewards(laurel: Laurel, partner: Partner) -> list[tuple[str, bool]]:
    """Return what the partner's kind gives, and which of it needs an occasion."""
    profile = laurel.kinds.get(partner.kind)
    given = sorted(profile.rewards) if profile else []
    return [(code, laurel.ports.catalogue.rewards[code].needs_occasion) for code in given]


def _print(laurel: Laurel, partner: Partner, found: Sequence[Device], *, codes: int, now: datetime) -> None:
    zone = laurel.ports.catalogue.zone
    rewards = ", ".join(
        f"{code} (needs an occasion)" if occasion else code for code, occasion in _rewards(laurel, partner)
    )
    print(f"id       {partner.id}{'  SUSPENDED' if partner.suspended else ''}")
    print(f"name     {partner.name}")
    print(f"kind     {partner.kind}{'' if partner.kind in laurel.kinds else ', which is there no more'}")
    print(f"rewards  {rewards or 'none'}")
    print(f"codes    {codes} open enrolment codes" if codes != 1 else "codes    1 open enrolment code")
    if not found:
        print(f"devices  none yet: gateway partners add-device {partner.id}")
        return
    print()
    print_table(
        ("device", "label", "state", "last day", "scopes"),
        (
            (
                device.id,
                device.label,
                in_words(device, now),
                last_day(device.not_after, zone),
                " ".join(sorted(device.scopes)),
            )
            for device in found
        ),
    )
