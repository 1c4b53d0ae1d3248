"""`gateway rewards list`: the catalogue as this start would read it."""

import typer
from rich.console import Console
from rich.table import Table

from gateway.cli.console import plain_errors
from gateway.domain.rewards import Reward
from gateway.settings import Settings
from gateway.store.catalogue import load_catalogue
from gateway.store.profiles import load_profiles

app = typer.Typer(no_args_is_help=True)


@app.callback()
def rewards() -> None:
    """The city's catalogue of rewards."""


@app.command("list")
def list_() -> None:
    """Check the catalogue and list it; a broken one is told in one sentence."""
    with plain_errors():
        settings = Settings.read()
        catalogue = load_catalogue(settings.partners_dir / "catalogue")
        load_profiles(settings.partners_dir, catalogue)
        table = Table(title=f"Rewards, version {catalogue.version}")
        for heading in ("code", "sector", "benefit", "for whom", "quota", "tariff"):
            table.add_column(heading)
        for code in sorted(catalogue.rewards):
            table.add_row(*_row(catalogue.rewards[code]))
        Console().print(table)


def _row(reward: Reward) -> tuple[str, ...]:
    hours = [] if reward.rule.min_centihours is None else [f"{reward.rule.min_centihours / 100:g} h"]
    return (
        reward.code,
        reward.sector,
        reward.benefit.value if reward.percent is None else f"{reward.percent} % off",
        " or ".join([*hours, *sorted(reward.rule.honours)]),
        f"{reward.quota.count} per {reward.quota.per.value}",
        f"{reward.tariff_fen / 100:.2f} yuan",
    )
