"""`overtones config`: the configuration in force."""

from __future__ import annotations

import json
from typing import Any

from flows.terminal import Config


def config(file: Config = None) -> None:
    """Print the configuration in force, and where each value came from."""
    from flows.settings import resolve

    settings, origins = resolve({}, file)
    values: dict[str, Any] = settings.model_dump(mode="json")
    for name, value in values.items():
        print(f"{name} = {json.dumps(value)}  # {origins[name]}")
