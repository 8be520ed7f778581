"""Made-up surfaces that turn: a plane, a bent sheet, and one with a nose and eye sockets."""

import cv2
import numpy as np

SIDE = 160
# Coordinates of a patch, -1..1 to the right and down.
X, Y = np.meshgrid(*(np.linspace(-1, 1, SIDE),) * 2)


def texture(seed=0, contrast=1.0):
    """Return spots of many sizes, as skin, brows and lips have."""
    generator = np.random.default_rng(seed)
    spots = sum(
        cv2.GaussianBlur(generator.normal(0, 1, (SIDE, SIDE)), (0, 0), size) * size
        for size in (1.5, 3, 8)
    )
    return np.clip(127 + contrast * 60 * spots, 0, 255).astype(np.uint8)


def bump(x, y, size):
    return np.exp(-((X - x) ** 2 + (Y - y) ** 2) / (2 * size**2))


PLANE = np.zeros((SIDE, SIDE))
BENT = 0.5 * (1 - X**2)
# Depth in half widths of the face, towards the camera.
SOCKETS = bump(-0.4, -0.25, 0.2) + bump(0.4, -0.25, 0.2)
HEAD = BENT + 0.6 * bump(0, 0.15, 0.22) - 0.25 * SOCKETS


def turned(patch, depth, yaw=0.0, pitch=0.0, distance=8.0):
    """Return the patch on a surface of that depth, turned by degrees, seen from so far away."""
    yaw, pitch = np.radians([yaw, pitch])
    x, z = X * np.cos(yaw) + depth * np.sin(yaw), depth * np.cos(yaw) - X * np.sin(yaw)
    y, z = Y * np.cos(pitch) - z * np.sin(pitch), z * np.cos(pitch) + Y * np.sin(pitch)
    near = distance / (distance - z)
    # The way back from the moved pixels, to first order: what is at a place came from as far away.
    from_x, from_y = (
        ((2 * old - new * near + 1) * SIDE / 2 - 0.5).astype(np.float32)
        for old, new in ((X, x), (Y, y))
    )
    return cv2.remap(patch, from_x, from_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
