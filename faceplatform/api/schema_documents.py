"""The generator of the main API's OpenAPI document, and the base of others."""

from abc import abstractmethod
from typing import Any

from drf_spectacular.generators import SchemaGenerator

from faceplatform.api.schema import ProblemAutoSchema


class ViewsGenerator(SchemaGenerator):
    """Makes the document of those views that a subclass `holds`."""

    @abstractmethod
    def holds(self, view: Any) -> bool:
        """Return True if the document describes this view class."""

    def _initialise_endpoints(self) -> None:
        super()._initialise_endpoints()  # type: ignore[no-untyped-call]
        self.endpoints = [each for each in self.endpoints or () if self.holds(each[-1].cls)]


class MainGenerator(ViewsGenerator):
    """Makes the document of the main API. The older APIs have a document of their own."""

    def holds(self, view: Any) -> bool:
        return isinstance(view.schema, ProblemAutoSchema)


def leave_out_empty_tags(result: Any, **_: Any) -> Any:
    """Leave out the descriptions of tags that no operation has: a hook of the generator."""
    used = {
        tag
        for methods in result["paths"].values()
        for operation in methods.values()
        for tag in operation.get("tags", ())
    }
    result["tags"] = [tag for tag in result.get("tags", ()) if tag["name"] in used]
    return result


def list_error_codes(result: Any, **_: Any) -> Any:
    """List the codes of all operations as the values of `Problem.code`: a hook of the generator."""
    components = result["components"]
    if problem := components["schemas"].get("Problem"):
        codes = sorted(components["examples"])
        components["schemas"]["ErrorCode"] = {
            "type": "string",
            "enum": codes,
            "description": "A later version may add codes.",
        }
        problem["properties"]["code"] = {"$ref": "#/components/schemas/ErrorCode"}
    return result
