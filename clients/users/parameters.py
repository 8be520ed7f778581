"""Parameters of calls about one user, in the OpenAPI schema."""

from drf_spectacular.utils import OpenApiParameter

from clients.users import addresses

USER = OpenApiParameter("user", str, OpenApiParameter.PATH, description=addresses.HOW)
