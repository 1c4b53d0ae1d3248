"""A small city in memory: one transit partner, its rewards, and whoever a test lets live there."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from gateway.domain.ledger import Redeem
from gateway.domain.occasions import Occasion
from gateway.domain.partners import Caller, ProofId, Scope
from gateway.domain.passes import PassForm, PassRecord, PresentedPass
from gateway.domain.redemptions import Eligible, NotEligible, Redemption, Refused, Undetermined
from gateway.domain.requests import RedeemReward, VerifyPass
from gateway.domain.rewards import BenefitKind, Catalogue, Disclosure, Quota, QuotaPeriod, Reward, Rule
from gateway.domain.standing import Honour, HonourGrade, Standing
from gateway.services.ports import Ports
from gateway.services.redeem_reward import redeem_reward
from gateway.services.verify_pass import verify_pass
from tests.services.fakes import (
    Calls,
    MemoryAllowances,
    MemoryCursors,
    MemoryDirectory,
    MemoryEvidence,
    MemoryGroups,
    MemoryHeldPasses,
    MemoryKeys,
    MemoryLimits,
    MemoryLooks,
    MemorySettlements,
    MemoryStatements,
    MemoryUploads,
)
from tests.services.memory_ledger import MemoryLedger

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
TODAY = date(2026, 11, 22)
REQUEST_ID = "request-000000001"
HONOUR = Honour("model", 2025, HonourGrade.AWARDED)
VOLUNTEER = Standing(1000, TODAY)
HONOREE = Standing(0, TODAY, (HONOUR,))

RIDE = Reward(
    code="ride",
    title_zh="乘车",
    title_en="Ride",
    sector="transit",
    benefit=BenefitKind.DISCOUNT,
    percent=50,
    tariff_fen=150,
    rule=Rule(1000, frozenset({"model"}), 400),
    quota=Quota(4, QuotaPeriod.DAY),
    reversal_window=timedelta(minutes=15),
    hold=timedelta(minutes=10),
    needs_occasion=False,
    offline=False,
    pin=False,
    discloses=frozenset(),
    approval=None,
)
REWARDS = (
    RIDE,
    replace(RIDE, code="open-ride", discloses=frozenset(Disclosure)),
    replace(RIDE, code="remaining-ride", discloses=frozenset({Disclosure.REMAINING})),
    replace(RIDE, code="basis-ride", discloses=frozenset({Disclosure.BASIS})),
    replace(RIDE, code="show", needs_occasion=True, quota=Quota(2, QuotaPeriod.OCCASION)),
    replace(RIDE, code="match", needs_occasion=True, quota=Quota(2, QuotaPeriod.YEAR)),
    replace(RIDE, code="check-up", pin=True, hold=None, rule=Rule(None, frozenset({"model"}), 400)),
    replace(RIDE, code="others", sector="venue"),
)
CATALOGUE = Catalogue({one.code: one for one in REWARDS}, ZoneInfo("Asia/Shanghai"), 20, "sha256:0123456789abcdef")
METRO = Caller(
    partner_id="metro",
    device_id="gate-1",
    kind="transit-turnstile",
    sector="transit",
    scopes=frozenset(Scope),
    rewards=frozenset(CATALOGUE.rewards) - {"others"},
    proof=ProofId(b"proof", NOW),
    bound=True,
    evidence="the proof",
)


@dataclass
class World:
    """The ports of one test. Time stands still at NOW."""

    calls: Calls = field(default_factory=Calls)

    def __post_init__(self) -> None:
        self.keys = MemoryKeys(self.calls)
        self.groups = MemoryGroups()
        self.held_passes = MemoryHeldPasses()
        self.limits = MemoryLimits()
        self.looks = MemoryLooks()
        self.directory = MemoryDirectory(self.calls, NOW, TODAY)
        self.ledger = MemoryLedger(self.calls, self.directory)
        self.uploads = MemoryUploads(self.calls, NOW)
        self.ports = Ports(
            catalogue=CATALOGUE,
            groups=self.groups,
            limits=self.limits,
            opener=self.keys,
            directory=self.directory,
            pseudonyms=self.keys,
            sealer=self.keys,
            fingerprints=self.keys,
            evidence=MemoryEvidence(self.calls),
            held_passes=self.held_passes,
            pins=self.keys,
            ledger=self.ledger,
            cursors=MemoryCursors(),
            settlements=MemorySettlements(),
            statements=MemoryStatements(),
            uploads=self.uploads,
            allowances=MemoryAllowances(),
            access=self.looks,
        )

    def issue(self, text: str, standing: Standing = VOLUNTEER, **changes: Any) -> None:
        """Put a pass on record under the text that is presented."""
        record = PassRecord(
            pass_id=len(self.directory.records) + 1,
            resident_secret=f"secret of {text}".encode(),
            form=PassForm.CARD,
            sector="transit",
            expires_at=NOW + timedelta(days=1),
            revoked=False,
            pin_hash="hash of 1234",
            standing=standing,
        )
        self.directory.records[text.encode()] = replace(record, **changes)

    def stage(self, occasion_id: str, reward: str, *, partner_id: str = "metro", capacity: int = 100) -> None:
        """Import an occasion that goes on."""
        self.ledger.staged[partner_id, occasion_id] = Occasion(
            id=occasion_id,
            partner_id=partner_id,
            reward=reward,
            capacity=capacity,
            used=0,
            ends_at=NOW + timedelta(hours=3),
            announced_end=NOW + timedelta(hours=3),
        )

    async def verify(
        self, text: str, reward: str = "ride", quantity: int = 1, occasion: str | None = None
    ) -> Eligible | NotEligible | Undetermined:
        """Ask whether a pass may have a reward."""
        presented = PresentedPass(text)
        request = VerifyPass(presented=presented, reward=reward, quantity=quantity, occasion=occasion)
        return await verify_pass(self.ports, METRO, request)

    async def redeem(
        self,
        text: str,
        reward: str = "ride",
        quantity: int = 1,
        *,
        request_id: str = REQUEST_ID,
        occasion: str | None = None,
        pin: str | None = None,
        caller: Caller = METRO,
    ) -> Redemption | Refused | Undetermined:
        """Redeem a reward with a pass."""
        request = RedeemReward(
            presented=PresentedPass(text),
            reward=reward,
            quantity=quantity,
            occasion=occasion,
            request_id=request_id,
            pin=pin,
        )
        return await redeem_reward(self.ports, caller, request)

    def redeem_commands(self) -> list[Redeem]:
        """Return the commands to redeem that reached the ledger."""
        return [command for command in self.ledger.commands if isinstance(command, Redeem)]

    def redeem_command(self) -> Redeem:
        """Return the one command that reached the ledger."""
        [command] = self.redeem_commands()
        return command
