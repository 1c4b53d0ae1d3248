"""No repr shows a pass, a PIN, a secret or a registry id: what is printed by accident says nothing."""

import importlib
import pkgutil
from dataclasses import fields, is_dataclass
from inspect import get_annotations
from typing import Any, get_args, get_type_hints

import pytest

import gateway.domain

SECRET = {
    "Caller.evidence",
    "IssuedPass.texts",
    "MintedPass.texts",
    "NewPass.pin_hash",
    "PassRecord.pin_hash",
    "PresentedPass.text",
    "TakeReward.pin",
    "RegistryRecord.registry_id",
}
"""Strings that name or open something. Bytes are always hashes or secrets, so all of them have to hide."""


def every_dataclass() -> list[type]:
    """Return every dataclass that a module of the domain defines."""
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(gateway.domain.__path__, "gateway.domain.")
    ]
    return [
        found
        for module in modules
        for found in vars(module).values()
        if isinstance(found, type) and is_dataclass(found) and found.__module__ == module.__name__
    ]


def canary_of(place: str, annotation: Any) -> Any:
    """Return a value that carries a field's name, nested as deeply as its type is."""
    for kind in (annotation, *get_args(annotation)):
        if is_dataclass(kind) and isinstance(kind, type):
            return filled(kind)
        if kind is bytes:
            return f"canary<{place}>".encode()
        if get_args(kind) and bytes in get_args(kind):
            return (f"canary<{place}>".encode(),)
    return f"canary<{place}>"


def filled(kind: type) -> Any:
    """Return an instance with a canary in each field, made without its checks."""
    instance: Any = object.__new__(kind)
    hints = get_type_hints(kind)
    for field in fields(kind):
        owner = next(one.__name__ for one in kind.__mro__ if field.name in get_annotations(one))
        object.__setattr__(instance, field.name, canary_of(f"{owner}.{field.name}", hints[field.name]))
    return instance


@pytest.mark.parametrize("kind", every_dataclass(), ids=lambda kind: kind.__name__)
def test_a_repr_shows_no_secret(kind: type) -> None:
    shown = f"{filled(kind)!r} {filled(kind)}"
    assert "b'" not in shown
    assert not {place for place in SECRET if f"canary<{place}>" in shown}


def test_every_secret_is_a_field_that_exists() -> None:
    existing = {f"{kind.__name__}.{field.name}" for kind in every_dataclass() for field in fields(kind)}
    assert existing >= SECRET
    assert len(every_dataclass()) > 30


def test_a_public_field_is_shown() -> None:
    redeem = next(kind for kind in every_dataclass() if kind.__name__ == "Redeem")
    assert "canary<Take.reward>" in repr(filled(redeem))
