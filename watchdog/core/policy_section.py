"""What the sections of the policy file have in common."""

from typing import Any

from pydantic import AfterValidator, ConfigDict

from watchdog.errors import MalformedError

# A value may hold what must not be shown: no error repeats one unless we do.
STRICT = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def checked(check: Any) -> AfterValidator:
    """Make a validator of a parser: pydantic wants ValueError."""

    def validate(text: str) -> str:
        try:
            check(text)
        except MalformedError as error:
            raise ValueError(str(error)) from error
        return text

    return AfterValidator(validate)
