"""Templates as Jinja compiled them, kept between runs: compiling takes longer than filling them in.

What a template compiles to depends on its own text, which Jinja looks at, on how its environment
reads templates, and on the packages that are installed.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket

from clausebook.cache import Cache, digest
from clausebook.unchanged import installed

_READS = (
    "block_start_string", "block_end_string", "variable_start_string", "variable_end_string",
    "comment_start_string", "comment_end_string", "line_statement_prefix", "line_comment_prefix",
    "trim_blocks", "lstrip_blocks", "newline_sequence", "keep_trailing_newline", "autoescape",
    "optimized", "is_async", "sandboxed", "finalize",
)  # fmt: skip


class Compiled(BytecodeCache):
    """Of one environment, below a handbook's folder. `name` tells it from any other's."""

    def __init__(self, root: Path, name: str) -> None:
        self._cache, self._name = Cache(root), name
        self._packages = digest(installed())

    def load_bytecode(self, bucket: Bucket) -> None:
        kept = self._cache.get(self._kept_as(bucket), self._key(bucket))
        if isinstance(kept, bytes):
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._cache.put(self._kept_as(bucket), self._key(bucket), bucket.bytecode_to_string())

    def _kept_as(self, bucket: Bucket) -> str:
        return f"template-{self._name}-{bucket.key}"

    def _key(self, bucket: Bucket) -> str:
        env: Environment = bucket.environment
        reads = (f"{option} {getattr(env, option)}" for option in _READS)
        return digest(
            [
                bucket.checksum,
                self._packages,
                *reads,
                *sorted(env.extensions),
                "",
                *sorted(env.filters),
            ]
        )
