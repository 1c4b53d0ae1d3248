"""The people of the sandbox: one for each thing that can be true of a resident, with what must be answered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from gateway.domain.rewards import QuotaPeriod, Reward
from gateway.domain.standing import Honour, HonourGrade, Standing

HONOUR = "national-morality-model"
USED_UP = "quota-used-up"


class Card(StrEnum):
    """What becomes of a persona's card."""

    GOOD = "good"
    REVOKED = "revoked"
    REPLACED = "replaced"
    EXPIRED = "expired"
    NEVER_ISSUED = "never-issued"
    USED_UP = "used-up"
    OTHER_SECTOR = "other-sector"


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """One resident. `credit` and `honour` say what must hold, apart from the code that decides it."""

    name: str
    centihours: int = 0
    grade: HonourGrade | None = None
    withdrawn: bool = False
    stale: bool = False
    card: Card = Card.GOOD
    credit: bool = False
    honour: bool = False

    def standing(self, today: date) -> Standing:
        """Return the standing that makes the persona true today. Stale is one day older than 400."""
        withdrawn_on = today - timedelta(days=30) if self.withdrawn else None
        honours = () if self.grade is None else (Honour(HONOUR, 2026, self.grade, withdrawn_on),)
        return Standing(self.centihours, today - timedelta(days=401 if self.stale else 0), honours)

    def expects(self, reward: Reward) -> str:
        """Return what `verifyPass` must answer, without an occasion, to the partner who gives the reward."""
        by_rule = (self.credit and reward.rule.min_centihours is not None) or (
            self.honour and bool(reward.rule.honours)
        )
        counts = reward.quota.per is not QuotaPeriod.OCCASION
        works = self.card in (Card.GOOD, Card.REPLACED) or (self.card is Card.USED_UP and not counts)
        return "ELIGIBLE" if by_rule and works else "NOT_ELIGIBLE"


def _entitled(name: str, card: Card) -> Persona:
    """Somebody whom only the card can fail."""
    return Persona(name=name, centihours=20_000, grade=HonourGrade.AWARDED, credit=True, honour=True, card=card)


PERSONAS = (
    Persona(name="volunteer-9.5h", centihours=950),
    Persona(name="volunteer-10h", centihours=1_000, credit=True),
    Persona(name="volunteer-200h", centihours=20_000, credit=True),
    Persona(name="stale-credit", centihours=20_000, stale=True),
    Persona(name="awarded", grade=HonourGrade.AWARDED, honour=True),
    Persona(name="short-listed", grade=HonourGrade.SHORT_LISTED, honour=True),
    Persona(name="honour-withdrawn", grade=HonourGrade.AWARDED, withdrawn=True),
    _entitled("card-revoked", Card.REVOKED),
    _entitled("card-replaced", Card.REPLACED),
    _entitled("card-expired", Card.EXPIRED),
    _entitled("nobody", Card.NEVER_ISSUED),
    _entitled(USED_UP, Card.USED_UP),
    _entitled("other-sector", Card.OTHER_SECTOR),
)


def expectations(persona: Persona, sector: str, rewards: Iterable[Reward]) -> dict[str, str]:
    """Return reward code -> answer: of the pass's own sector, or of all others for a pass of another sector."""
    other = persona.card is Card.OTHER_SECTOR
    return {reward.code: persona.expects(reward) for reward in rewards if (reward.sector == sector) != other}
