"""`gateway reference`: the contract as a page for people, made of the schema and of examples that tests run."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.console import plain_errors
from gateway.cli.partners.documents import read_documents
from gateway.cli.reference.examples import load_examples
from gateway.cli.reference.pages import reference_page
from gateway.schema import build_schema
from gateway.settings import Settings


def print_reference(
    out: Annotated[Path | None, typer.Option(help="The file to write; else standard output.")] = None,
) -> None:
    """Print the reference of the public contract as Markdown."""
    with plain_errors():
        documents = read_documents(Settings.read())
        page = reference_page(build_schema(introspection=False), load_examples(), documents)
        if out is None:
            print(page, end="")
        else:
            out.write_text(page, "utf-8")
