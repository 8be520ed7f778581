"""The base of the main API's views. The older APIs ignore unknown parameters, as before."""

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from faceplatform.api import bodies
from faceplatform.api.scopes import AcceptedScopes
from faceplatform.api.validation import refuse_misnamed


class AlwaysJson(DefaultContentNegotiation):
    """Renders JSON whatever the caller accepts."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class MainView(APIView):
    """A view that refuses unknown query parameters: a misspelled filter must not return all.

    Attributes:
        query_parameters: names of the known ones.
        parameter_advice: what to send instead of some unknown ones.
        scopes: those of which a client's credential needs one, for all methods or by method; none
            if any credential may call.
        scope_of_kind: the credential needs that one of them that belongs to the session's kind.
    """

    query_parameters: ClassVar[frozenset[str]] = frozenset()
    parameter_advice: ClassVar[Mapping[str, str]] = {}
    scopes: ClassVar[AcceptedScopes] = ()
    scope_of_kind: ClassVar[bool] = False

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_misnamed(request.query_params, self.query_parameters, advice=self.parameter_advice)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        final = super().finalize_response(request, response, *args, **kwargs)
        bodies.forget(request)
        return final
