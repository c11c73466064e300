"""Settings of the property tests."""

from __future__ import annotations

from hypothesis import settings

# A first example fills caches, and machines are busy now and then. Where time matters, it is tested as a ratio.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
