"""What the views of the main API share; the older APIs take what they were sent."""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.views import APIView

from faceplatform.api.validation import refuse_unknown

# REST framework's own, on every address.
_EVERYWHERE = frozenset({"format"})


class MainView(APIView):
    """A view that refuses parameters it does not know, by name.

    A filter with a misspelt name would answer with everything.
    """

    query_parameters: ClassVar[frozenset[str]] = frozenset()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unknown(request.query_params, self.query_parameters | _EVERYWHERE)
