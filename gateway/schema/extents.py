"""What a document comes to once its fragments are spread, found in one walk.

Each definition is walked once, and so is each spread of a fragment; what a fragment comes to is remembered. So the
cost grows with the length of the document and not with what it unfolds to, which rules that follow every spread
again would have to find out: a document of 700 bytes can unfold to millions of fields.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

_INTROSPECTION = frozenset({"__schema", "__type"})


@dataclass(slots=True)
class Amount:
    """Fields, and how many levels of them."""

    fields: int = 0
    depth: int = 0

    def add(self, other: "Amount", *, below: int) -> None:
        """Add what lies below so many levels."""
        if other.fields:
            self.fields += other.fields
            self.depth = max(self.depth, below + other.depth)


@dataclass(frozen=True, slots=True)
class Spread:
    """A fragment's use: below so many levels of fields, and whether introspection is around it."""

    name: str
    level: int
    introspection: bool


@dataclass(slots=True)
class Extent:
    """What an operation or a fragment comes to."""

    data: Amount = field(default_factory=Amount)
    introspection: Amount = field(default_factory=Amount)
    root_fields: int = 0
    aliases: int = 0
    directives: int = 0
    longest_name: int = 0
    spreads: list[Spread] = field(default_factory=list)
    visited: int = 0
    """Selections and spreads that were looked at: what measuring has cost."""

    def add(self, other: "Extent", spread: Spread) -> None:
        """Add what a fragment comes to, where it is spread."""
        (self.introspection if spread.introspection else self.data).add(other.data, below=spread.level)
        self.introspection.add(other.introspection, below=spread.level)
        self.root_fields += other.root_fields if spread.level == 0 else 0
        self.aliases += other.aliases
        self.directives += other.directives
        self.longest_name = max(self.longest_name, other.longest_name)
        self.visited += 1


Definition = OperationDefinitionNode | FragmentDefinitionNode


class NotATree(Exception):
    """Fragments spread each other in a circle, or two have one name: nobody can say what the document comes to."""


def measure(definitions: Sequence[Definition]) -> Iterator[tuple[Definition, Extent]]:
    """Yield what each definition comes to, fragments before those that spread them.

    Raises:
        NotATree: fragments spread each other in a circle, or two of them have one name.
    """
    own = [(one, own_extent(one)) for one in definitions]
    fragments = {one.name.value: (one, extent) for one, extent in own if isinstance(one, FragmentDefinitionNode)}
    if len(fragments) < sum(isinstance(one, FragmentDefinitionNode) for one in definitions):
        raise NotATree
    uses = {name: {spread.name for spread in extent.spreads} for name, (_, extent) in fragments.items()}
    try:
        order = [name for name in TopologicalSorter(uses).static_order() if name in fragments]
    except CycleError:
        raise NotATree from None
    operations = [pair for pair in own if isinstance(pair[0], OperationDefinitionNode)]
    for definition, extent in [*(fragments[name] for name in order), *operations]:
        for spread in extent.spreads:
            if spread.name in fragments:  # one that is missing is for validation to tell
                extent.add(fragments[spread.name][1], spread)
        yield definition, extent


def own_extent(definition: Definition) -> Extent:
    """Return what a definition comes to by itself, and which fragments it spreads where."""
    found = Extent(directives=len(definition.directives or ()))
    found.directives += sum(len(variable.directives or ()) for variable in definition.variable_definitions or ())
    about_types = (
        isinstance(definition, FragmentDefinitionNode) and definition.type_condition.name.value[:2] == "__"
    )
    stack: list[tuple[SelectionSetNode, int, bool]] = [(definition.selection_set, 0, about_types)]
    while stack:
        selection_set, level, introspection = stack.pop()
        for one in selection_set.selections:
            found.visited += 1
            found.directives += len(one.directives or ())
            if isinstance(one, FragmentSpreadNode):
                found.spreads.append(Spread(one.name.value, level, introspection))
            elif isinstance(one, FieldNode):
                inside = introspection or one.name.value in _INTROSPECTION
                _count(one, found, found.introspection if inside else found.data, level=level + 1)
                if one.selection_set is not None:
                    stack.append((one.selection_set, level + 1, inside))
            elif isinstance(one, InlineFragmentNode):
                stack.append((one.selection_set, level, introspection))
    return found


def _count(one: FieldNode, found: Extent, amount: Amount, *, level: int) -> None:
    amount.add(Amount(1, 1), below=level - 1)
    found.root_fields += level == 1
    found.aliases += one.alias is not None
    found.longest_name = max(found.longest_name, len((one.alias or one.name).value))
