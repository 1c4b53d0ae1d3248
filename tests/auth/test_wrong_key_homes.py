"""Every way in which a key home can be wrong: one sentence that says where, and what to do."""

import json
import stat
from pathlib import Path

import pytest

from gateway.auth.keyring import Keyring
from gateway.domain.errors import ConfigurationError
from tests.auth.key_home import Hands, Key, one_of_each, private_path, public_path, write_home, write_material


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o610])
def test_a_private_file_that_others_reach_is_refused(tmp_path: Path, mode: int) -> None:
    write_home(tmp_path, one_of_each())
    path = private_path(tmp_path, "pin-1")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(mode)
    with pytest.raises(ConfigurationError, match=r"chmod 600 .*pin-1\.jwk\.json"):
        Keyring.load(tmp_path, clock=Hands())


def complaint(home: Path) -> str:
    """What the keyring says of a wrong home; always one sentence with the command that mends it."""
    with pytest.raises(ConfigurationError) as refused:
        Keyring.load(home, clock=Hands())
    sentence = str(refused.value)
    assert f"--home {home}`" in sentence
    assert "`python -m keys " in sentence
    assert "\n" not in sentence
    assert refused.value.__cause__ is None
    return sentence


def test_no_manifest(tmp_path: Path) -> None:
    assert "python -m keys new --all" in complaint(tmp_path)


GOOD = '[[key]]\nkid="a"\npurpose="cursor"\nalgorithm="HS256"\nstate="active"\n'
DATES = "not_before=2026-01-01T00:00:00Z\nnot_after=2027-01-01T00:00:00Z\n"


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        ("sandbox = \n", "is not TOML"),
        ("sandbox = 'no'\n", "`sandbox`"),
        ("key = 'cursor'\n", "[[key]] tables"),
        ("key = ['cursor']\n", "number 1"),
        (GOOD, "lacks 'not_before' in its [[key]] number 1"),
        (GOOD.replace("cursor", "cursors") + DATES, "unknown purpose or state"),
        (GOOD.replace('"cursor"', "[]") + DATES, "unknown purpose or state"),
        (GOOD.replace("active", "dead") + DATES, "unknown purpose or state"),
        (GOOD.replace("HS256", "none") + DATES, "needs the algorithm HS256"),
        (GOOD.replace('"a"', '"../a"') + DATES, "no usable kid"),
        (GOOD.replace('"a"', "7") + DATES, "no usable kid"),
        (GOOD + DATES.replace("Z", ""), "UTC offset"),
        (GOOD + DATES.replace("T00:00:00Z", ""), "UTC offset"),
        ((GOOD + DATES) * 2, "lists a kid twice"),
        ("# " + "x" * 65_536, "is larger than"),
        ("# \udcff", "is not UTF-8"),
    ],
)
def test_a_wrong_manifest(tmp_path: Path, manifest: str, says: str) -> None:
    (tmp_path / "manifest.toml").write_bytes(manifest.encode(errors="surrogateescape"))
    sentence = complaint(tmp_path)
    assert says in sentence
    assert "manifest.toml" in sentence


def test_a_missing_file(tmp_path: Path) -> None:
    write_home(tmp_path, one_of_each())
    private_path(tmp_path, "registry-1").unlink()
    assert str(private_path(tmp_path, "registry-1")) in complaint(tmp_path)


@pytest.mark.parametrize("kid", ["pass-1", "access-token-1", "cursor-1", "period-1"])
def test_a_wrong_private_key_is_never_quoted(tmp_path: Path, kid: str) -> None:
    write_home(tmp_path, one_of_each())
    path = private_path(tmp_path, kid)
    whole = json.loads(path.read_text())
    secret = "d" if "d" in whole else "k"
    wrong = [
        "",
        "[]",
        "[" * 60_000,
        path.read_text()[:-1],
        json.dumps(whole | {"kid": "another"}),
        json.dumps(whole | {secret: whole[secret] + "="}),
        json.dumps(whole | {secret: whole[secret][:-2]}),
        json.dumps(whole | {secret: 7}),
        json.dumps(whole | {"kty": "RSA"}),
    ]
    for text in wrong:
        path.write_text(text)
        sentence = complaint(tmp_path)
        assert str(path) in sentence
        assert whole[secret][:8] not in sentence


def test_halves_of_different_keys(tmp_path: Path) -> None:
    write_home(tmp_path, [Key("a", "pass")])
    public = public_path(tmp_path, "a").read_text()
    write_material(tmp_path, Key("a", "pass"))
    public_path(tmp_path, "a").write_text(public)
    assert "is not the private half" in complaint(tmp_path)


def test_a_public_file_must_be_public_and_of_its_algorithm(tmp_path: Path) -> None:
    write_home(tmp_path, [Key("a", "pass")])
    public_path(tmp_path, "a").write_text(private_path(tmp_path, "a").read_text())
    assert "no usable public key" in complaint(tmp_path)
    write_material(tmp_path, Key("a", "access-token"))
    assert "is no EdDSA key" in complaint(tmp_path)
