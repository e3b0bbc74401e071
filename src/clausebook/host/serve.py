"""A folder shown in the browser, which reloads when what it is made from changes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path

from mkdocs.livereload import LiveReloadServer


class InUse(Exception):
    """Something else listens at that port."""


def serve(
    folder: Path,
    rebuild: Callable[[], None],
    watched: Iterable[Path],
    port: int,
    say: Callable[[str], None],
) -> None:
    """Until interrupted. `rebuild` says itself what is wrong, so that the last good state stays."""
    logging.getLogger("mkdocs").addHandler(logging.NullHandler())
    try:
        server = LiveReloadServer(builder=rebuild, host="127.0.0.1", port=port, root=str(folder))
    except OSError:
        raise InUse from None
    for path in watched:
        server.watch(str(path))
    say(f"open {server.url} (stop with Ctrl+C)")
    try:
        server.serve()  # type: ignore[no-untyped-call]
    except OSError:
        raise InUse from None
    except KeyboardInterrupt:
        say("stopped")
    finally:
        server.shutdown()
