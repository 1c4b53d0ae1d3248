"""`gateway partners list`: all partners of a city, or those that one looks for."""

import json
from typing import Annotated

import typer

from gateway.assembly import Laurel
from gateway.cli.console import AsJson, with_laurel
from gateway.cli.partners.states import last_day
from gateway.cli.tables import print_table
from gateway.domain.errors import MalformedInput
from gateway.store.partner_lists import Overview, SqlPartnerLists


def list_(
    *,
    text: Annotated[str, typer.Argument(help="Only those with this in their id or name.")] = "",
    kind: Annotated[str | None, typer.Option(help="Only those of this kind.")] = None,
    suspended: Annotated[bool, typer.Option("--suspended", help="Only those that are suspended.")] = False,
    as_json: AsJson = False,
) -> None:
    """List partners, with how many of their devices have a good key and when the first of these ends."""

    async def work(laurel: Laurel) -> None:
        if kind is not None and kind not in laurel.kinds:
            raise MalformedInput("kind", f"Choose one of {', '.join(sorted(laurel.kinds))}.")
        lists = SqlPartnerLists(laurel.database, now=laurel.clock())
        found = await lists.overview(kind=kind, suspended=suspended, text=text)
        if as_json:
            print(json.dumps([_facts(one) for one in found], ensure_ascii=False, indent=2))
        elif found:
            zone = laurel.ports.catalogue.zone
            rows = [
                (
                    one.partner.id,
                    one.partner.kind,
                    one.partner.name,
                    one.good,
                    one.ended or "",
                    last_day(one.first_end, zone) if one.first_end else "",
                    "suspended" if one.partner.suspended else "",
                )
                for one in found
            ]
            print_table(("id", "kind", "name", "devices", "ended", "first key ends", ""), rows)
        elif text or kind or suspended:
            print("No partner is like that: gateway partners list shows all.")
        else:
            print("There are no partners yet: gateway partners add KIND NAME")

    with_laurel(work)


def _facts(one: Overview) -> dict[str, object]:
    return {
        "id": one.partner.id,
        "kind": one.partner.kind,
        "name": one.partner.name,
        "suspended": one.partner.suspended,
        "devices": one.good,
        "devices_ended": one.ended,
        "first_key_ends": one.first_end.isoformat() if one.first_end else None,
    }
