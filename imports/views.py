from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from enrollment.errors import TargetSamplesOutOfBounds
from faceplatform.api.callers import client_of, credential_of, require_further_scope
from faceplatform.api.idempotency import IdempotentWrites
from faceplatform.api.lists import LIST_ERRORS, ListView
from faceplatform.api.parsers import MultiPartParser
from faceplatform.api.scopes import Scope
from faceplatform.api.validation import validated
from imports import archives, errors, examples, jobs, launching, receiving
from imports.enrolling import Choices
from imports.filters import ImportFilters, ItemFilters
from imports.models import ImportItem, ImportJob
from imports.serializers import (
    ImportItemSerializer,
    ImportSerializer,
    StartImportSerializer,
)

_TAG = "Client Management"
_LAYOUT = (
    "A CSV file (UTF-8; the first line names the columns: `user_id`, and perhaps `display_name`, "
    "`metadata`, JSON, and together `consent_given_at`, `consent_text_version` and "
    "`consent_source`) creates users. A zip archive enrolls them: a user's images are in a "
    "folder that is named by the user's id, `user_id/anything.jpg`, or there is one, "
    "`user_id.jpg`. In these names `%2F` stands for a slash and `%25` for a percent sign. The body "
    "has at most 15 MB: send more in several archives. Each user goes through the same checks as "
    "any enrollment; a liveness check that the policy demands is made on the images, and never "
    "waived. An archive needs an API key with the scopes `manage` and `enroll`, as it makes "
    "templates."
)


def _answer(job: ImportJob) -> dict[str, Any]:
    return dict(ImportSerializer(job, context={"counts": jobs.counts_of([job])}).data)


class _ManagingView(IdempotentWrites):
    scopes = (Scope.MANAGE,)


class StartImportView(_ManagingView):
    """The start of a bulk import."""

    takes_images = True
    parser_classes = [MultiPartParser]
    documented_errors = {
        "POST": (
            errors.ImportFileError,
            errors.ImportFileEmpty,
            errors.ImportFileTooLarge,
            errors.ImportCsvInvalid,
            errors.ImportArchiveInvalid,
            errors.ImportArchiveUnsupported,
            errors.ImportArchiveUnsafe,
            errors.ImportArchiveLayout,
            errors.TooManyImports,
            TargetSamplesOutOfBounds,
        )
    }

    @extend_schema(
        operation_id="import_start",
        tags=[_TAG],
        summary="Import users from a CSV file or an archive of images",
        description=_LAYOUT,
        request={"multipart/form-data": StartImportSerializer},
        responses={202: ImportSerializer},
        examples=examples.START,
    )
    def post(self, request: Request) -> Response:
        asked = validated(StartImportSerializer, request.data)
        if archives.is_archive(asked["file"][:4]):
            require_further_scope(request, Scope.ENROLL)
        choices = Choices(
            skip_enrolled=asked["skip_enrolled"],
            target_samples=asked.get("target_samples"),
            credential=credential_of(request),
        )
        job = receiving.receive(client_of(request), asked["file"], choices)
        return Response(_answer(job), status=status.HTTP_202_ACCEPTED)


class ImportListView(ListView):
    """A client's imports."""

    scopes = (Scope.MANAGE,)
    queryset = ImportJob.objects.none()
    serializer_class = ImportSerializer
    filterset_class = ImportFilters

    @extend_schema(
        operation_id="import_list",
        tags=[_TAG],
        summary="List imports, newest first",
        examples=examples.LIST,
    )
    def get(self, request: Request) -> Response:
        rows = self.filter_queryset(jobs.of_client(client_of(request)))
        page: Any = self.paginate_queryset(rows)
        context = {"counts": jobs.counts_of(page)}
        return self.get_paginated_response(ImportSerializer(page, many=True, context=context).data)


class ImportView(_ManagingView):
    """One import."""

    documented_errors = {"GET": (errors.ImportNotFound,)}

    @extend_schema(
        operation_id="import_read",
        tags=[_TAG],
        summary="Read an import and its progress",
        responses=ImportSerializer,
        examples=examples.READ,
    )
    def get(self, request: Request, import_id: UUID) -> Response:
        launching.ensure_runner()  # in place of one that was killed
        return Response(_answer(jobs.find(client_of(request), import_id)))


class ItemListView(ListView):
    """The items of one import."""

    scopes = (Scope.MANAGE,)
    queryset = ImportItem.objects.none()
    serializer_class = ImportItemSerializer
    filterset_class = ItemFilters
    is_ascending = True
    documented_errors = {"GET": (errors.ImportNotFound, *LIST_ERRORS)}

    @extend_schema(
        operation_id="import_items",
        tags=[_TAG],
        summary="List the items of an import with their results, in the file's order",
        examples=examples.ITEMS,
    )
    def get(self, request: Request, import_id: UUID) -> Response:
        job = jobs.find(client_of(request), import_id)
        return self.listed(job.items.all(), request)


class CancelView(_ManagingView):
    """The cancelling of an import."""

    documented_errors = {"POST": (errors.ImportNotFound, errors.ImportFinished)}

    @extend_schema(
        operation_id="import_cancel",
        tags=[_TAG],
        summary="Cancel an import and delete its images",
        description="Items that have ended stay as they are. The item in hand may still end.",
        request=None,
        responses=ImportSerializer,
        examples=examples.CANCEL,
    )
    def post(self, request: Request, import_id: UUID) -> Response:
        job = jobs.find(client_of(request), import_id)
        return Response(_answer(jobs.cancel(job)))
