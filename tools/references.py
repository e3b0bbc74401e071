"""Makes the reference pictures of PDF pages again: python tools/references.py, then look at each of them.

Which pages there are, and how alike a page and its picture must be, is in tests/pdf/test_looks.py.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    tests = ["tests/pdf/test_looks.py", "-k", "reference", "--update"]
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", *tests], cwd=ROOT)
    print(f"look at every picture in {Path('tests', 'pdf', 'reference')}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
