"""The version of this package, as its metadata has it."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("faceplatform-sdk")
except PackageNotFoundError:  # from a checkout
    __version__ = "0"
USER_AGENT = f"faceplatform-sdk/{__version__}"
