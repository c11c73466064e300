"""`overtones config`: print the settings."""

from __future__ import annotations

from flows.terminal.console import Config


def config(file: Config = None) -> None:
    """Print all settings as TOML, with the source of each value."""
    from flows.settings import as_toml, resolve

    settings, origins = resolve({}, file)
    for line in as_toml(settings, origins):
        print(line)
