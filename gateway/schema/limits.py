"""What a free document may ask for at once, decided before any rule of validation looks at it.

`__schema` and `__type` have limits of their own: IDEs and code generators ask for the whole schema at once, which
is a known amount, and nothing of it comes from a database.
"""

from graphql import DocumentNode, FragmentDefinitionNode, OperationDefinitionNode, OperationType

from gateway.schema.extents import Definition, Extent, measure

TOKENS_MAX = 500
"""A partner's longest document has 150 tokens, the standard introspection query 190."""

DEPTH_MAX = 6
"""Levels of fields. The deepest that there is, a redemption in a page of a list, is on the fourth."""

FIELDS_MAX = 60
"""Fields once all fragments are spread. A partner's longest document has 20; what compares fields pair by pair has
1770 pairs at most."""

ROOT_FIELDS_MAX = 5
"""A desk asks about one pass for its few rewards; each root field may take a connection to the database."""

ALIASES_MAX = 4
"""What asks the same field five times; each of them counts in the limits on passes, too."""

DIRECTIVES_MAX = 10
"""Nobody needs more than `@skip` and `@include` on a few fields."""

FRAGMENTS_MAX = 8
"""Fragments with a name. No document of ours has one; the standard introspection query has three."""

VARIABLES_MAX = 20
"""A mutation has one, a list has five."""

INTROSPECTION_DEPTH_MAX = 16
"""The standard introspection query has 15 levels: a type of a list of types, nine times over."""

INTROSPECTION_FIELDS_MAX = 240
"""The standard introspection query unfolds to 220 fields, to 230 with all of its options."""

NAME_LENGTH_MAX = 64
"""Characters of an alias or a field's name: an answer repeats them, and what is repeated is kept short."""


def broken_limit(document: DocumentNode) -> str | None:
    """Return what a document has too much of, in one sentence that quotes nothing of it; None if it is small.

    Raises:
        NotATree: its fragments spread each other in a circle, or two of them have one name.
    """
    definitions = [one for one in document.definitions if isinstance(one, Definition)]
    fragments = sum(isinstance(one, FragmentDefinitionNode) for one in definitions)
    if fragments > FRAGMENTS_MAX:
        return f"A document has at most {FRAGMENTS_MAX} fragments with a name."
    for definition, extent in measure(definitions):
        if len(definition.variable_definitions or ()) > VARIABLES_MAX:
            return f"An operation has at most {VARIABLES_MAX} variables."
        if sentence := _exceeded(extent):
            return sentence
        if isinstance(definition, OperationDefinitionNode) and (sentence := _too_many_roots(definition, extent)):
            return sentence
    return None


def _exceeded(extent: Extent) -> str | None:
    inner = "The schema is asked for with at most"
    for found, most, sentence in (
        (extent.longest_name, NAME_LENGTH_MAX, f"A name has at most {NAME_LENGTH_MAX} characters."),
        (extent.data.depth, DEPTH_MAX, f"Fields lie at most {DEPTH_MAX} levels deep."),
        (extent.data.fields, FIELDS_MAX, f"A document has at most {FIELDS_MAX} fields, fragments spread."),
        (extent.aliases, ALIASES_MAX, f"A document has at most {ALIASES_MAX} aliases, fragments spread."),
        (extent.directives, DIRECTIVES_MAX, f"A document has at most {DIRECTIVES_MAX} directives."),
        (extent.introspection.depth, INTROSPECTION_DEPTH_MAX, f"{inner} {INTROSPECTION_DEPTH_MAX} levels."),
        (extent.introspection.fields, INTROSPECTION_FIELDS_MAX, f"{inner} {INTROSPECTION_FIELDS_MAX} fields."),
    ):
        if found > most:
            return sentence
    return None


def _too_many_roots(operation: OperationDefinitionNode, extent: Extent) -> str | None:
    """One proof, one effect, one answer: a mutation has one field, however it is written."""
    if operation.operation is OperationType.MUTATION and extent.root_fields != 1:
        return "A mutation has exactly one field."
    if extent.root_fields > ROOT_FIELDS_MAX:
        return f"A query has at most {ROOT_FIELDS_MAX} fields at its root."
    return None
