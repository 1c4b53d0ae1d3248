"""An enrolment code as the steward hands it out: shown once, with its end and what the partner does with it."""

from datetime import timedelta

from gateway.assembly import Laurel
from gateway.auth.enrolment import DEVICES_PATH, EnrolmentCodes
from gateway.cli.console import record_of, tell
from gateway.domain.codes import written
from gateway.domain.enrolments import Offer
from gateway.domain.errors import MalformedInput
from gateway.domain.partners import CARD_OFFICE, Partner, Scope
from gateway.store.enrolments import SqlEnrolments

CODE_HOURS = 24
CODE_HOURS_MAX = 168
"""A week: who needs longer to walk to a machine gets a new code."""


async def hand_out(
    laurel: Laurel,
    owner: Partner,
    label: str,
    *,
    scopes: frozenset[Scope],
    days: int,
    lifetime: timedelta,
    as_json: bool,
) -> None:
    """Make a code for one more machine of a partner, and print it.

    Raises:
        MalformedInput: the partner is suspended.
    """
    fresh = EnrolmentCodes(laurel.keyring).fresh()
    offer = Offer(
        code_hash=fresh.hash,
        device_id=fresh.device_id,
        partner_id=owner.id,
        label=label,
        scopes=scopes,
        key_days=days,
        lifetime=lifetime,
    )
    expires_at = await SqlEnrolments(laurel.database, record_of(laurel)).offer(offer)
    if expires_at is None:
        raise MalformedInput("partner", f"It is suspended: gateway partners resume {owner.id}")
    issuer = laurel.settings.public_url
    facts = {
        "code": written(fresh.code),
        "partner": owner.id,
        "label": label,
        "scopes": sorted(scopes),
        "key_days": days,
        "expires": expires_at.isoformat(),
        "address": issuer + DEVICES_PATH,
    }
    zone = laurel.ports.catalogue.zone
    where = f"""\
On the machine, whose private key never leaves it, the partner runs
  python -m laurel_client enrol {issuer} - --out {owner.id}.json
and types the code."""
    if owner.kind == CARD_OFFICE.kind:
        where = f"""\
On the desk's machine, open {issuer}/office in a browser, which makes a key of its own, and type the code."""
    tell(
        facts,
        f"""\
code     {written(fresh.code)}
for      {label} of {owner.id}
until    {expires_at.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})

{where}
It works once and is shown only now; hand it over on a way that nobody else can read.""",
        as_json=as_json,
    )
