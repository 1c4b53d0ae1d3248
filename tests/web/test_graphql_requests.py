"""What an HTTP request has to be before it is a GraphQL request; each odd one is told in one sentence why."""

import pytest
from starlette.datastructures import Headers, QueryParams

from gateway.web.graphql_errors import JSON
from gateway.web.graphql_requests import GRAPHQL_RESPONSE, BadRequest, in_address, negotiate, posted

HEADERS = Headers({"content-type": JSON})


@pytest.mark.parametrize(
    ("accept", "answer"),
    [
        ([], JSON),
        (["application/json"], JSON),
        (["application/graphql-response+json"], GRAPHQL_RESPONSE),
        (["Application/GraphQL-Response+JSON; charset=utf-8"], GRAPHQL_RESPONSE),
        (["text/html, */*"], JSON),
        (["text/html", "application/graphql-response+json"], GRAPHQL_RESPONSE),
        (["application/graphql-response+json, application/json"], GRAPHQL_RESPONSE),
        (["application/json, application/graphql-response+json"], JSON),
        (["application/json;q=0.9, application/graphql-response+json"], GRAPHQL_RESPONSE),
        (["application/graphql-response+json;q=0.1, application/json;q=0.2"], JSON),
        (["*/*;q=0.1, application/graphql-response+json; charset=utf-8; q=0.5"], GRAPHQL_RESPONSE),
        (["application/json;q=0, application/graphql-response+json;q=0.001"], GRAPHQL_RESPONSE),
        (["application/*"], JSON),
    ],
)
def test_the_answer_has_the_form_that_the_client_likes_best(accept: list[str], answer: str) -> None:
    assert negotiate(accept) == answer


@pytest.mark.parametrize(
    "accept", [[""], ["text/html"], ["image/*, text/*"], ["application/json;q=0"], ["application/json;q=0.000"]]
)
def test_whoever_takes_neither_is_told_so(accept: list[str]) -> None:
    with pytest.raises(BadRequest) as refused:
        negotiate(accept)
    assert refused.value.status == 406


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "it is not JSON"),
        ("\ufeff{}", "it is not JSON"),
        ("{} {}", "it is not JSON"),
        ('[{"query": "{ a }"}]', "it is no object"),
        ("1", "it is no object"),
        ("null", "it is no object"),
        ('{"query": "{ a }", "query": "{ b }"}', "a name comes twice"),
        ('{"variables": {"a": 1, "a": 2}}', "a name comes twice"),
        ('{"variables": {"a": 9007199254740993}}', "a number is beyond 2^53"),
        ('{"variables": {"a": -' + "9" * 5000 + "}}", "a number is beyond 2^53"),
        ('{"variables": {"a": 1.0}}', "a number is not whole"),
        ('{"variables": {"a": 1e2}}', "a number is not whole"),
        ('{"variables": {"a": NaN}}', "a number is not whole"),
        ('{"variables": {"a": "\\udc00"}}', "it is not UTF-8"),
        ('{"variables": ' + '{"a": ' * 8 + "1" + "}" * 9, "it is nested too deeply"),
        ("[" * 16_000, "it is nested too deeply"),
    ],
)
def test_what_is_no_strict_json_is_told_why(body: str, reason: str) -> None:
    with pytest.raises(BadRequest) as refused:
        posted(HEADERS, body.encode())
    assert refused.value.status == 400
    assert refused.value.message == f"The body has to be one strict JSON object: {reason}."


def test_what_is_no_utf_8_is_told_so() -> None:
    with pytest.raises(BadRequest, match="it is not UTF-8"):
        posted(HEADERS, b'{"query": "\xff"}')


def test_the_members_of_a_right_body_arrive() -> None:
    body = b'{"query": "{ a }", "variables": {"a": [1, {"b": "\xe4\xb8\xad"}]}, "operationName": "A", "other": 1}'
    found = posted(HEADERS, body)
    assert (found.text, found.variables, found.name) == ("{ a }", {"a": [1, {"b": "中"}]}, "A")
    assert not found.asks_only


def test_an_address_may_only_ask() -> None:
    found = in_address(QueryParams('query={ a }&variables={"a": 1}&operationName=A&extensions={}'))
    assert (found.text, found.variables, found.name) == ("{ a }", {"a": 1}, "A")
    assert found.asks_only
    assert in_address(QueryParams("query={ a }&variables=&operationName=&extensions=")).variables is None


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("", "Name a registered document in documentId."),
        ("query=", "Give the document in query, as a string."),
        ("query={ a }&query={ b }", "Give query once."),
        ("query={ a }&variables={}&variables={}", "Give variables once."),
        ("query={ a }&variables=[]", "The parameter variables has to be one strict JSON object: it is no object."),
        ("query={ a }&extensions=x", "The parameter extensions has to be one strict JSON object: it is not JSON."),
    ],
)
def test_an_odd_address_is_told_why(address: str, message: str) -> None:
    with pytest.raises(BadRequest) as refused:
        in_address(QueryParams(address))
    assert (refused.value.status, refused.value.message) == (400, message)
