"""The instructions of a challenge, in seven languages. Left and right are the person's own."""

from faceplatform.liveness.challenge import LOOK_STRAIGHT
from faceplatform.liveness.gestures import Gesture

DEFAULT_LANGUAGE = "en"

_TEXTS: dict[str, dict[str, str]] = {
    "en": {
        LOOK_STRAIGHT: "Look straight at the camera.",
        Gesture.TURN_LEFT: "Turn your head to your left.",
        Gesture.TURN_RIGHT: "Turn your head to your right.",
        Gesture.LOOK_UP: "Tilt your head up.",
        Gesture.LOOK_DOWN: "Tilt your head down.",
        Gesture.OPEN_MOUTH: "Open your mouth wide.",
        Gesture.BLINK: "Close both eyes for a moment.",
        Gesture.COME_CLOSER: "Come closer to the camera.",
        Gesture.MOVE_BACK: "Move back from the camera.",
    },
    "fr": {
        LOOK_STRAIGHT: "Regardez droit vers la caméra.",
        Gesture.TURN_LEFT: "Tournez la tête vers votre gauche.",
        Gesture.TURN_RIGHT: "Tournez la tête vers votre droite.",
        Gesture.LOOK_UP: "Levez la tête.",
        Gesture.LOOK_DOWN: "Baissez la tête.",
        Gesture.OPEN_MOUTH: "Ouvrez grand la bouche.",
        Gesture.BLINK: "Fermez les deux yeux un instant.",
        Gesture.COME_CLOSER: "Rapprochez-vous de la caméra.",
        Gesture.MOVE_BACK: "Éloignez-vous de la caméra.",
    },
    "es": {
        LOOK_STRAIGHT: "Mire de frente a la cámara.",
        Gesture.TURN_LEFT: "Gire la cabeza hacia su izquierda.",
        Gesture.TURN_RIGHT: "Gire la cabeza hacia su derecha.",
        Gesture.LOOK_UP: "Levante la cabeza.",
        Gesture.LOOK_DOWN: "Baje la cabeza.",
        Gesture.OPEN_MOUTH: "Abra bien la boca.",
        Gesture.BLINK: "Cierre los dos ojos un momento.",
        Gesture.COME_CLOSER: "Acérquese a la cámara.",
        Gesture.MOVE_BACK: "Aléjese de la cámara.",
    },
    "pt": {
        LOOK_STRAIGHT: "Olhe diretamente para a câmera.",
        Gesture.TURN_LEFT: "Vire a cabeça para a sua esquerda.",
        Gesture.TURN_RIGHT: "Vire a cabeça para a sua direita.",
        Gesture.LOOK_UP: "Levante a cabeça.",
        Gesture.LOOK_DOWN: "Abaixe a cabeça.",
        Gesture.OPEN_MOUTH: "Abra bem a boca.",
        Gesture.BLINK: "Feche os dois olhos por um instante.",
        Gesture.COME_CLOSER: "Aproxime-se da câmera.",
        Gesture.MOVE_BACK: "Afaste-se da câmera.",
    },
    "id": {
        LOOK_STRAIGHT: "Lihat lurus ke kamera.",
        Gesture.TURN_LEFT: "Putar kepala ke kiri Anda.",
        Gesture.TURN_RIGHT: "Putar kepala ke kanan Anda.",
        Gesture.LOOK_UP: "Angkat kepala Anda.",
        Gesture.LOOK_DOWN: "Tundukkan kepala Anda.",
        Gesture.OPEN_MOUTH: "Buka mulut lebar-lebar.",
        Gesture.BLINK: "Pejamkan kedua mata sejenak.",
        Gesture.COME_CLOSER: "Mendekatlah ke kamera.",
        Gesture.MOVE_BACK: "Menjauhlah dari kamera.",
    },
    "de": {
        LOOK_STRAIGHT: "Schauen Sie gerade in die Kamera.",
        Gesture.TURN_LEFT: "Drehen Sie den Kopf nach links.",
        Gesture.TURN_RIGHT: "Drehen Sie den Kopf nach rechts.",
        Gesture.LOOK_UP: "Heben Sie den Kopf.",
        Gesture.LOOK_DOWN: "Senken Sie den Kopf.",
        Gesture.OPEN_MOUTH: "Öffnen Sie den Mund weit.",
        Gesture.BLINK: "Schließen Sie kurz beide Augen.",
        Gesture.COME_CLOSER: "Kommen Sie näher an die Kamera.",
        Gesture.MOVE_BACK: "Gehen Sie weiter von der Kamera weg.",
    },
    "ar": {
        LOOK_STRAIGHT: "انظر مباشرة إلى الكاميرا.",
        Gesture.TURN_LEFT: "أدر رأسك إلى يسارك.",
        Gesture.TURN_RIGHT: "أدر رأسك إلى يمينك.",
        Gesture.LOOK_UP: "ارفع رأسك.",
        Gesture.LOOK_DOWN: "اخفض رأسك.",
        Gesture.OPEN_MOUTH: "افتح فمك واسعًا.",
        Gesture.BLINK: "أغمض عينيك للحظة.",
        Gesture.COME_CLOSER: "اقترب من الكاميرا.",
        Gesture.MOVE_BACK: "ابتعد عن الكاميرا.",
    },
}

LANGUAGES = tuple(_TEXTS)


def instruction(code: str, language: str) -> str:
    """Return the sentence for a step.

    Args:
        code: ``look_straight`` or a `Gesture`.
        language: one of LANGUAGES.
    """
    return _TEXTS[language][code]


def language_of(*tags: str) -> str:
    """Return the first language of these tags (``pt-BR``) that there are texts in, else English."""
    languages = (tag.split("-")[0].lower() for tag in tags)
    return next((each for each in languages if each in _TEXTS), DEFAULT_LANGUAGE)
