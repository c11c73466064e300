"""`overtones config`: the configuration in force."""

from __future__ import annotations

from flows.terminal.console import Config


def config(file: Config = None) -> None:
    """Print the configuration in force as TOML, and where each value came from."""
    from flows.settings import as_toml, resolve

    settings, origins = resolve({}, file)
    for line in as_toml(settings, origins):
        print(line)
