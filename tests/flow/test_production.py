"""The quickstart of the operations guide, and what only a production start does or refuses to do."""

from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from laurel_client import Eligible, LaurelClient, Redemption, Refused, new_request_id
from tests.flow.production import RIDE, Production
from tests.flow.wire import Wire

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("production")]


async def test_the_quickstart_leads_to_a_redemption(deployment: Production) -> None:
    registry = deployment.folder / "registry.csv"
    day = datetime.now(UTC).date() - timedelta(days=1)
    registry.write_text(f"registry_id,hours,as_of,honours\nQUICKSTART-1,10.00,{day},\n", "utf-8")
    assert deployment.command("registry", "import", registry).startswith("Imported, credit as of")
    printed = deployment.command("pass", "issue", "-", "transit", given="QUICKSTART-1\n")
    code = dict(line.split(maxsplit=1) for line in printed.splitlines())["code"]
    async with LaurelClient(deployment.credentials) as client:
        assert isinstance(await client.verify_pass(code, RIDE), Eligible)
        done = await client.redeem_reward(code, RIDE, request_id=(own := new_request_id()))
        assert isinstance(done, Redemption)
        assert done.id in [one.id async for one in client.redemptions()]
        again = await client.redeem_reward(code, RIDE, request_id=own)
        assert isinstance(again, Redemption)
        assert again.replayed
        assert deployment.command("pass", "revoke", code, "--yes") == "The pass is revoked.\n"
        refused = await client.redeem_reward(code, RIDE)
    assert isinstance(refused, Refused)


async def test_production_says_that_it_is_none_of_the_sandboxes(deployment: Production) -> None:
    with Wire(deployment.credentials) as wire:
        assert wire.ask("Service")["sandbox"] is False


@pytest.mark.parametrize(
    ("path", "status"), [("/graphql", 405), ("/sandbox/partners", 404), ("/sandbox/ide/", 404), ("/", 404)]
)
async def test_production_has_no_pages(deployment: Production, path: str, status: int) -> None:
    assert httpx2.get(deployment.nodes[0].url + path, trust_env=False).status_code == status
