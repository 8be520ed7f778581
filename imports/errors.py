"""Errors of imports: of the file that was sent, and of a job."""

from faceplatform.errors import FaceplatformError


class ImportFileError(FaceplatformError):
    """Base of the errors in an uploaded file. Nothing of it is kept."""

    code = "import_file_invalid"
    status = 400
    title = "The file can be read neither as CSV nor as an archive of images"


class ImportFileEmpty(ImportFileError):
    code = "import_file_empty"
    title = "The file names no user"


class ImportFileTooLarge(ImportFileError):
    code = "import_file_too_large"
    status = 413
    title = "The file holds too many users, files or bytes"


class ImportCsvInvalid(ImportFileError):
    code = "import_csv_invalid"
    title = "The file is not a CSV file with the columns of an import"


class ImportArchiveInvalid(ImportFileError):
    code = "import_archive_invalid"
    title = "The archive is damaged"


class ImportArchiveUnsupported(ImportFileError):
    code = "import_archive_unsupported"
    title = "The archive uses encryption, ZIP64, or another compression than deflate"


class ImportArchiveUnsafe(ImportFileError):
    code = "import_archive_unsafe"
    title = "The archive holds a link, a path that leaves it, or one name twice"


class ImportArchiveLayout(ImportFileError):
    code = "import_archive_layout"
    title = "The archive's images must be at user_id/name.jpg or user_id.jpg"


class ImportNotFound(FaceplatformError):
    code = "import_not_found"
    status = 404
    title = "This client has no such import"


class ImportFinished(FaceplatformError):
    code = "import_finished"
    status = 409
    title = "The import has ended"


class TooManyImports(FaceplatformError):
    code = "too_many_imports"
    status = 409
    title = "This client has as many unfinished imports as are allowed"
