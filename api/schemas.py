"""How our structs are described in the OpenAPI document: by msgspec, which checks them.

Litestar finds the structs and names them. Its own description would trip over a default that cannot
be hashed, and would not say what stands in a list or that a body takes no unknown fields.
"""

from typing import TYPE_CHECKING, Any, Literal

import msgspec
from litestar.openapi.spec import Schema
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition

if TYPE_CHECKING:
    from litestar._openapi.schema_generation import SchemaCreator


class StructSchemas(OpenAPISchemaPlugin):
    """Remembers the structs that the routes take and give, and describes them."""

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}

    def described(self, document: dict[str, Any]) -> dict[str, Any]:
        """*document* with every struct as msgspec describes it."""
        schemas = document["components"]["schemas"]
        kinds = [kind for name, kind in self.found.items() if name in schemas]
        _, components = msgspec.json.schema_components(
            kinds, ref_template="#/components/schemas/{name}"
        )
        schemas.update(components)
        return document

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        """Whether this plugin describes the field's type."""
        return not field_definition.is_union and field_definition.is_subclass_of(msgspec.Struct)

    def to_openapi_schema(
        self, field_definition: FieldDefinition, schema_creator: "SchemaCreator"
    ) -> Schema:
        """The struct's fields by their names in JSON; `described` says the rest."""
        self.found[field_definition.type_.__name__] = field_definition.type_
        info = msgspec.inspect.type_info(field_definition.type_)
        assert isinstance(info, msgspec.inspect.StructType)
        hints = field_definition.get_type_hints(include_extras=True, resolve_generics=True)
        fields = {
            field.encode_name: FieldDefinition.from_annotation(
                hints[field.name], name=field.encode_name
            )
            for field in info.fields
        }
        required = sorted(field.encode_name for field in info.fields if field.required)
        if info.tag_field:
            fields[info.tag_field] = FieldDefinition.from_annotation(Literal[info.tag])
            required.append(info.tag_field)
        return schema_creator.create_component_schema(
            field_definition, required=required, property_fields=fields
        )
