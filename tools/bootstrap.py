"""From a machine with Python and nothing else to an environment that can run every task.

In: requirements/lock.txt and pyproject.toml. Out: .venv, with exactly those versions and the
project itself. A stamp in .venv says what it was made from, and is written last: an environment
without one was never finished, and is made again.
"""

import contextlib
import hashlib
import importlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "lock.txt"
VENV = ROOT / ".venv"
PROGRAMS = VENV / ("Scripts" if sys.platform == "win32" else "bin")
PYTHON = PROGRAMS / ("python.exe" if sys.platform == "win32" else "python")
STAMP = VENV / "clausebook-stamp.json"


class CannotSetUp(Exception):
    """Something is missing that only the user can bring; the message says what to do."""


@dataclass(frozen=True)
class SystemNeed:
    """Something pip cannot install."""

    name: str
    packages: tuple[str, ...]  # Debian's and Ubuntu's
    present: Callable[[], bool]
    elsewhere: str


def set_up() -> None:
    """Make or bring up to date the environment; instant when it is."""
    if _read_stamp() == _stamp():
        return
    with _alone():
        made = _read_stamp()
        wanted = _stamp()
        if made == wanted:  # another task made it while this one waited
            return
        if any(made.get(key) != wanted[key] for key in ("root", "python")) or not _has_pip():
            _make_venv()
        STAMP.unlink(missing_ok=True)
        print("Installing what requirements/lock.txt lists (under a minute) …", flush=True)
        pip("install", "--require-hashes", "--requirement", str(LOCK))
        pip("install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
        unfinished = STAMP.with_suffix(".new")
        finished = _stamp() | {"inputs": wanted["inputs"]}  # as read before: an edit since counts
        unfinished.write_text(json.dumps(finished), encoding="utf-8")
        unfinished.replace(STAMP)


def need(what: SystemNeed) -> None:
    """Install a system package when it is missing and this machine lets us."""
    set_up()  # some are looked for with the environment's Python
    if what.present():
        return
    if _apt_install(what.packages) and what.present():
        return
    raise CannotSetUp(
        f"{what.name} is missing. On Debian or Ubuntu: "
        f"sudo apt-get install {' '.join(what.packages)}. {what.elsewhere}"
    )


def run(*command: str) -> int:
    """Run a command in the environment, from the project's folder; its exit code."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONPATH")}
    environment["VIRTUAL_ENV"] = str(VENV)
    environment["PATH"] = f"{PROGRAMS}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    program = shutil.which(command[0], path=environment["PATH"])
    if program is None:
        raise CannotSetUp(f"'{command[0]}' is not in .venv: run 'make clean' and try again.")
    code = subprocess.run([program, *command[1:]], cwd=ROOT, env=environment).returncode
    return code if code >= 0 else 128 - code  # killed by a signal: what a shell would say


def pip(*arguments: str) -> None:
    """Run the environment's pip; its output is shown only when it fails."""
    quiet = ("--disable-pip-version-check", "--no-input")
    if problem := _output_of_failure(PYTHON, "-m", "pip", *quiet, *arguments):
        end = "\n".join(problem.splitlines()[-15:])
        raise CannotSetUp(
            f"pip could not install what is needed. It said:\n\n{end}\n\n"
            "If that is about the network, see that it is up (a proxy may be needed) and try again."
        )


def _stamp() -> dict[str, str]:
    """What the environment is made from. A moved folder or another Python needs a new one."""
    inputs = hashlib.sha256(LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes())
    return {"root": str(ROOT), "python": str(PYTHON.resolve()), "inputs": inputs.hexdigest()}


def _read_stamp() -> dict[str, str]:
    """What the environment was made from; empty when it is missing, unfinished or damaged."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _make_venv() -> None:
    print(f"Making .venv with Python {sys.version.split()[0]} …", flush=True)
    if importlib.util.find_spec("ensurepip") is None:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        _apt_install((package,))
        importlib.invalidate_caches()
        if importlib.util.find_spec("ensurepip") is None:
            raise CannotSetUp(
                f"this Python ({sys.executable}) comes without venv and pip. On Debian or Ubuntu: "
                f"sudo apt-get install {package}. Elsewhere, install Python from python.org."
            )
    # Not sys.executable: that may be the one in .venv, which is about to be removed.
    python = getattr(sys, "_base_executable", sys.executable)
    if problem := _output_of_failure(python, "-m", "venv", "--clear", VENV):
        raise CannotSetUp(f"could not make .venv. Python said:\n\n{problem}")


def _has_pip() -> bool:
    return PYTHON.exists() and not _output_of_failure(PYTHON, "-m", "pip", "--version")


def _output_of_failure(*command: str | Path) -> str:
    """Run a command; nothing when it succeeds, what it printed when it fails."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    return (done.stdout.strip() or f"exit code {done.returncode}") if done.returncode else ""


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Wait while another task sets up (`make -j`)."""
    (ROOT / ".cache").mkdir(exist_ok=True)
    with open(ROOT / ".cache" / "setup.lock", "w", encoding="utf-8") as file:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _apt_install(packages: tuple[str, ...]) -> bool:
    """Install Debian packages as root or by passwordless sudo; False where that cannot be."""
    if sys.platform == "win32" or not shutil.which("apt-get"):
        return False
    root: list[str] = []
    if os.geteuid() != 0:
        root = ["sudo", "-n"]
        if not shutil.which("sudo") or _output_of_failure(*root, "true"):
            return False
    apt = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-oDPkg::Lock::Timeout=300"]
    install = [*apt, "install", "--yes", "--no-install-recommends", *packages]
    print(f"Installing {' '.join(packages)} with apt-get …", flush=True)
    if not _output_of_failure(*install):
        return True
    _output_of_failure(*apt, "update")  # a new machine has no package lists yet
    if problem := _output_of_failure(*install):
        print(problem, file=sys.stderr)
        return False
    return True


def _has_pango() -> bool:
    """Whether WeasyPrint finds its libraries; without HarfBuzz-Subset, each run's bytes differ."""
    warning = "error:HarfBuzz-Subset:DeprecationWarning"
    return not _output_of_failure(PYTHON, "-W", warning, "-c", "import weasyprint")


def _has_chromium() -> bool:
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return any(shutil.which(name) for name in names) or any(
        Path(place).exists()
        for place in (
            "/Applications/Chromium.app",
            "/Applications/Google Chrome.app",
            "C:/Program Files/Google/Chrome/Application/chrome.exe",
        )
    )


def _has_java() -> bool:
    # On macOS, a program called java is always there, and says how to get one.
    return bool(shutil.which("java")) and not _output_of_failure("java", "-version")


PANGO = SystemNeed(
    name="Pango, which lays out the PDFs,",
    packages=("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"),
    present=_has_pango,
    elsewhere="On macOS: brew install pango. On Windows: use WSL.",
)
CHROMIUM = SystemNeed(
    name="Chromium, in which the browser tests run,",
    packages=("chromium",),
    present=_has_chromium,
    elsewhere="Elsewhere: install Chromium or Google Chrome.",
)
JAVA = SystemNeed(
    name="Java, in which the HTML validator runs,",
    packages=("default-jre-headless",),
    present=_has_java,
    elsewhere="On macOS: brew install openjdk. On Windows: winget install EclipseAdoptium.Temurin.21.JRE.",
)
