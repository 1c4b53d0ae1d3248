"""`gateway rewards list | count | check`: the catalogue, and whether each reward is given."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import typer

from gateway.assembly import Laurel
from gateway.cli.console import AsJson, plain_errors, record_of, tell, with_laurel
from gateway.cli.group_counts import count_groups
from gateway.cli.reward_states import advice_for, approval_facts, approval_line, eligible_lines, state_of
from gateway.cli.tables import print_table
from gateway.domain.groups import Group
from gateway.domain.rewards import Catalogue, Reward
from gateway.schema import build_schema
from gateway.schema.registered import register
from gateway.settings import Settings
from gateway.store.catalogue import load_catalogue
from gateway.store.profiles import load_profiles

app = typer.Typer(no_args_is_help=True)

HEADINGS = ("code", "eligible", "state", "for whom", "benefit", "quota", "tariff")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the rewards: whom each is for, how many those are, whether it is given, and if not, what to do."""

    async def work(laurel: Laurel) -> None:
        catalogue, sizes = laurel.ports.catalogue, await laurel.groups.sizes()
        if as_json:
            tell(_facts(catalogue, sizes), "", as_json=True)
            return
        print(f"Rewards, version {catalogue.version}\n")
        print_table(HEADINGS, _rows(catalogue, sizes), right={"eligible", "tariff"})
        print()
        for code, reward in sorted(catalogue.rewards.items()):
            if reward.approval is not None:
                print(f"{code}: {approval_line(reward.approval)}")
            if advice := advice_for(reward, sizes.get(code), min_eligible=catalogue.min_eligible):
                print(advice)

    with_laurel(work)


@app.command()
def count(as_json: AsJson = False) -> None:
    """Count the residents whom each reward is for, as an import does at its end; a changed rule needs it."""

    async def work(laurel: Laurel) -> None:
        eligible = await count_groups(laurel, keep=True, record=record_of(laurel))
        rewards = laurel.ports.catalogue.rewards
        facts = {"eligible": {code: eligible[rewards[code].rule] for code in sorted(rewards)}}
        tell(facts, "\n".join(eligible_lines(laurel, eligible)), as_json=as_json)

    with_laurel(work)


@app.command()
def check(as_json: AsJson = False) -> None:
    """Check the catalogue, the kinds of partners and their documents; needs neither keys nor a database."""
    with plain_errors():
        settings = Settings.read()
        catalogue = load_catalogue(settings.partners_dir / "catalogue")
        profiles = load_profiles(settings.partners_dir, catalogue)
        register(build_schema(introspection=False), profiles)
        facts = {"version": catalogue.version, "rewards": sorted(catalogue.rewards), "kinds": sorted(profiles)}
        sentence = f"{len(catalogue.rewards)} rewards and {len(profiles)} kinds are right: {catalogue.version}."
        tell(facts, sentence, as_json=as_json)


def _rows(catalogue: Catalogue, sizes: Mapping[str, Group]) -> Iterator[Sequence[object]]:
    for code, reward in sorted(catalogue.rewards.items()):
        group = sizes.get(code)
        yield (
            code,
            "?" if group is None else f"{group.eligible:,}",
            state_of(reward, group, min_eligible=catalogue.min_eligible),
            _for_whom(reward),
            reward.benefit.value if reward.percent is None else f"{reward.percent} % off",
            f"{reward.quota.count} per {reward.quota.per.value}",
            f"{reward.tariff_fen / 100:.2f} yuan",
        )


def _facts(catalogue: Catalogue, sizes: Mapping[str, Group]) -> dict[str, object]:
    least = catalogue.min_eligible
    return {
        "version": catalogue.version,
        "min_eligible": least,
        "rewards": [
            _reward_facts(reward, sizes.get(code), least=least)
            for code, reward in sorted(catalogue.rewards.items())
        ],
    }


def _reward_facts(reward: Reward, group: Group | None, *, least: int) -> dict[str, Any]:
    return {
        "code": reward.code,
        "sector": reward.sector,
        "benefit": reward.benefit.value,
        "percent": reward.percent,
        "for_whom": _for_whom(reward),
        "quota": {"count": reward.quota.count, "per": reward.quota.per.value},
        "tariff_fen": reward.tariff_fen,
        "eligible": None if group is None else group.eligible,
        "counted_at": None if group is None else group.counted_at.isoformat(),
        "state": state_of(reward, group, min_eligible=least),
        "approval": None if reward.approval is None else approval_facts(reward.approval),
        "discloses": sorted(reward.discloses),
        "what_to_do": advice_for(reward, group, min_eligible=least),
    }


def _for_whom(reward: Reward) -> str:
    hours = [] if reward.rule.min_centihours is None else [f"{reward.rule.min_centihours / 100:g} h"]
    return " or ".join([*hours, *sorted(reward.rule.honours)])
