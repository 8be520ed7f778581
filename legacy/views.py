"""The base of every view of an older API: binding, credentials, its own errors and headers."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from django.http import HttpResponse
from django.urls import reverse
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clients.authentication import ClientAuthentication
from clients.models import Client
from clients.services import NameNotAllowed
from faceplatform import metering
from faceplatform.api import bodies, problems
from faceplatform.api.pages import ProblemPage
from faceplatform.api.parsers import FormParser, MultiPartParser
from faceplatform.api.scopes import AcceptedScopes
from faceplatform.api.views import AlwaysJson
from legacy import binding
from legacy.authentication import ApiKeyAuthentication
from legacy.faults import Fault, FieldFault, Wrong, fault_of
from legacy.schema import LegacyAutoSchema

# RFC 9745: the second since which the older APIs are deprecated, 2026-11-24: from the start.
_DEPRECATED = "@1795478400"


class DialectView(APIView):
    """One address of one dialect.

    A dialect gives the body of a fault (`failure`), the status of wrong input where its document
    names none (`input_status`), the operation of the main API that succeeds it, and the `scopes` of
    which a client's credential needs one, as in `MainView`.
    """

    dialect: ClassVar[str]
    successor: ClassVar[str]
    scopes: ClassVar[AcceptedScopes]
    input_status: ClassVar[int] = 200
    takes_images: ClassVar[bool] = False

    # The dialect's names of the main API's fields.
    fields: ClassVar[Mapping[str, str]] = {"user_id": "username", "group": "galleryname"}

    authentication_classes = (ClientAuthentication, ApiKeyAuthentication)
    permission_classes = (binding.MayCall,)
    parser_classes: Sequence[type[BaseParser]] = (MultiPartParser, FormParser)
    content_negotiation_class = AlwaysJson  # the older systems did not look at Accept
    http_method_names = ["get", "post", "delete", "head"]  # OPTIONS would describe the view
    schema = LegacyAutoSchema()

    bound: Client

    @property
    def source(self) -> str:
        """The `source` of the sessions that the dialect opens."""
        return f"legacy_{self.dialect}"

    @abstractmethod
    def failure(self, fault: Fault, status: int) -> dict[str, Any]:
        """Return the body for a fault, in the dialect's own shape."""

    def status_of(self, fault: Fault) -> int:
        return self.input_status if fault.is_outcome else fault.status

    def perform_authentication(self, request: Request) -> None:
        """Find the bound client before the caller: an unbound address is like any unknown one."""
        self.bound = binding.bound_client(self.dialect)
        super().perform_authentication(request)

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        metering.count_for(self.bound)  # an anonymous call, too, is made for the client

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], HttpResponse]:
        return self._answer

    def _answer(self, exc: Exception, context: dict[str, Any]) -> HttpResponse:
        if isinstance(exc, binding.NotBound):
            return problems.exception_handler(exc, context)
        if (refusal := problems.refusal_of_deleted_caller(exc, context)) is not None:
            return self.handle_exception(refusal)
        if isinstance(exc, NameNotAllowed):
            exc = FieldFault(self.fields[exc.field], Wrong.INVALID)
        fault = fault_of(exc)
        if not fault.is_outcome:  # outcomes count as calls already
            exc = problems.count_refusal(exc, context["request"])
            fault = fault_of(exc)
        if fault.status >= 500:
            problems.log_failure(exc, fault.code, fault.status, type(self).__name__)
        status = self.status_of(fault)
        return Response(self.failure(fault, status), status=status, headers=dict(fault.headers))

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        final = super().finalize_response(request, response, *args, **kwargs)
        bodies.forget(request)
        if not isinstance(final, problems.ProblemResponse | ProblemPage):
            final["Deprecation"] = _DEPRECATED
            final["Link"] = f'<{reverse(self.successor)}>; rel="successor-version"'
        return final
