"""The settings: environment variables named GATEWAY_..., checked at the start."""

import os
import re
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.domain.errors import ConfigurationError

PORT_MAX = 65535

RATE_MAX = 1_000_000
"""More than any gateway answers in a second: with it, a limit is none."""

_NOT_OURS = ("GATEWAY_SERVICE_", "GATEWAY_PORT")
"""What Kubernetes sets for every pod beside a service that is called gateway."""

_ROOT = Path(__file__).resolve().parent.parent
_PORT = r"(:(?P<port>[0-9]{1,5}))?"
_ORIGIN = re.compile(rf"(?P<scheme>https?)://(?P<host>[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\]){_PORT}/?")
_REDIS = re.compile(rf"rediss?://([^@/\s]*@)?([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:]+\]){_PORT}(/[0-9]*)?(\?\S*)?")


class Settings(BaseSettings):
    """What an operator decides. Every field is the variable GATEWAY_<FIELD>."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", extra="ignore", frozen=True)

    database_url: str = Field("sqlite:///var/laurel.sqlite", repr=False)
    """`postgresql://user:password@host/name` in production, or `sqlite:///path` on one machine."""

    redis_url: str | None = Field(None, repr=False)
    """`redis://host:port/0` of Valkey or Redis, by which processes share limits; without it each counts alone."""

    public_url: str = "http://127.0.0.1:8000"
    """The address that partners see, scheme and host, without a path: issuer of tokens, target of proofs."""

    pass_issuer: str | None = None
    """The `iss` of pass tokens, PUBLIC_URL by default; it must outlast every printed card."""

    keys_dir: Path = _ROOT / "keys"
    """The key home that `python -m keys` keeps."""

    partners_dir: Path = _ROOT / "partners"
    """The catalogue and the templates of partner kinds."""

    device_rate: int = Field(20, ge=1, le=RATE_MAX)
    """Passes that one device may have looked up in a second, and three times as many more at once. A gate sees
    hundreds of people a minute, and then a whole train."""

    partner_rate: int = Field(500, ge=1, le=RATE_MAX)
    """The same for all devices of a partner together: 30,000 people a minute, and 1,500 more at once."""

    denied_codes: int = Field(20, ge=1, le=RATE_MAX)
    """Typed codes of one device that may be denied within a minute; one more stops its codes for five."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """How much is logged on standard error."""

    @field_validator("*", mode="before")
    @classmethod
    def _not_empty(cls, value: object) -> object:
        if value == "":
            raise ValueError("it is empty; give a value, or unset it")
        return value

    @field_validator("public_url")
    @classmethod
    def _origin(cls, value: str) -> str:
        parts = _ORIGIN.fullmatch(value)
        if parts is None or int(parts["port"] or 0) > PORT_MAX:
            raise ValueError("give scheme and host alone, in lower case, such as https://laurel.example.org")
        if parts["scheme"] == "http" and parts["host"] not in ("127.0.0.1", "localhost", "[::1]"):
            raise ValueError("tokens and passes need https on any host but this one")
        return value.rstrip("/")

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str | None) -> str | None:
        parts = None if value is None else _REDIS.fullmatch(value)
        if value is not None and (parts is None or int(parts["port"] or 0) > PORT_MAX):
            raise ValueError("give redis://host:port/0, or rediss:// for TLS")
        return value

    @property
    def issuer_of_passes(self) -> str:
        """The `iss` of pass tokens."""
        return self.pass_issuer or self.public_url

    @property
    def graphql_url(self) -> str:
        """The one address that proofs for GraphQL requests are made for."""
        return f"{self.public_url}/graphql"

    @classmethod
    def read(cls, **chosen: object) -> Self:
        """Read the environment; `chosen` wins over it.

        Raises:
            ConfigurationError: names the first variable that is wrong, never its value.
        """
        known = {f"GATEWAY_{name.upper()}" for name in cls.model_fields}
        for name in os.environ:
            if name.startswith("GATEWAY_") and name not in known and not name.startswith(_NOT_OURS):
                raise ConfigurationError(f"{name} is no setting; docs/operations.md lists them all.")
        try:
            return cls(**chosen)  # type: ignore[arg-type]
        except ValidationError as invalid:
            first = invalid.errors()[0]
            name = "GATEWAY_" + "_".join(str(part) for part in first["loc"]).upper()
            reason = str(first["msg"]).removeprefix("Value error, ")
            raise ConfigurationError(f"{name} is wrong: {reason}.") from None
