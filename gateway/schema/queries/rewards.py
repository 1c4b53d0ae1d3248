"""Query.rewards: what the caller gives."""

from typing import Self

import strawberry

from gateway.domain.rewards import BenefitKind, QuotaPeriod
from gateway.domain.rewards import Reward as DomainReward
from gateway.schema.context import Info
from gateway.schema.enums import publish
from gateway.schema.permissions import RequiresAnyScope
from gateway.services.examine import given_rewards

publish(
    BenefitKind,
    name="Benefit",
    description="What the resident gets.",
    values={
        BenefitKind.DISCOUNT: "A lower price.",
        BenefitKind.FREE: "It costs nothing.",
        BenefitKind.PRIORITY: "To be served first.",
    },
)

publish(
    QuotaPeriod,
    name="QuotaPeriod",
    description="How long a quota lasts: a civil period in the service's time zone, or one occasion.",
    values={
        QuotaPeriod.DAY: "From midnight to midnight.",
        QuotaPeriod.WEEK: "From Monday to Sunday.",
        QuotaPeriod.MONTH: "A calendar month.",
        QuotaPeriod.YEAR: "A calendar year.",
        QuotaPeriod.OCCASION: "One show, match or screening.",
    },
)


@strawberry.type(description="How many units one resident may redeem in one period.")
class Quota:
    """A quota as partners see it."""

    count: int = strawberry.field(description="Units.")
    per: QuotaPeriod = strawberry.field(description="The period.")


@strawberry.type(description="A reward that you give.")
class Reward:
    """A catalogue entry as partners see it; the rule that decides is not theirs to know."""

    code: strawberry.ID = strawberry.field(description="The code to verify and redeem by.")
    title_zh: str = strawberry.field(description="The title in Chinese.")
    title_en: str = strawberry.field(description="The title in English.")
    sector: str = strawberry.field(description="The sector whose passes are good for it.")
    benefit: BenefitKind = strawberry.field(description="What the resident gets.")
    percent: int | None = strawberry.field(description="For a discount: how much, in percent; for display.")
    tariff_fen: int = strawberry.field(description="What the city pays you per unit, in fen (1/100 yuan).")
    quota: Quota = strawberry.field(description="How many units one resident may redeem.")
    needs_occasion: bool = strawberry.field(description="Whether a redemption names an occasion.")
    needs_pin: bool = strawberry.field(description="Whether a redemption needs the PIN of the pass.")
    offline: bool = strawberry.field(description="Whether a gate may grant it while the line is down.")
    hold_minutes: int | None = strawberry.field(
        description="How long holdReward keeps it, in minutes; null where it is never held."
    )
    reversal_window_minutes: int = strawberry.field(description="How long it can be taken back, in minutes.")

    @classmethod
    def of(cls, reward: DomainReward) -> Self:
        """Translate the domain's reward."""
        return cls(
            code=strawberry.ID(reward.code),
            title_zh=reward.title_zh,
            title_en=reward.title_en,
            sector=reward.sector,
            benefit=reward.benefit,
            percent=reward.percent,
            tariff_fen=reward.tariff_fen,
            quota=Quota(count=reward.quota.count, per=reward.quota.per),
            needs_occasion=reward.needs_occasion,
            needs_pin=reward.pin,
            offline=reward.offline,
            hold_minutes=None if reward.hold is None else int(reward.hold.total_seconds()) // 60,
            reversal_window_minutes=int(reward.reversal_window.total_seconds()) // 60,
        )


@strawberry.field(description="The rewards that you give, by code.", permission_classes=[RequiresAnyScope])
def rewards(info: Info) -> list[Reward]:
    """Answer from the catalogue, limited to the caller's own."""
    ports, caller = info.context.ports, info.context.caller
    return [Reward.of(ports.catalogue.rewards[code]) for code in sorted(given_rewards(ports, caller))]
