"""A drawn face on which every net runs. The readiness check measures it."""

from io import BytesIO

from PIL import Image, ImageDraw, ImageFilter

_SIDE = 160
# Drawn larger and then reduced, for smooth edges.
_SCALE = 4
_BACKGROUND = (150, 160, 170)

_SKIN, _SHADOW = (222, 172, 145), (190, 140, 118)
_HAIR, _WHITE, _IRIS, _LIP = (60, 40, 30), (245, 240, 235), (60, 40, 25), (185, 88, 90)
# Ellipses in drawing order: center and radii as shares of the side, and color. Those left of the
# middle are mirrored to the right.
_ELLIPSES = (
    ((0.5, 1.0), (0.38, 0.24), (60, 70, 110)),  # shoulders
    ((0.5, 0.42), (0.26, 0.33), _HAIR),
    ((0.5, 0.75), (0.07, 0.12), _SHADOW),  # neck
    ((0.5, 0.47), (0.21, 0.27), _SKIN),
    ((0.412, 0.42), (0.055, 0.035), _SHADOW),
    ((0.412, 0.38), (0.05, 0.009), _HAIR),  # eyebrow
    ((0.412, 0.43), (0.042, 0.02), _WHITE),
    ((0.412, 0.43), (0.019, 0.02), _IRIS),
    ((0.475, 0.535), (0.014, 0.009), _SHADOW),  # nostril
    ((0.5, 0.515), (0.028, 0.05), (232, 185, 158)),  # nose
    ((0.5, 0.618), (0.072, 0.02), _LIP),
    ((0.5, 0.62), (0.07, 0.003), (110, 50, 50)),  # between the lips
)


def draw_face() -> bytes:
    """Return the image, a JPEG of about 3 kB."""
    side = _SIDE * _SCALE
    image = Image.new("RGB", (side, side), _BACKGROUND)
    canvas = ImageDraw.Draw(image)
    for (x, y), (width, height), color in _ELLIPSES:
        for center in {x, 1 - x}:
            box = (center - width, y - height, center + width, y + height)
            canvas.ellipse([share * side for share in box], fill=color)
    reduced = image.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    buffer = BytesIO()
    reduced.filter(ImageFilter.GaussianBlur(0.7)).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
