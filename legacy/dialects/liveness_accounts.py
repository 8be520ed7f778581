"""004: accounts with a password and a cookie. No face is involved.

The document writes the status into the body; the answer has the same one.
"""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.db import DatabaseError, OperationalError
from django.http import HttpRequest, HttpResponseBase
from django.urls import get_script_prefix
from django.utils.cache import patch_vary_headers
from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from faceplatform.api.pages import READS, wants_page
from faceplatform.api.parsers import FormParser, JSONParser, MultiPartParser
from faceplatform.api.scopes import AcceptedScopes, Scope
from faceplatform.api.throttles import FailureThrottle
from faceplatform.characters import RULE, has_invisible
from faceplatform.errors import FaceplatformError
from faceplatform.system.index import IndexSerializer, IndexView
from legacy import accounts, binding, examples
from legacy.faults import Fault
from legacy.models import LegacyLogin
from legacy.schema import operation
from legacy.views import DialectView

COOKIE = "X-LIVENESS-TOKEN"
_LEAST, _MOST = 5, 150
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class FieldsRequired(FaceplatformError):
    code = "fields_required"
    status = 400
    title = "The fields are required"


class Unauthorized(FaceplatformError):
    code = "unauthorized"
    status = 401
    title = "Unauthorized users"


class AccountNotDeleted(FaceplatformError):
    code = "account_not_deleted"
    status = 400
    title = "Failed to delete user!"


class Account(serializers.Serializer[Any]):
    fullname = serializers.CharField(min_length=_LEAST, max_length=_MOST)
    username = serializers.CharField(min_length=_LEAST, max_length=_MOST)
    password = serializers.CharField(min_length=_LEAST, max_length=_MOST)


class Login(serializers.Serializer[Any]):
    username = serializers.CharField()
    password = serializers.CharField()


class StatusAnswer(serializers.Serializer[Any]):
    status_code = serializers.IntegerField()
    message = serializers.CharField()


class AccountView(DialectView):
    """The base of the six addresses."""

    dialect = "004"
    successor = "auth-client"
    # Its accounts are passwords, not faces: any of the client's keys may call.
    scopes: ClassVar[AcceptedScopes] = ()
    input_status = 400
    parser_classes = (JSONParser, FormParser, MultiPartParser)

    def failure(self, fault: Fault, status: int) -> dict[str, Any]:
        return {"status_code": status, "message": fault.detail}

    def status_of(self, fault: Fault) -> int:
        return 401 if fault.code == Unauthorized.code else super().status_of(fault)

    def login(self, request: Request) -> LegacyLogin | None:
        return accounts.login_of(self.bound, request.COOKIES.get(COOKIE))


def _answer(status: int, message: str) -> Response:
    return Response({"status_code": status, "message": message}, status=status)


def _texts(request: Request, names: tuple[str, ...], required: str) -> dict[str, str]:
    """Return these members of the body, each a text that is not empty.

    Raises:
        FieldsRequired: with what the document says of missing fields.
    """
    try:
        data = request.data
    except ParseError as e:
        raise FieldsRequired(required) from e
    if not isinstance(data, Mapping):
        raise FieldsRequired(required)
    texts = {name: data.get(name) for name in names}
    if not all(isinstance(text, str) and text for text in texts.values()):
        raise FieldsRequired(required)
    return {name: str(text) for name, text in texts.items()}


_index = IndexView.as_view()


class RootView(AccountView):
    """GET /: for a program the dialect's answer, where it is bound; else the product's index."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        reads_index = request.method in READS and not binding.is_bound(self.dialect)
        answer: HttpResponseBase
        if reads_index or wants_page(request):
            answer = _index(request)
        else:
            answer = super().dispatch(request, *args, **kwargs)
        patch_vary_headers(answer, ("Accept",))
        return answer

    @operation(
        operation_id="legacy_account_root",
        summary="004: check that the service is there",
        description=(
            "Without a binding of 004: name, version and addresses of the service. A browser gets "
            "a page."
        ),
        responses=PolymorphicProxySerializer(
            component_name="RootAnswer",
            serializers=[StatusAnswer, IndexSerializer],
            resource_type_field_name=None,
        ),
        examples=examples.ACCOUNT_ROOT,
    )
    def get(self, request: Request) -> Response:
        return _answer(200, "You found me!")


class HomeView(AccountView):
    """GET /home."""

    scopes = (Scope.AUTHENTICATE,)

    @operation(
        operation_id="legacy_account_home",
        summary="004: greet the account of the cookie",
        parameters=[examples.cookie(COOKIE)],
        responses={200: StatusAnswer, 401: StatusAnswer},
        examples=examples.ACCOUNT_HOME,
    )
    def get(self, request: Request) -> Response:
        login = self.login(request)
        if login is None:
            raise Unauthorized
        return _answer(200, f"Hello {login.account.fullname}")


class RegisterView(AccountView):
    """POST /auth/register."""

    scopes = (Scope.ENROLL, Scope.MANAGE)

    @operation(
        operation_id="legacy_account_register",
        summary="004: create an account",
        request=Account,
        responses={201: StatusAnswer, 400: StatusAnswer},
        examples=examples.ACCOUNT_REGISTER,
    )
    def post(self, request: Request) -> Response:
        required = "Name, Username, and Password is required"
        texts = _texts(request, ("fullname", "username", "password"), required)
        if min(len(text) for text in texts.values()) < _LEAST:
            raise FieldsRequired(required)
        if any(len(text) > _MOST or _CONTROL.search(text) for text in texts.values()):
            raise FieldsRequired(
                f"Name, Username, and Password take at most {_MOST} characters, none of control"
            )
        if has_invisible(texts["fullname"] + texts["username"]):
            raise FieldsRequired(f"Name and Username: {RULE}")
        accounts.create(self.bound, **texts)
        return _answer(201, "Successfully created account!")


class LoginView(AccountView):
    """POST /auth/login."""

    scopes = (Scope.AUTHENTICATE,)

    @operation(
        operation_id="legacy_account_login",
        summary="004: sign in; the answer sets the cookie",
        request=Login,
        responses={200: StatusAnswer, 400: StatusAnswer},
        examples=examples.ACCOUNT_LOGIN,
    )
    def post(self, request: Request) -> Response:
        texts = _texts(request, ("username", "password"), "Username and Password is required")
        if max(len(text) for text in texts.values()) > _MOST:
            raise accounts.UsernameUnknown
        throttle = FailureThrottle(request, f"{self.bound.pk}:{texts['username']}")
        with throttle.attempt(accounts.UsernameUnknown, accounts.PasswordWrong):
            account = accounts.check(self.bound, **texts)
        cookie = accounts.sign_in(account)
        answer = _answer(200, "Login successfully!")
        answer.set_cookie(
            COOKIE,
            cookie,
            max_age=accounts.lifetime(),
            path=get_script_prefix(),
            httponly=True,
            samesite="Lax",
            secure=settings.FACEPLATFORM_LEGACY_COOKIE_SECURE,
        )
        return answer


class LogoutView(AccountView):
    """DELETE /auth/logout."""

    scopes = (Scope.AUTHENTICATE,)

    @operation(
        operation_id="legacy_account_logout",
        summary="004: sign out; the cookie is invalid from then on",
        parameters=[examples.cookie(COOKIE)],
        request=None,
        responses={200: StatusAnswer},
        examples=examples.ACCOUNT_LOGOUT,
    )
    def delete(self, request: Request) -> Response:
        """Sign out. The document names no failure: a caller who is not signed in is signed out."""
        login = self.login(request)
        if login is not None:
            accounts.sign_out(login)
        return _without_cookie(_answer(200, "Logged out"))


class DeleteView(AccountView):
    """DELETE /user/delete."""

    scopes = (Scope.MANAGE,)

    @operation(
        operation_id="legacy_account_delete",
        summary="004: delete the account of the cookie",
        parameters=[examples.cookie(COOKIE)],
        request=None,
        responses={200: StatusAnswer, 400: StatusAnswer},
        examples=examples.ACCOUNT_DELETE,
    )
    def delete(self, request: Request) -> Response:
        login = self.login(request)
        if login is None:
            return _answer(400, Unauthorized.title)  # 400 here and 401 at /home, as in the document
        try:
            deleted = accounts.delete(login.account)
        except OperationalError:
            raise  # the database is unavailable, which says nothing about this account
        except DatabaseError as e:
            raise AccountNotDeleted from e
        if not deleted:
            raise AccountNotDeleted
        return _without_cookie(_answer(200, "Successfully deleted user!"))


def _without_cookie(answer: Response) -> Response:
    answer.delete_cookie(COOKIE, path=get_script_prefix(), samesite="Lax")
    return answer
