"""The command `gateway`: for whoever runs, stewards or tries the gateway."""

import os
from dataclasses import asdict
from pathlib import Path
from socket import socket
from typing import Annotated

import typer

from gateway import __version__
from gateway.app import create_app
from gateway.assembly import assemble
from gateway.cli import audit, occasions, partners, passes, privacy, registry, rewards, settlement
from gateway.cli.console import AsJson, closing, plain_errors, tell, who_runs_this
from gateway.cli.progress import copying
from gateway.cli.reference import print_reference
from gateway.cli.sandbox.command import run_sandbox
from gateway.cli.serve import bind, run, server
from gateway.cli.workers import run_workers
from gateway.domain.errors import ConfigurationError
from gateway.logs import configure_logs
from gateway.schema import build_schema
from gateway.settings import Settings
from gateway.store.migrate import upgrade
from gateway.web.colleagues import Colleagues

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Laurel: the gateway through which a city rewards its volunteers and honorees.",
)
app.add_typer(registry.app, name="registry", help="The steward's volunteer registry: import it, or make a sample.")
app.add_typer(partners.app, name="partners", help="Partners and their devices.")
app.add_typer(passes.app, name="pass", help="The card office: issue, revoke and replace passes.")
app.add_typer(rewards.app, name="rewards", help="The city's catalogue of rewards.")
app.add_typer(occasions.app, name="occasions", help="Shows, matches and screenings, with their places.")
app.add_typer(privacy.app, name="privacy", help="Letting links fade: what is past its time is destroyed.")
app.add_typer(audit.app, name="audit", help="What an auditor reads.")
app.command()(settlement.settlement)
app.command()(settlement.report)

Host = Annotated[str, typer.Option(help="The address to listen on.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on.")]


@app.command()
def version(*, as_json: AsJson = False) -> None:
    """Print the version."""
    tell({"version": __version__}, __version__, as_json=as_json)


@app.command()
def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes: one for each core; PostgreSQL only.")] = 1,
) -> None:
    """Serve. Refuses to start on a sandbox's keys or data, an old schema, or unsafe settings."""
    with plain_errors():
        settings = Settings.read()
        configure_logs(settings.log_level)

        def work(listening: socket, colleagues: Colleagues | None = None, watched_by: int | None = None) -> None:
            async def start() -> None:
                async with closing(assemble(settings)) as laurel:
                    await laurel.require_fit()
                    await laurel.require_pass_issuer()
                    one = server(create_app(laurel, colleagues=colleagues))
                    one.watched_by = watched_by
                    await one.serve(sockets=[listening])

            run(start())

        if workers == 1:
            with bind(host, port) as listening:
                work(listening)
        elif settings.database_url.startswith("sqlite"):
            raise ConfigurationError("SQLite serves one process: leave --workers out, or use PostgreSQL.")
        else:
            raise typer.Exit(run_workers(workers, host, port, work))


@app.command()
def migrate(*, as_json: AsJson = False) -> None:
    """Bring the database to the schema of this version. Safe to repeat."""
    with plain_errors():
        configure_logs("warning")
        upgraded = upgrade(Settings.read().database_url, who=who_runs_this(), tell=copying())
        tell(asdict(upgraded), "The database speaks this version's schema.", as_json=as_json)


@app.command()
def schema(
    out: Annotated[Path | None, typer.Option(help="The file to write; else standard output.")] = None,
) -> None:
    """Print the public contract as SDL."""
    sdl = build_schema(introspection=True).as_str() + "\n"
    with plain_errors():
        if out is None:
            print(sdl, end="")
        else:
            out.write_text(sdl, "utf-8")


app.command("reference")(print_reference)


@app.command()
def sandbox(
    *,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    once: Annotated[bool, typer.Option("--once", help="Do the main job and leave.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget the sandbox of before and start anew.")] = False,
    home: Annotated[Path, typer.Option(help="Where the sandbox's files go.")] = Path("var/sandbox"),
) -> None:
    """Set up a sample city, do the main job as every kind of partner, and keep serving."""
    with plain_errors():
        run_sandbox(host=host, port=port, once=once, fresh=fresh, home=home)


def main() -> None:
    """Run the command line. What it writes is its owner's alone: databases, partner files, drawings of passes."""
    os.umask(0o077)
    app()
