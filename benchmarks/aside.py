"""Out of the way, and not removed: a measured build never comes after thousands of files were removed.

For some minutes ext4 passes over what was removed, entry by entry, for each file that it makes. A
build from nothing took up to twice as long for it, and nobody builds that soon after such a removal.
"""

from pathlib import Path

_NAME = ".aside"


def set_aside(folder: Path) -> None:
    """Leave nothing at this address. What was there goes when the benchmark's own folder does."""
    if not folder.exists():
        return
    kept = folder.parent / _NAME
    kept.mkdir(exist_ok=True)
    folder.rename(kept / str(len(list(kept.iterdir()))))
