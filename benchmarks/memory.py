"""MIB: memory is in use, and free again, just before something is measured.

A virtual machine gives its host back what has been free for a while, and asks for it again page by page
when it is next touched. Here that took 2.5 seconds for each gigabyte, a third of the processor time of
a build of a hundred schools, and none of it is the program's doing: where memory is a machine's own, or was
in use a moment ago, it takes a tenth of that. Whoever is measured finds it so.
"""

import mmap
import sys

# Of a build of a hundred schools: what it writes, and what its processes hold.
ENOUGH = 2560
_PAGE = 4096


def main() -> None:
    size = int(sys.argv[1]) << 20
    with mmap.mmap(-1, size) as taken:
        taken[::_PAGE] = b"\1" * (size // _PAGE)


if __name__ == "__main__":
    main()
