"""Treadside: a camera beside a treadmill, running form measured on the device, one cue at a time."""

__version__ = "0.1.0"
