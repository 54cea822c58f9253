"""The channels of a worker: those of the environment, and the policy's with their secrets."""

from collections.abc import Mapping

from watchdog.core.policy import Policy
from watchdog.core.policy_channels import ChannelSection, Secret
from watchdog.environment import Environment
from watchdog.errors import ConfigurationError
from watchdog.notify.channels import CHANNELS, Channel, of_the_policy
from watchdog.settings import Settings


def channels_for(
    settings: Settings, policy: Policy, environ: Mapping[str, str]
) -> dict[str, Channel]:
    """Make every channel, by its name; raises one ConfigurationError, one fault a line.

    Secrets are read now: from the environment, or from the file that the policy names.
    """
    channels = {channel.name: channel for channel in settings.channels}
    faults = [
        f"channels.{name}: the environment makes a channel of this name: choose another"
        for name in policy.channels
        if name in channels
    ]
    for name, section in policy.channels.items():
        try:
            channels[name] = _channel(name, section, environ)
        except ConfigurationError as error:
            faults += [f"channels.{name}{line}" for line in str(error).splitlines()]
    faults += _unreachable(policy, channels)
    if faults:
        raise ConfigurationError("\n".join(faults))
    return channels


def _channel(name: str, section: ChannelSection, environ: Mapping[str, str]) -> Channel:
    """Make one channel; the lines of its ConfigurationError go on after its name."""
    said: dict[str, str] = {}
    faults: list[str] = []
    for attribute, field in type(section).model_fields.items():
        key, value = field.alias or attribute, getattr(section, attribute)
        try:
            text = _secret(value, environ) if isinstance(value, Secret) else value
        except ConfigurationError as error:
            faults.append(f".{key}: {error}")
        else:
            said |= {} if text is None else {key: str(text)}
    if faults:
        raise ConfigurationError("\n".join(faults))
    try:
        return of_the_policy(name, section.kind, said)
    except ConfigurationError as error:
        raise ConfigurationError(f": {error}") from error


def _secret(named: Secret, environ: Mapping[str, str]) -> str:
    """Read a secret; raises ConfigurationError, which names the variable or the file alone."""
    # The reader of NAME_FILE has all the checks that a file of a secret needs.
    read = Environment({"IT_FILE": str(named.file)} if named.file else environ)
    variable = "IT" if named.file else named.env or ""
    text = read.text(variable)
    if text is None:
        why = read.faults[0] if read.faults else f"the variable {variable} is not set"
        raise ConfigurationError(why.replace("the file that IT_FILE names", f"{named.file}"))
    return text


def _unreachable(policy: Policy, channels: Mapping[str, Channel]) -> list[str]:
    """Find routes to channels that only the environment could make, and does not."""
    named = dict.fromkeys(name for route in policy.routes or () for name in route.channels)
    missing = (name for name in named if name not in channels and name not in policy.channels)
    return [
        f"notify: no channel is called {name}; {CHANNELS[name].prefix}… of the environment makes it"
        for name in missing
    ]
