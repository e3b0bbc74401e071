"""Run one of the project's tasks; first set up whatever it needs.

    python3 tools/run.py TASK [ARGUMENTS]

`make TASK` calls this. Without make it works the same, on Windows too (`py tools/run.py TASK`).
"""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        f"Clausebook needs Python 3.11 or newer, and this is {sys.version.split()[0]} "
        f"({sys.executable}). Install a newer one, or name it: make check PYTHON=python3.12"
    )

import shutil
from collections.abc import Callable

import bootstrap

UV = "uv==0.13.8"
# A file at a time: what its tests share is made once.
ALL_CORES = ("-n", "auto", "--dist", "loadfile")


def help_(*arguments: str) -> int:
    """Show this list."""
    print("make TASK, or without make: python3 tools/run.py TASK\n")
    for name, task in TASKS.items():
        print(f"  {name:<8} {(task.__doc__ or '').splitlines()[0]}")
    return 0


def setup(*arguments: str) -> int:
    """Make .venv and install what is locked (every other task does so when needed)."""
    bootstrap.set_up()
    print(f"ready: {bootstrap.VENV}")
    return 0


def check(*arguments: str) -> int:
    """Check every policy and organisation file."""
    return _run("clausebook", "check", *arguments)


def site(*arguments: str) -> int:
    """Build every handbook into site/ and say where to look; ARGS=--no-pdf makes pages only."""
    if "--no-pdf" not in arguments:
        bootstrap.need(bootstrap.PANGO)
    return _run("clausebook", "build", *arguments)


def test(*arguments: str) -> int:
    """Run the tests on all cores; ARGS="-k word" runs some, in one process."""
    _need_for_tests()
    return _run("pytest", *(arguments or ALL_CORES))


def cover(*arguments: str) -> int:
    """Run the tests and print which lines of the package they run."""
    _need_for_tests()
    # The package is a pytest plugin, imported before pytest-cov could watch it: hence `coverage`.
    _run("coverage", "erase")
    failed = _run("coverage", "run", "-m", "pytest", *arguments)
    return failed or _run("coverage", "combine", "--quiet") or _run("coverage", "report")


def _need_for_tests() -> None:
    for what in (bootstrap.CHROMIUM, bootstrap.JAVA, bootstrap.PANGO):
        bootstrap.need(what)


def lint(*arguments: str) -> int:
    """Check formatting, lint and types."""
    return max(_run("ruff", "format", "--check"), _run("ruff", "check"), types())


def format_(*arguments: str) -> int:
    """Format the code and mend what the linter can mend."""
    return max(_run("ruff", "check", "--fix-only"), _run("ruff", "format"))


def types(*arguments: str) -> int:
    """Check types only."""
    return _run("mypy", *arguments)


def schemas(*arguments: str) -> int:
    """Write the JSON Schemas of the files people write."""
    return _run("clausebook", "schema", "--out", "schemas", *arguments)


def exports(*arguments: str) -> int:
    """Build exported handbooks with MkDocs, ProperDocs and Zensical; ARGS="zensical" with that alone."""
    return _run("python", "tools/exports.py", *arguments)


def bench(*arguments: str) -> int:
    """Measure it beside other tools, for most of an hour; ARGS=--small takes a minute."""
    bootstrap.need(bootstrap.PANGO)
    return _run("python", "benchmarks/bench.py", *arguments)


def lock(*arguments: str) -> int:
    """Write the lock again after a change of dependencies; ARGS=--upgrade takes newer versions."""
    bootstrap.set_up()
    uv = bootstrap.ROOT / ".cache" / "uv"
    bootstrap.pip("install", "--upgrade", "--target", str(uv), UV)
    return bootstrap.run(
        *(shutil.which("uv", path=str(uv / "bin")) or "uv", "pip", "compile", "pyproject.toml"),
        *("--extra", "dev", "--universal", "--python-version", "3.11", "--generate-hashes"),
        *("--no-config", "--quiet", "--custom-compile-command", "make lock"),
        *("--output-file", bootstrap.LOCK.relative_to(bootstrap.ROOT).as_posix(), *arguments),
    )


def clean(*arguments: str) -> int:
    """Remove the site, the caches and .venv."""
    for made in ("site", "dist", ".cache", ".hypothesis", ".venv", "benchmarks/.peers"):
        shutil.rmtree(bootstrap.ROOT / made, ignore_errors=True)
    return 0


def _run(program: str, *arguments: str) -> int:
    """The exit code of a program from the environment, which is set up first."""
    bootstrap.set_up()
    return bootstrap.run(program, *arguments)


TASKS: dict[str, Callable[..., int]] = {
    task.__name__.rstrip("_"): task
    for task in (
        help_,
        setup,
        site,
        check,
        test,
        cover,
        lint,
        format_,
        types,
        schemas,
        exports,
        bench,
        lock,
        clean,
    )
}


def main(name: str = "help", *arguments: str) -> int:
    if name not in TASKS:
        print(f"There is no task called '{name}'.", file=sys.stderr)
        return help_() or 2
    try:
        return TASKS[name](*arguments)
    except bootstrap.CannotSetUp as problem:
        print(f"{name}: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
