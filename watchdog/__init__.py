"""The registry watchdog: says whether every container tag is the image that it should be."""

__version__ = "0.1.0"
