"""The registry watchdog: is every container tag the image that it should be?"""

__version__ = "0.1.0"
