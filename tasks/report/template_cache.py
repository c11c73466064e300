"""Compiled templates, kept in a folder so that the next process need not compile them: a tenth of a second."""

from __future__ import annotations

import secrets
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import version
from typing import TYPE_CHECKING

from jinja2 import BytecodeCache

if TYPE_CHECKING:
    from pathlib import Path

    from jinja2.bccache import Bucket

_DIGEST_BYTES = sha256().digest_size


class TemplateCache(BytecodeCache):
    """What Jinja compiled, a file for each template, which begins with a sum of its content. Jinja itself looks whether
    it was made of the same source by the same Python; `maker` is what else decides it, the options of the environment.
    What is damaged is compiled again, and where nothing can be written, nothing is kept. Several processes may do this
    at once.
    """

    def __init__(self, folder: Path, maker: str) -> None:
        self._folder = folder
        self._maker = f"{version('jinja2')} {maker}"

    def _file(self, bucket: Bucket) -> Path:
        return self._folder / f"template-{sha256(f'{bucket.key} {self._maker}'.encode()).hexdigest()[:16]}.bin"

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill `bucket`, if its template was kept."""
        with suppress(OSError):
            kept = self._file(bucket).read_bytes()
            if sha256(kept[_DIGEST_BYTES:]).digest() == kept[:_DIGEST_BYTES]:
                bucket.bytecode_from_string(kept[_DIGEST_BYTES:])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what `bucket` holds."""
        content = bucket.bytecode_to_string()
        file = self._file(bucket)
        aside = file.with_suffix(f".{secrets.token_hex(8)}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            aside.write_bytes(sha256(content).digest() + content)
            aside.replace(file)
        except OSError:
            with suppress(OSError):
                aside.unlink()
