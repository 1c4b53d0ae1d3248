"""A running sandbox and its files."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.cli.sandbox.command import PASS_ISSUER
from gateway.settings import Settings as LaurelSettings
from laurel_client import Credentials
from tests.flow.processes import Gateway, Settings, serving
from tests.flow.steward import Steward


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox that serves. `settings` are those of the environment that it was started with."""

    home: Path
    gateway: Gateway
    settings: Settings

    @property
    def partner_files(self) -> list[Path]:
        """The partners' files."""
        return sorted((self.home / "partners").glob("*.json"))

    def partner_file(self, kind: str) -> dict[str, Any]:
        """Return what the file of the partner of a kind holds."""
        contents = (json.loads(path.read_bytes()) for path in self.partner_files)
        return next(content for content in contents if content["kind"] == kind)

    def partner(self, kind: str) -> Credentials:
        """Return the credentials of the partner of a kind."""
        return Credentials.from_mapping(self.partner_file(kind))

    def passes(self) -> list[dict[str, Any]]:
        """Return what `passes.json` holds."""
        content: list[dict[str, Any]] = json.loads((self.home / "passes.json").read_bytes())
        return content

    def persona(self, name: str, sector: str) -> dict[str, Any]:
        """Return a persona's entry of a sector."""
        return next(one for one in self.passes() if one["persona"] == name and one["sector"] == sector)

    @property
    def database_url(self) -> str:
        """The database that it keeps its data in."""
        return self.settings.get("GATEWAY_DATABASE_URL", f"sqlite:///{self.home / 'laurel.sqlite'}")

    @property
    def steward(self) -> Steward:
        """Who works on its data."""
        return Steward(
            LaurelSettings.read(
                database_url=self.database_url,
                keys_dir=self.home / "keys",
                public_url=self.gateway.url,
                pass_issuer=PASS_ISSUER,
            )
        )


@contextmanager
def sandbox(folder: Path, settings: Settings, *flags: str) -> Iterator[Sandbox]:
    """Run `gateway sandbox` with its home in a folder, for as long as the block lasts."""
    home = folder / "sandbox"
    with serving("sandbox", "--home", home, *flags, folder=folder, settings=settings) as gateway:
        yield Sandbox(home, gateway, settings)
