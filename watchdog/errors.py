"""The errors of the product, one class for each thing that a caller would treat differently.

Adapters map a library's exceptions to these once, at their edge. Callers ask `error.retryable`,
never a status code. No message holds a secret.
"""


class WatchdogError(Exception):
    """Root of every error that this product raises on purpose."""

    retryable = False


class ConfigurationError(WatchdogError):
    """A setting or the policy is wrong; a person has to change it."""


class MalformedError(WatchdogError):
    """Bytes or text from outside are not what their specification says."""


class RefusedError(WatchdogError):
    """What a person asked for cannot be, as things stand; the message says why."""


class DigestMismatchError(WatchdogError):
    """Content does not hash to the digest it was asked for by; never retried."""


class StaleLeaseError(WatchdogError):
    """The lease ran out and somebody else may hold the member now; nothing was written."""


class RemoteError(WatchdogError):
    """Another server could not be reached or refused; `retry_after` is in seconds, if it said."""

    def __init__(self, message: str, *, retryable: bool, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.retry_after = retry_after


class NotFoundError(RemoteError):
    """The server answered, and has no such thing."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retryable=False)


class DeniedError(RemoteError):
    """The server answered, and will not let us."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retryable=False)


class StoreError(RemoteError):
    """The store could not be reached or refused; whether a write arrived may be unknown."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retryable=True)
