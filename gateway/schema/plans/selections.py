"""Which fields a document selects of a type, fragments unfolded (specification, section 6.3.2, CollectFields)."""

from collections.abc import Iterator, Mapping, Sequence

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    SelectionNode,
    SelectionSetNode,
    is_abstract_type,
)

from gateway.schema.plans import Unplannable

Nodes = Sequence[FieldNode]
"""All places of a document that select one member of an answer."""


class Selections:
    """The selections of one document, which is valid."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }

    def of(self, type_: GraphQLObjectType, *sets: SelectionSetNode | None) -> Mapping[str, Nodes]:
        """Return what sets of selections select of a type, by the keys of the answer, in its order.

        Raises:
            Unplannable: a directive decides what is selected.
        """
        found: dict[str, list[FieldNode]] = {}
        for node in self._fields(type_, sets, set()):
            found.setdefault((node.alias or node.name).value, []).append(node)
        return found

    def below(self, type_: GraphQLObjectType, nodes: Nodes) -> Mapping[str, Nodes]:
        """Return what is selected of a type below a field."""
        return self.of(type_, *(node.selection_set for node in nodes))

    def _fields(
        self, type_: GraphQLObjectType, sets: Sequence[SelectionSetNode | None], spread: set[str]
    ) -> Iterator[FieldNode]:
        for selection in (each for one in sets if one is not None for each in one.selections):
            if selection.directives:
                raise Unplannable("it has a directive")
            if isinstance(selection, FieldNode):
                yield selection
                continue
            fragment = self._fragment(selection)
            if isinstance(selection, FragmentSpreadNode):
                if selection.name.value in spread:
                    continue
                spread.add(selection.name.value)
            if self._covers(fragment.type_condition, type_):
                yield from self._fields(type_, [fragment.selection_set], spread)

    def _fragment(self, selection: SelectionNode) -> FragmentDefinitionNode | InlineFragmentNode:
        if isinstance(selection, FragmentSpreadNode):
            return self._fragments[selection.name.value]
        assert isinstance(selection, InlineFragmentNode)
        return selection

    def _covers(self, condition: NamedTypeNode | None, type_: GraphQLObjectType) -> bool:
        named = type_ if condition is None else self._schema.get_type(condition.name.value)
        return named is type_ or (is_abstract_type(named) and self._schema.is_sub_type(named, type_))
