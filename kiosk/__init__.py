"""Treadside: a camera beside a treadmill, running form measured on the device, one cue at a time."""

try:
    from kiosk._version import __version__ as __version__
except ModuleNotFoundError as missing:  # a folder that was never installed, put on the path by hand
    if missing.name != "kiosk._version":
        raise
    from importlib import metadata

    try:
        __version__ = metadata.version("treadside")
    except metadata.PackageNotFoundError:
        __version__ = "0.0"
