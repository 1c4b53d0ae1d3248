"""Settings: what is wrong is named at the start, and no value is ever said."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import ConfigurationError
from gateway.settings import Settings


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GATEWAY_")]:
        monkeypatch.delenv(name)


def test_the_defaults_serve_one_machine() -> None:
    settings = Settings.read()
    assert settings.database_url == "sqlite:///var/laurel.sqlite"
    assert (settings.redis_url, settings.pass_issuer, settings.log_level) == (None, None, "info")
    assert settings.public_url == "http://127.0.0.1:8000"
    assert (settings.device_rate, settings.partner_rate, settings.denied_codes) == (20, 500, 20)
    assert settings.graphql_url == "http://127.0.0.1:8000/graphql"
    root = Path(__file__).parents[1]
    assert (settings.keys_dir, settings.partners_dir) == (root / "keys", root / "partners")


def test_each_variable_reaches_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = {
        "database_url": "postgresql://laurel:secret@db/laurel",
        "redis_url": "redis://:secret@valkey:6379/0",
        "public_url": "https://laurel.example.org",
        "pass_issuer": "https://passes.example.org",
        "keys_dir": "/run/keys",
        "partners_dir": "/srv/partners",
        "device_rate": "1000000",
        "partner_rate": "1",
        "denied_codes": "7",
        "log_level": "warning",
    }
    assert set(chosen) == set(Settings.model_fields)
    for name, value in chosen.items():
        monkeypatch.setenv(f"GATEWAY_{name.upper()}", value)
    settings = Settings.read()
    assert {name: str(getattr(settings, name)) for name in chosen} == chosen
    assert Settings.read(log_level="debug").log_level == "debug"


@pytest.mark.parametrize(
    ("given_url", "public_url"),
    [
        ("https://laurel.example.org/", "https://laurel.example.org"),
        ("https://laurel.example.org:8443", "https://laurel.example.org:8443"),
        ("https://10.0.0.7", "https://10.0.0.7"),
        ("https://[2001:db8::1]:443", "https://[2001:db8::1]:443"),
        ("http://localhost:8000/", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_public_url_is_an_origin(monkeypatch: pytest.MonkeyPatch, given_url: str, public_url: str) -> None:
    monkeypatch.setenv("GATEWAY_PUBLIC_URL", given_url)
    assert Settings.read().public_url == public_url


@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1:6379",
        "redis://valkey/0",
        "rediss://user:p%40ss@my_redis.example:6380/12?socket_timeout=1",
        "redis://[::1]:6379/0",
    ],
)
def test_redis_may_be_anywhere(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("GATEWAY_REDIS_URL", url)
    assert Settings.read().redis_url == url


WRONG = [
    *((name.upper(), "") for name in Settings.model_fields),
    *(
        ("PUBLIC_URL", url)
        for url in (
            "canary",
            "laurel.canary.org",
            "ftp://canary",
            "http://canary.example.org",
            "http://127.0.0.1.canary.org",
            "https://",
            "https://canary/path",
            "https://canary//",
            "https://canary?query",
            "https://canary?",
            "https://canary#fragment",
            "https://canary:99999",
            "https://canary:port",
            "https://user:canary@laurel.example.org",
            "https://:canary@laurel.example.org",
            "https://@canary",
            "https://[canary]",
            "https://a\N{ACCOUNT OF}canary",
            " https://canary",
            "https://canary\n",
            "https://can ary",
            "HTTPS://CANARY",
        )
    ),
    *(
        ("REDIS_URL", url)
        for url in (
            "canary",
            "http://canary:6379/0",
            "redis://",
            "redis://canary:port/0",
            "redis://canary:99999/0",
            "redis://canary/database",
            "redis://user:can@ary@valkey/0",
            "redis://canary /0",
        )
    ),
    *(
        (name, value)
        for name in ("DEVICE_RATE", "PARTNER_RATE", "DENIED_CODES")
        for value in ("canary", "0", "-1", "1.5", "1000001")
    ),
    *(("LOG_LEVEL", level) for level in ("canary", "INFO", "20")),
]


@pytest.mark.parametrize(("variable", "value"), WRONG)
def test_a_wrong_value_stops_the_start_and_is_not_said(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(f"GATEWAY_{variable}", value)
    with pytest.raises(ConfigurationError) as refusal:
        Settings.read()
    sentence = str(refusal.value)
    assert sentence.startswith(f"GATEWAY_{variable} is wrong: ")
    assert sentence.endswith(".")
    assert sentence.count("\n") == 0
    assert "canary" not in sentence.lower()
    assert refusal.value.__cause__ is None


def test_of_several_wrong_values_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_PUBLIC_URL", "canary")
    monkeypatch.setenv("GATEWAY_LOG_LEVEL", "canary")
    with pytest.raises(ConfigurationError, match=r"^GATEWAY_(PUBLIC_URL|LOG_LEVEL) is wrong: [^\n]*$"):
        Settings.read()


@given(st.text(min_size=1).filter(lambda text: "\0" not in text))
def test_whatever_stands_there_is_taken_or_refused(text: str) -> None:
    for name in ("public_url", "redis_url"):
        try:
            Settings.read(**{name: text})
        except ConfigurationError:
            continue
        pytest.fail(f"{name} took {text!r}")


def test_a_repr_shows_no_password() -> None:
    settings = Settings.read(database_url="postgresql://a:canary@db/a", redis_url="redis://:canary@valkey/0")
    assert "canary" not in f"{settings!r} {settings}"


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings.read().log_level = "debug"  # type: ignore[misc]


def test_a_misspelt_variable_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_DATABSE_URL", "postgresql://laurel:s3cret@db/laurel")
    with pytest.raises(ConfigurationError) as refused:
        Settings.read()
    assert str(refused.value) == "GATEWAY_DATABSE_URL is no setting; docs/operations.md lists them all."


def test_what_kubernetes_sets_for_a_service_called_gateway_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("GATEWAY_PORT_8000_TCP", "tcp://10.0.0.1:8000")
    assert Settings.read().public_url == "http://127.0.0.1:8000"
