"""A sandbox of the pages' own, and two counters in it: a theatre's, whose camera sees a pass, and a hospital's."""

import asyncio
from collections.abc import Iterator

import pytest

from gateway.domain.passes import IssuedPass
from tests.flow.browsers import Browser
from tests.flow.conftest import ALL_LOGS, NO_LIMITS
from tests.flow.sandboxes import Sandbox, sandbox
from tests.pages.camera import film, flags
from tests.pages.counters import Counter, counter


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox as `make run` starts it, whose log says everything."""
    with sandbox(tmp_path_factory.mktemp("pages"), {**ALL_LOGS, **NO_LIMITS}) as running:
        yield running


@pytest.fixture(scope="session")
def filmed(city: Sandbox) -> IssuedPass:
    """The pass in front of the theatre's camera."""
    [issued] = asyncio.run(city.steward.resident("venue"))
    return issued


@pytest.fixture(scope="session")
def theatre(
    city: Sandbox, browser: Browser, filmed: IssuedPass, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Counter]:
    """A theatre's counter, enrolled once for all tests."""
    folder = tmp_path_factory.mktemp("theatre")
    camera = flags(film(filmed.token, folder / "pass.y4m"))
    with counter(city, browser, folder / "profile", *camera) as opened:
        yield opened


@pytest.fixture
def till(theatre: Counter) -> Counter:
    """The theatre's counter, ready for the next customer."""
    theatre.clear()
    return theatre


@pytest.fixture(scope="session")
def hospital(city: Sandbox, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """A hospital's counter, enrolled once for all tests."""
    profile = tmp_path_factory.mktemp("hospital") / "profile"
    with counter(city, browser, profile, kind="hospital-desk") as opened:
        yield opened


@pytest.fixture
def desk(hospital: Counter) -> Counter:
    """The hospital's counter, ready for the next person."""
    hospital.clear()
    return hospital


@pytest.fixture
def guest(city: Sandbox) -> str:
    """The code of somebody who may have whatever a theatre gives, and has had none of it."""
    [issued] = asyncio.run(city.steward.resident("venue"))
    return issued.code
