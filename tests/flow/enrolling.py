"""Codes handed out beside a running gateway, without a command's second to start for each of them."""

from collections.abc import Sequence
from datetime import timedelta

from gateway.assembly import assemble
from gateway.auth.enrolment import EnrolmentCodes
from gateway.cli.console import closing, record_of
from gateway.domain.codes import written
from gateway.domain.enrolments import Offer
from gateway.settings import Settings
from gateway.store.enrolments import SqlEnrolments
from gateway.store.partners import SqlPartners


async def hand_out(settings: Settings, *partner_ids: str, key_days: int = 90) -> Sequence[str]:
    """Return a code for a machine of each of these partners, good for an hour and for all that its kind does."""
    async with closing(assemble(settings, sandbox=None)) as laurel:
        codes, record = [EnrolmentCodes(laurel.keyring).fresh() for _ in partner_ids], record_of(laurel)
        for fresh, partner_id in zip(codes, partner_ids, strict=True):
            partner = await SqlPartners(laurel.database, record).partner(partner_id)
            assert partner is not None
            offer = Offer(
                code_hash=fresh.hash,
                device_id=fresh.device_id,
                partner_id=partner_id,
                label="enrolled",
                scopes=laurel.kinds[partner.kind].scopes,
                key_days=key_days,
                lifetime=timedelta(hours=1),
            )
            assert await SqlEnrolments(laurel.database, record).offer(offer) is not None
    return [written(fresh.code) for fresh in codes]
