"""001: register, verify and remove, the names in headers, galleries, messages in French.

Every answer is a 200 with ``status`` true or false. The document writes some letters as HTML
entities (``d&eacute;tect&eacute;``), an artifact of its making: the answers contain the letters.
"""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients.users.erasure import erase_subject
from faceplatform.api.callers import counted_address
from faceplatform.api.scopes import Scope
from faceplatform.sessions.reasons import LOCKOUT_REASONS, Reason
from legacy import examples, galleries, inputs, services
from legacy.faults import Fault
from legacy.schema import operation
from legacy.services import Result
from legacy.views import DialectView

_REGISTERED = "Enregistrement réussi"
_EXISTS = "ce subjet id est deja enregistre"
_RECOGNIZED = "Face reconnue dans le système"
_NOT_RECOGNIZED = "Face non reconnue dans le système"
_REGISTER_AGAIN = (
    "Le modèle de reconnaissance a changé : certaines faces doivent être enregistrées à nouveau."
)
_DUPLICATE = "Face déjà enregistrée dans le système"
_NO_FACE = "Aucune face detecté dans l'image"
_SEVERAL_FACES = (
    "Plusieurs faces ont été detecté dans l'image. Veuillez vous assurer d'etre seul dans l'image."
)
_LATER = "Trop d'essais manqués. Réessayez plus tard."
_REMOVED = "subject id {} has been successfully removed"

# Also for reasons that the document has no words for.
_WORDS: dict[Reason, str] = {
    Reason.NO_FACE: _NO_FACE,
    Reason.MULTIPLE_FACES: _SEVERAL_FACES,
    Reason.DUPLICATE_FACE: _DUPLICATE,
    Reason.ALREADY_ENROLLED: _EXISTS,
    Reason.NO_MATCH: _NOT_RECOGNIZED,
    Reason.USER_NOT_ENROLLED: _NOT_RECOGNIZED,
    Reason.GALLERY_INCOMPLETE: _REGISTER_AGAIN,
    Reason.REENROLLMENT_REQUIRED: _REGISTER_AGAIN,
    Reason.FACE_UNCLEAR: "Découvrez votre visage et regardez la caméra.",
    Reason.FACE_CUT_OFF: "Votre visage doit être entièrement dans l'image.",
    Reason.FACE_TOO_SMALL: "Approchez-vous de la caméra.",
    Reason.FACE_TURNED: "Regardez droit vers la caméra.",
    Reason.PICTURE_TURNED: "Tenez la caméra droite : l'image est tournée.",
    Reason.TOO_DARK: "L'image est trop sombre.",
    Reason.TOO_BRIGHT: "L'image est trop claire.",
    Reason.LOW_CONTRAST: "L'image manque de contraste.",
    Reason.BLURRED: "L'image est floue.",
    Reason.EYES_COVERED: "Retirez vos lunettes de soleil.",
    Reason.EYES_CLOSED: "Ouvrez les yeux.",
    Reason.MOUTH_OPEN: "Fermez la bouche.",
    Reason.FRAME_REPEATED: "Envoyez une nouvelle image, prise maintenant.",
    Reason.LIVENESS_FAILED: "Montrez votre propre visage, pas une photo ni un écran.",
    Reason.LIVENESS_UNCLEAR: "Envoyez une image en couleur, prise avec la caméra droite.",
    Reason.MORE_ROOM: "Reculez : laissez de l'espace autour du visage.",
    Reason.USER_INACTIVE: "Cet utilisateur est désactivé.",
    Reason.CONSENT_WITHDRAWN: "Cet utilisateur n'a pas donné son consentement.",
    Reason.RETENTION_ENDED: "La durée de conservation de cet utilisateur est terminée.",
    Reason.USER_LOCKED: "Trop d'essais manqués : cet utilisateur est bloqué.",
    Reason.VERIFICATION_DELAYED: _LATER,
    Reason.ADDRESS_LOCKED: "Trop d'essais manqués : cette adresse est bloquée.",
    Reason.IDENTIFICATION_DELAYED: _LATER,
}
_FAULTS: dict[str, str] = {
    "missing_username": "Le nom d'utilisateur (username) est requis.",
    "empty_username": "Le nom d'utilisateur (username) est requis.",
    "invalid_username": "Le nom d'utilisateur (username) n'est pas valide.",
    "missing_galleryname": "Le nom de la galerie (galleryname) est requis.",
    "empty_galleryname": "Le nom de la galerie (galleryname) est requis.",
    "invalid_galleryname": "Le nom de la galerie (galleryname) n'est pas valide.",
    "missing_image": "L'image est requise.",
    "empty_image": "L'image est vide.",
    "invalid_image": "L'image doit être envoyée comme fichier.",
    "image_empty": "L'image est vide.",
    "image_too_large": "L'image est trop volumineuse.",
    "image_unreadable": "Le fichier n'est pas une image JPEG, PNG, WebP, BMP ou AVIF.",
    "image_format_unsupported": "Ce format d'image n'est pas pris en charge.",
    "image_too_complex": "L'image est construite d'une façon trop coûteuse à décoder.",
    "image_truncated": "L'image est endommagée ou incomplète.",
    "image_animated": "L'image est animée.",
    "image_too_many_pixels": "L'image a trop de pixels.",
    "image_too_small": "L'image est trop petite.",
    "request_too_large": "La requête est trop volumineuse.",
    "unsupported_media_type": "L'image doit être envoyée comme formulaire (multipart/form-data).",
    "malformed": "La requête ne peut pas être lue.",
    "user_inactive": _WORDS[Reason.USER_INACTIVE],
    "user_expired": _WORDS[Reason.RETENTION_ENDED],
    "consent_required": _WORDS[Reason.CONSENT_WITHDRAWN],
    **{reason.value: _WORDS[reason] for reason in LOCKOUT_REASONS},
    "user_limit_reached": "Le nombre d'utilisateurs permis est atteint.",
    "group_limit_reached": "Le nombre de galeries permis est atteint.",
    "reenrollment_required": _REGISTER_AGAIN,
    "challenge_impossible": "Un contrôle du vivant avec gestes est exigé.",
    "liveness_unavailable": "Le contrôle du vivant n'est pas disponible.",
    "engine_unavailable": "La reconnaissance n'est pas disponible pour le moment.",
    "engine_busy": "Trop d'images attendent en ce moment. Réessayez.",
    "not_authenticated": "Identifiants requis.",
    "authentication_failed": "Identifiants refusés.",
    "scope_missing": "Cette clé d'API n'a pas le droit nécessaire (scope).",
    "permission_denied": "Ces identifiants ne donnent pas accès à ce service.",
    "method_not_allowed": "Cette méthode n'est pas permise ici.",
    "throttled": "Trop de requêtes.",
    "storage_unavailable": "La base de données n'est pas disponible pour le moment.",
}
_ANY_FAULT = "Une erreur est survenue."

_HEADERS = [examples.header("username"), examples.header("galleryname")]


class Image(serializers.Serializer[Any]):
    image = serializers.FileField()


class GalleryAnswer(serializers.Serializer[Any]):
    status = serializers.BooleanField()
    message = serializers.CharField()
    name = serializers.CharField(required=False)
    faces = serializers.IntegerField(required=False, help_text="Where there are several.")


class GalleryView(DialectView):
    """The base of the three addresses."""

    dialect = "001"
    successor = "authentication-open"
    takes_images = True

    def failure(self, fault: Fault, status: int) -> dict[str, Any]:
        return {"status": False, "message": _FAULTS.get(fault.code, _ANY_FAULT)}


def _refused(result: Result) -> Response:
    body: dict[str, Any] = {"status": False, "message": _WORDS.get(result.reason, _ANY_FAULT)}
    if result.reason is Reason.MULTIPLE_FACES:
        body["faces"] = result.faces
    return Response(body)


class RegisterView(GalleryView):
    """POST /api/register/."""

    successor = "enrollment-open"
    scopes = (Scope.ENROLL,)

    @operation(
        operation_id="legacy_gallery_register",
        summary="001: register a face in a gallery",
        parameters=_HEADERS,
        request={"multipart/form-data": Image},
        responses=GalleryAnswer,
        examples=examples.GALLERY_REGISTER,
    )
    def post(self, request: Request) -> Response:
        username = inputs.header(request.headers, "username")
        gallery = inputs.header(request.headers, "galleryname")
        image = inputs.upload(request.data, "image")
        if galleries.member(self.bound, gallery, username) is not None:
            return Response({"status": False, "message": _EXISTS})
        subject = galleries.get_or_create_member(self.bound, gallery, username)
        result = services.enroll(self.bound, subject.user_id, image, source=self.source)
        if result.reason is not Reason.ENROLLED:
            return _refused(result)
        return Response({"status": True, "message": _REGISTERED})


class VerifyView(GalleryView):
    """POST /api/verify: the member of a gallery, or of any gallery, that the image shows."""

    scopes = (Scope.AUTHENTICATE,)

    @operation(
        operation_id="legacy_gallery_verify",
        summary="001: recognize a face in a gallery, or in all",
        parameters=[examples.header("galleryname", required=False)],
        request={"multipart/form-data": Image},
        responses=GalleryAnswer,
        examples=examples.GALLERY_VERIFY,
    )
    def post(self, request: Request) -> Response:
        gallery = None
        if "galleryname" in request.headers:
            gallery = inputs.header(request.headers, "galleryname")
        image = inputs.upload(request.data, "image")
        result = services.identify(
            self.bound,
            galleries.searched(self.bound, gallery),
            image,
            source=self.source,
            address=counted_address(request, self.bound),
        )
        if result.reason is not Reason.MATCHED or result.user_id is None:
            return _refused(result)
        name = galleries.name_of(self.bound, result.user_id)
        if name is None:
            return Response({"status": False, "message": _NOT_RECOGNIZED})
        return Response({"status": True, "message": _RECOGNIZED, "name": name})


class RemoveView(GalleryView):
    """POST /api/remove: erasure of a user whose face the image shows."""

    successor = "enrollment-list"
    scopes = (Scope.MANAGE,)

    @operation(
        operation_id="legacy_gallery_remove",
        summary="001: erase a user of a gallery, by the face",
        parameters=_HEADERS,
        request={"multipart/form-data": Image},
        responses=GalleryAnswer,
        examples=examples.GALLERY_REMOVE,
    )
    def post(self, request: Request) -> Response:
        username = inputs.header(request.headers, "username")
        gallery = inputs.header(request.headers, "galleryname")
        image = inputs.upload(request.data, "image")
        subject = galleries.member(self.bound, gallery, username)
        if subject is None:
            # Measured all the same, so that the image's own faults are answered first.
            result = services.identify(
                self.bound, galleries.nobody(self.bound), image, source=self.source, address=""
            )
            return _refused(result)
        result = services.verify(self.bound, subject.user_id, [image], source=self.source)
        if result.reason is not Reason.MATCHED:
            return _refused(result)
        erase_subject(subject)
        return Response({"message": _REMOVED.format(username), "status": True})
