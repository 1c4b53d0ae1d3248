"""`gateway partners ...`: partners, their machines, and the codes by which machines enrol."""

import typer

from gateway.cli.partners.adding import add, import_
from gateway.cli.partners.checking import check
from gateway.cli.partners.devices import KEY_DAYS, add_device, new_device, revoke_device
from gateway.cli.partners.documents import documents
from gateway.cli.partners.listing import list_
from gateway.cli.partners.showing import show
from gateway.cli.partners.stopping import resume, suspend, withdraw_codes

__all__ = ["KEY_DAYS", "app", "new_device"]

app = typer.Typer(no_args_is_help=True)
app.command()(add)
app.command("import")(import_)
app.command("list")(list_)
app.command()(show)
app.command()(add_device)
app.command()(revoke_device)
app.command()(withdraw_codes)
app.command()(suspend)
app.command()(resume)
app.command()(check)
app.command()(documents)
