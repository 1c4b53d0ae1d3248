"""One address has one spelling, and what is no address has none (RFC 3986 section 6.2.2)."""

import pytest

from gateway.auth.target_uris import normal, require_normal
from gateway.domain.errors import ConfigurationError


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("https://laurel.example/graphql", "https://laurel.example/graphql"),
        ("HTTPS://LAUREL.example:443/graphql", "https://laurel.example/graphql"),
        ("http://127.0.0.1:80", "http://127.0.0.1/"),
        ("http://127.0.0.1:8000/a", "http://127.0.0.1:8000/a"),
        ("http://[::1]:8000/", "http://[::1]:8000/"),
        ("https://laurel.example:/", "https://laurel.example/"),
        ("https://laurel.example:80/", "https://laurel.example:80/"),
        ("https://laurel.example/a/./b/../c", "https://laurel.example/a/c"),
        ("https://laurel.example/../../a", "https://laurel.example/a"),
        ("https://laurel.example/a/..", "https://laurel.example/"),
        ("https://laurel.example/a/.", "https://laurel.example/a/"),
        ("https://laurel.example/a/", "https://laurel.example/a/"),
        ("https://laurel.example//a", "https://laurel.example//a"),
        ("https://laurel.example/%67raphql", "https://laurel.example/graphql"),
        ("https://laurel.example/%2e%2E/a", "https://laurel.example/a"),
        ("https://laurel.example/a%2fb", "https://laurel.example/a%2Fb"),
        ("https://laurel.example/A", "https://laurel.example/A"),
    ],
)
def test_one_spelling(uri: str, expected: str) -> None:
    assert normal(uri) == expected
    assert normal(expected) == expected


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "/graphql",
        "laurel.example/graphql",
        "ftp://laurel.example/",
        "https:///graphql",
        "https://laurel.example@evil.example/",
        "https://user:pw@laurel.example/",
        "https://laurel.example/graphql?",
        "https://laurel.example/graphql?x=1",
        "https://laurel.example/graphql#",
        "https://laurel.example/gra\tphql",
        "https://laurel.example/graphql\n",
        " https://laurel.example/graphql",
        "https://laurel.example\\evil.example/",
        "https://laurel.example/%6",
        "https://laurel.example/%zz",
        "https://laurel.example:port/",
        "https://laurel.example:١/",
        "https://laurel。example/",
        "https://laurel.example/" + "a/" * 10_000 + "?",
    ],
)
def test_no_spelling(uri: str) -> None:
    assert normal(uri) is None


def test_a_public_address_that_is_none_stops_the_start() -> None:
    with pytest.raises(ConfigurationError, match="GATEWAY_PUBLIC_URL"):
        require_normal("laurel.example/graphql")
