"""`gateway partners documents`: the manifest of registered documents, as the gateway would register them now."""

import json
from typing import Annotated

import typer

from gateway.cli.console import AsJson, plain_errors
from gateway.cli.tables import print_table
from gateway.domain.errors import MalformedInput
from gateway.schema import build_schema
from gateway.schema.registered import RegisteredDocument, RegisteredDocuments, register
from gateway.settings import Settings
from gateway.store.catalogue import load_catalogue
from gateway.store.profiles import load_profiles


def documents(
    *,
    kind: Annotated[str, typer.Argument(help="Only those of this kind.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the documents that devices may run, with the ids that requests name them by. Checks all of them.

    Needs neither keys nor a database.
    """
    with plain_errors():
        settings = Settings.read()
        found = read_documents(settings)
        kinds = {one.kind for one in found}
        if kind and kind not in kinds:
            raise MalformedInput("kind", f"Choose one of {', '.join(sorted(kinds))}.")
        facts = [_facts(settings, one) for one in found if one.kind == (kind or one.kind)]
        if as_json:
            print(json.dumps(facts, ensure_ascii=False, indent=2))
        else:
            rows = [
                (one["kind"], one["operation"], one["id"], one["file"], "" if one["current"] else "earlier")
                for one in facts
            ]
            print_table(("kind", "operation", "id", "file", ""), rows)


def read_documents(settings: Settings) -> RegisteredDocuments:
    """Read and check the catalogue, the kinds of partners and their documents.

    Raises:
        ConfigurationError: a file is wrong.
    """
    catalogue = load_catalogue(settings.partners_dir / "catalogue")
    return register(build_schema(introspection=False), load_profiles(settings.partners_dir, catalogue))


def _facts(settings: Settings, one: RegisteredDocument) -> dict[str, object]:
    return {
        "kind": one.kind,
        "operation": one.name,
        "id": one.id,
        "file": one.source.file.relative_to(settings.partners_dir).as_posix(),
        "current": one.current,
        "planned": one.plan is not None,
    }
