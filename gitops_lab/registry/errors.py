"""What the registry refuses, with the codes of the OCI distribution specification."""

from http import HTTPStatus

from gitops_lab.errors import GitOpsLabError


class RegistryError(GitOpsLabError):
    """A refusal: `code` is the specification's, `status` HTTP's."""

    default_reason = "RegistryError"
    code = "UNSUPPORTED"
    status = HTTPStatus.BAD_REQUEST


class NameInvalid(RegistryError):
    """No name of a repository, tag or digest."""

    default_reason = "NameInvalid"
    code = "NAME_INVALID"


class NameUnknown(RegistryError):
    """No such repository."""

    default_reason = "RepositoryNotFound"
    code = "NAME_UNKNOWN"
    status = HTTPStatus.NOT_FOUND


class ManifestUnknown(RegistryError):
    """No such tag or manifest."""

    default_reason = "ManifestNotFound"
    code = "MANIFEST_UNKNOWN"
    status = HTTPStatus.NOT_FOUND


class ManifestInvalid(RegistryError):
    """What was pushed is no manifest."""

    default_reason = "ManifestInvalid"
    code = "MANIFEST_INVALID"


class ManifestBlobUnknown(RegistryError):
    """A manifest that names what was not pushed before it."""

    default_reason = "ManifestBlobUnknown"
    code = "MANIFEST_BLOB_UNKNOWN"
    status = HTTPStatus.NOT_FOUND


class BlobUnknown(RegistryError):
    """No such blob."""

    default_reason = "BlobNotFound"
    code = "BLOB_UNKNOWN"
    status = HTTPStatus.NOT_FOUND


class UploadUnknown(RegistryError):
    """An upload that was never begun, or is over."""

    default_reason = "UploadNotFound"
    code = "BLOB_UPLOAD_UNKNOWN"
    status = HTTPStatus.NOT_FOUND


class UploadOutOfOrder(RegistryError):
    """A part that does not follow the one before."""

    default_reason = "UploadOutOfOrder"
    code = "BLOB_UPLOAD_INVALID"
    status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE


class DigestInvalid(RegistryError):
    """Content that is not what its digest says."""

    default_reason = "DigestInvalid"
    code = "DIGEST_INVALID"


class TooLarge(RegistryError):
    """More than the registry takes."""

    default_reason = "TooLarge"
    code = "SIZE_INVALID"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
