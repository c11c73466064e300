"""Compiled templates in the cache folder, so that the next process need not compile them: a tenth of a second."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from jinja2 import BytecodeCache

from tasks.cache import read_entry, write_entry

if TYPE_CHECKING:
    from pathlib import Path

    from jinja2.bccache import Bucket


class TemplateCache(BytecodeCache):
    """Compiled Jinja templates, an entry of `folder` for each. Jinja checks that an entry was made from the same source
    by the same Python; `maker` identifies everything else that decides it, the options of the environment.
    """

    def __init__(self, folder: Path, maker: str) -> None:
        self._folder = folder
        self._maker = f"{version('jinja2')} {maker}"

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill `bucket`, if its template is in the cache."""
        content = read_entry(self._folder, "template", self._key(bucket))
        if content is not None:
            bucket.bytecode_from_string(content)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Store the content of `bucket`."""
        write_entry(self._folder, "template", self._key(bucket), bucket.bytecode_to_string())

    def _key(self, bucket: Bucket) -> str:
        return f"{bucket.key} {self._maker}"
