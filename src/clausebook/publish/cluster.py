"""Tasks in, results out in order, done by the workers of a Dask cluster: this machine's or many.

An embedded cluster's workers open the handbook where it lies. Those of a cluster elsewhere are sent
its sources as one file by Dask itself, late comers too, and unpack them once each. A worker whose
program, templates or packages are not those of this machine refuses: its pages would be other ones.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import re
import secrets
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from functools import lru_cache, partial
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from platform import python_version_tuple
from typing import Any

from clausebook.build import Opened, opened
from clausebook.cache import engine
from clausebook.cores import cores
from clausebook.ended import Ended
from clausebook.processes import FEW, Killed, Processes
from clausebook.publish.bundle import CannotSend, packed, unpacked
from clausebook.publish.made_from import template_digest
from clausebook.publish.one import brought
from clausebook.publish.place import CannotUse, is_far, place
from clausebook.scratch import scratch
from clausebook.shipped import PACKAGE
from clausebook.sites import opened_earlier
from clausebook.typed import dataclass

EMBEDDED = "dask"
# `tls://` is Dask's own name for a scheduler that asks for a certificate.
ADDRESS = re.compile(r"(dask|tls)://([^/\s]+:\d+)")
CONNECT_WITHIN = 5.0
# A cluster that grows with its work starts its first worker only when it is asked for something.
FIRST_WORKER_WITHIN = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a worker is told besides its task. `root`: where the sources lie, if they were not sent."""

    root: Path | None
    archive: str
    fingerprint: str
    program: tuple[tuple[str, str], ...]
    out: Path | str
    token: tuple[str, bytes]


class Cluster(Processes):
    """Dask's workers for as long as it is open, instead of processes of our own."""

    def __init__(
        self, executor: str, out: Path | str, *, jobs: int | None = None, since: str | None = None,
        pdfs: bool = True, patience: float = FIRST_WORKER_WITHIN,
    ) -> None:  # fmt: skip
        super().__init__(opened, (), jobs or cores())
        self._out, self._since, self._pdfs, self._patience = out, since, pdfs, patience
        self._stack = contextlib.ExitStack()
        self._work: Work | None = None
        self._elsewhere = executor != EMBEDDED
        self._client: Any = None
        try:
            self._client = _connected(executor, self.jobs, self._stack)
        except BaseException:
            self._stack.close()
            raise

    def close(self) -> None:
        self._stack.close()

    @property
    def copies(self) -> int:
        """None beside this process: it has threads, and a copy would have what they are at."""
        return 1

    @property
    def within(self) -> int:
        """Elsewhere, each worker's other processors are for other tasks."""
        return 1 if self._elsewhere else self.jobs

    def run(
        self,
        function: Callable[..., Any],
        tasks: Sequence[Any],
        few: int = FEW,
        whose: Callable[[Any], str] | None = None,
    ) -> Iterator[Any]:
        """`function(held, task)` for every task, in order. Fewer than `few` are done right here."""
        if len(tasks) < few and self._work is None:
            for task in tasks:
                yield function(self.held, task)
            return
        from distributed import KilledWorker
        from distributed.client import ClosedClientError
        from distributed.comm.core import CommClosedError

        work = self._told()
        futures = self._client.map(partial(_do, function, work), list(tasks), pure=False)
        try:
            for future in futures:
                try:
                    yield future.result()
                except KilledWorker:
                    yield Killed()
                except (CancelledError, CommClosedError):
                    raise Ended(
                        "the Dask cluster was lost: sites that were put in place stay as they are, "
                        "and the next build makes the rest"
                    ) from None
                finally:
                    future.release()  # or Dask would make it again, should its worker end
        finally:
            # A cluster that is lost has nothing left to cancel, and must not hide that it is lost.
            with contextlib.suppress(ClosedClientError):
                self._client.cancel(futures)

    def _told(self) -> Work:
        """Everything where workers find it; one of them was asked whether it does."""
        if self._work is not None:
            return self._work
        assert isinstance(self.held, Opened)
        root, fingerprint = self._given
        token = (f"reach-{secrets.token_hex(8)}", secrets.token_bytes(16))
        output = place(self._out)
        try:
            output.write(*token)
        except OSError as error:
            raise CannotUse(
                f"nothing can be written to '{self._out}': {error.strerror or error}"
            ) from None
        self._stack.callback(_quietly, output.remove, token[0])
        work = Work(
            root=None if self._elsewhere else root,
            archive=self._sent(root) if self._elsewhere else "",
            fingerprint=fingerprint,
            program=program(pdfs=self._pdfs),
            out=self._out,
            token=token,
        )
        self._ask(work)
        self._work = work
        return work

    def _sent(self, root: Path) -> str:
        """The sources in every worker's own folder, under the name this gives back."""
        from distributed.diagnostics.plugin import UploadFile

        stated = self.held.repository.settings.since
        try:
            data = packed(root, opened_earlier(root, self._since, stated))
        except CannotSend as error:
            raise CannotUse(str(error)) from None
        name = f"clausebook-{hashlib.sha256(data).hexdigest()[:16]}.zip"
        with scratch("bundle") as folder:
            path = folder / name
            path.write_bytes(data)
            plugin = UploadFile(str(path), load=False)
        self._client.register_plugin(plugin, name=name)
        self._stack.callback(self._forget, name)
        return name

    def _forget(self, name: str) -> None:
        if self._client.status == "running":  # else there is nobody who could
            _quietly(self._client.unregister_worker_plugin, name)

    def _ask(self, work: Work) -> None:
        from distributed import KilledWorker

        future = self._client.submit(_check, work, pure=False)
        try:
            future.result(timeout=self._patience)
        except TimeoutError:
            raise CannotUse(
                f"no worker of the Dask cluster took up work within {self._patience:.0f} seconds: "
                "start some with `dask worker`"
            ) from None
        except (ImportError, RuntimeError, KilledWorker) as error:
            raise CannotUse(
                "the Dask cluster cannot run Clausebook: install the same version, with "
                f'"clausebook[scale]", where its scheduler and its workers run ({_reason(error)})'
            ) from None
        finally:
            future.cancel()


def _connected(executor: str, jobs: int, stack: contextlib.ExitStack) -> Any:
    try:
        import distributed
    except ImportError:
        raise CannotUse(
            '--executor needs packages that are not installed: pip install "clausebook[scale]"'
        ) from None
    for name in ("distributed", "distributed.client"):
        # What a user can act on is said by us, in a sentence.
        logging.getLogger(name).setLevel(logging.CRITICAL)
    dask: Any = distributed  # parts of it have no types
    if executor == EMBEDDED:
        cluster = stack.enter_context(
            dask.LocalCluster(
                n_workers=jobs,
                threads_per_worker=1,
                dashboard_address="127.0.0.1:0",
                silence_logs="ERROR",
            )
        )
        return stack.enter_context(dask.Client(cluster))
    found = ADDRESS.fullmatch(executor)
    if found is None:
        raise CannotUse(
            f"'{executor}' is neither '{EMBEDDED}' nor an address such as dask://scheduler:8786"
        )
    address = f"{'tcp' if found[1] == 'dask' else 'tls'}://{found[2]}"
    try:
        with warnings.catch_warnings():  # versions that matter are compared by each worker
            warnings.simplefilter("ignore")
            client = dask.Client(address, timeout=CONNECT_WITHIN, set_as_default=False)
        return stack.enter_context(client)
    except (OSError, ValueError, TypeError) as error:
        raise CannotUse(
            f"no Dask scheduler answers at {executor} ({_first_line(error)}): is it running, and can "
            "this machine reach it?"
        ) from None


def _quietly(function: Callable[..., object], *given: Any) -> None:
    """For tidying up after what may have ended badly."""
    with contextlib.suppress(Exception):
        function(*given)


def _reason(error: BaseException) -> str:
    """What was wrong at first, which is not what an error is that came of it."""
    while error.__cause__ is not None:
        error = error.__cause__
    return _first_line(error)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


# ------------------------------------------------------------------------------ on any machine


def program(*, pdfs: bool) -> tuple[tuple[str, str], ...]:
    """What the bytes of a site depend on besides its sources, by name."""
    found = {
        "Python": ".".join(python_version_tuple()[:2]),
        "Clausebook's own code": engine()[:12],
        # A folder without settings of its own: what is left is what comes with the program.
        "Clausebook's templates": template_digest(PACKAGE)[:12],
        "distributed": version("distributed"),
        **_packages("clausebook"),
    }
    if pdfs:
        from clausebook.pdf.press import recipe

        found["what makes PDFs"] = recipe()[:12]
    return tuple(sorted(found.items()))


def _packages(top: str) -> dict[str, str]:
    """Every package it stands on, and theirs, with its version; extras are not asked for."""
    found: dict[str, str] = {}
    waiting = [top]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        with contextlib.suppress(PackageNotFoundError):  # one for another system
            found[name] = version(name)
            for line in requires(name) or ():
                wanted = re.match(r"[A-Za-z0-9._-]+", line)
                if wanted and "extra ==" not in line:
                    waiting.append(re.sub(r"[-_.]+", "-", wanted[0]).lower())
    return found


# ------------------------------------------------------------------------------ in a worker

# MkDocs makes one site at a time in a process, however many threads a worker was given.
_alone = threading.Lock()
_unpacked: list[Path] = []


def _do(function: Callable[..., Any], work: Work, task: Any) -> Any:
    with _alone:
        return function(_opened(work), task)


def _check(work: Work) -> None:
    """Would tasks be done here as on the machine that gives them? CannotUse where not."""
    theirs, ours = dict(work.program), dict(program(pdfs="what makes PDFs" in dict(work.program)))
    differing = sorted(
        name for name in theirs.keys() | ours.keys() if theirs.get(name) != ours.get(name)
    )
    if differing:
        name = differing[0]
        more = f", and {len(differing) - 1} more differ" if len(differing) > 1 else ""
        raise CannotUse(
            f"a worker of the Dask cluster would make other pages: {name} is "
            f"{ours.get(name, 'missing')} there and {theirs.get(name, 'missing')} here{more}; "
            "install the same versions on both"
        )
    name, content = work.token
    try:
        reached = place(work.out).read(name) == content
    except Exception as error:  # each file system has errors of its own
        raise CannotUse(_unreached(work.out, _first_line(error))) from None
    if not reached:
        raise CannotUse(_unreached(work.out, "it is another one there"))


def _unreached(out: Path | str, why: str) -> str:
    kind = "address" if is_far(out) else "folder"
    return (
        f"a worker of the Dask cluster cannot reach the {kind} '{out}' ({why}): give --out a folder "
        "that all of them share, or an address such as s3://bucket/handbooks"
    )


@lru_cache(maxsize=1)
def _opened(work: Work) -> Opened:
    """The handbook as this worker holds it from its first task to its last."""
    _check(work)
    if work.root is not None:
        return opened(work.root, work.fingerprint)
    from distributed import get_worker

    folder = Path(get_worker().local_directory)
    root, earlier = unpacked((folder / work.archive).read_bytes(), folder, _unpacked)
    _unpacked[:] = [root]
    brought.clear()
    brought[root] = earlier
    return opened(root, work.fingerprint)
