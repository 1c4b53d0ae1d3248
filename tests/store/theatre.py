"""A theatre with the real use cases, the real keys and a real database behind its till."""

import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gateway.auth.allowances import SignedAllowances
from gateway.auth.cursors import TaggedCursors
from gateway.auth.evidence import Evidence
from gateway.auth.hashing import KeyedFingerprints
from gateway.auth.held_passes import SealedPasses
from gateway.auth.passes import PassMint, PassReader
from gateway.auth.pins import PepperedPins
from gateway.auth.pseudonyms import PeriodPseudonyms
from gateway.auth.references import References
from gateway.auth.statements import Statements
from gateway.domain.codes import RANDOM_BITS, code_from
from gateway.domain.holds import Hold
from gateway.domain.partners import Caller, Scope
from gateway.domain.passes import MintedPass, PassForm, PresentedPass
from gateway.domain.redemptions import Redemption, Refused, Undetermined
from gateway.domain.requests import HoldReward, RedeemReward, VerifyPass
from gateway.domain.rewards import BenefitKind, Catalogue, Quota, QuotaPeriod, Reward, Rule
from gateway.services.hold_reward import hold_reward
from gateway.services.ports import Ports
from gateway.services.redeem_reward import redeem_reward
from gateway.services.verify_pass import verify_pass
from gateway.store.passes import SqlPassDirectory
from gateway.store.period_keys import SqlPeriodKeys
from gateway.store.settlements import SqlSettlements
from tests.auth.key_home import NOW, Hands, load, one_of_each
from tests.phone import Phone
from tests.services.fakes import MemoryLimits, MemoryLooks
from tests.store.city import City, record
from tests.store.commands import DEVICE_ID, PARTNER_ID, REWARD, fresh_proof

PIN = "4711"
YEAR = timedelta(days=365)


def reward(*, per: QuotaPeriod, quota: int = 1) -> Reward:
    """Return a ticket for volunteers of ten hours, one in a period unless told otherwise, with a PIN."""
    return Reward(
        code=REWARD,
        title_zh="剧院门票",
        title_en="Theatre ticket",
        sector="venue",
        benefit=BenefitKind.FREE,
        percent=None,
        tariff_fen=4500,
        rule=Rule(min_centihours=1000, honours=frozenset(), max_age_days=400),
        quota=Quota(quota, per),
        reversal_window=timedelta(days=7),
        hold=timedelta(minutes=10),
        needs_occasion=per is QuotaPeriod.OCCASION,
        offline=False,
        pin=True,
        discloses=frozenset(),
        approval=None,
    )


class AllActive:
    """Implements `domain.ports.Groups`: every reward is for a crowd."""

    def inactive(self) -> frozenset[str]:
        return frozenset()


class Theatre:
    """Its till, and the residents who come to it."""

    def __init__(self, city: City, keys: Path, clock: Hands, *, per: QuotaPeriod, quota: int = 1) -> None:
        keyring = load(keys, *one_of_each(), clock=clock)
        self.city = city
        self.occasion = "show-1" if per is QuotaPeriod.OCCASION else None
        self.mint = PassMint(keyring, issuer="https://laurel.example")
        self.pins = PepperedPins(keyring)
        self.references = References(keyring)
        self.pin_hash = self.pins.hash(PIN)
        self.ports = Ports(
            catalogue=Catalogue({REWARD: reward(per=per, quota=quota)}, ZoneInfo("Asia/Shanghai"), 20, "sha256:1"),
            groups=AllActive(),
            limits=MemoryLimits(),
            opener=PassReader(keyring, issuer="https://laurel.example"),
            directory=SqlPassDirectory(city.database),
            pseudonyms=PeriodPseudonyms(keyring, SqlPeriodKeys(city.database), clock=clock),
            sealer=self.references,
            fingerprints=KeyedFingerprints(keyring),
            evidence=Evidence(keyring),
            held_passes=SealedPasses(keyring),
            pins=self.pins,
            ledger=city.ledger,
            cursors=TaggedCursors(keyring),
            settlements=SqlSettlements(city.database),
            statements=Statements(keyring, issuer="https://laurel.example"),
            uploads=city.uploads,
            allowances=SignedAllowances(keyring, issuer="https://laurel.example"),
            access=MemoryLooks(),
        )

    async def open(self) -> None:
        """Import the registry and announce the show."""
        await self.city.residents.end_import(NOW.date())
        await self.city.announce(capacity=50)

    def minted(
        self, *, sector: str = "venue", expires_at: datetime = NOW + YEAR, form: PassForm = PassForm.CARD
    ) -> MintedPass:
        """Return a pass that is not on record."""
        place = (secrets.randbelow(2**23), "https://laurel.example/status-lists/venue")
        return self.mint.mint(sector=sector, expires_at=expires_at, form=form, status=place, code_count=3)

    async def resident(
        self, *, centihours: int = 1000, age: timedelta = timedelta(), minted: MintedPass | None = None
    ) -> MintedPass:
        """Return the pass of a resident with a PIN; somebody who is entitled, unless told otherwise."""
        minted = minted or self.minted()
        registry_hash = secrets.token_bytes(32)
        await self.city.residents.put([(registry_hash, record(centihours, NOW.date() - age))])
        assert await self.city.registry.issue(registry_hash, minted.to_record(self.pin_hash)) is not None
        return minted

    def caller(self) -> Caller:
        """Return the till, with a fresh proof."""
        return Caller(
            partner_id=PARTNER_ID,
            device_id=DEVICE_ID,
            kind="venue-counter",
            sector="venue",
            scopes=frozenset({Scope.VERIFY, Scope.REDEEM}),
            rewards=frozenset({REWARD}),
            proof=fresh_proof(),
            bound=True,
            evidence="the proof",
        )

    async def slip(self, **whose: Any) -> tuple[str, ...]:
        """Return the three codes of a resident's slip."""
        return (await self.resident(minted=self.minted(form=PassForm.SLIP), **whose)).texts

    async def phone(self, **made: Any) -> Phone:
        """Return the paired phone of a resident who is entitled."""
        [pairing] = (await self.resident(minted=self.minted(form=PassForm.LIVE, **made))).texts
        return Phone.paired(pairing)

    async def redeem(
        self, text: str, *, pin: str | None = PIN, request_id: str | None = None
    ) -> Redemption | Refused | Undetermined:
        """Redeem one ticket."""
        request = RedeemReward(
            presented=PresentedPass(text),
            reward=REWARD,
            quantity=1,
            occasion=self.occasion,
            request_id=request_id or secrets.token_urlsafe(16),
            pin=pin,
        )
        return await redeem_reward(self.ports, self.caller(), request)

    async def hold(self, text: str, *, pin: str | None = PIN) -> Hold | Refused | Undetermined:
        """Hold one ticket."""
        request = HoldReward(
            presented=PresentedPass(text),
            reward=REWARD,
            quantity=1,
            occasion=self.occasion,
            request_id=secrets.token_urlsafe(16),
            pin=pin,
        )
        return await hold_reward(self.ports, self.caller(), request)

    async def verify(self, text: str) -> object:
        """Ask whether one ticket could be had."""
        request = VerifyPass(presented=PresentedPass(text), reward=REWARD, quantity=1, occasion=self.occasion)
        return await verify_pass(self.ports, self.caller(), request)

    def unknown_code(self) -> str:
        """Return a well-formed code that nobody holds."""
        return code_from(secrets.randbits(RANDOM_BITS))
