"""Published results, which are packed as gzip does: laid out plainly for who reads plain files.

They may be a stranger's: what would be too much for results is never held or written.
"""

from __future__ import annotations

import gzip
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

#: The suffix of a file that is packed.
PACKED = ".gz"
#: A result file is never longer, packed or not.
MOST_BYTES = 32 * 2**20


class PackedError(Exception):
    """One line that says why a file cannot be unpacked, without its name."""


def unpacked(path: Path) -> bytes:
    """What is in a packed file; raises OSError too where it cannot be read."""
    try:
        with gzip.open(path) as file:
            content = file.read(MOST_BYTES + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise PackedError(f"not a result file: it cannot be unpacked: {error}") from None
    if len(content) > MOST_BYTES:
        raise PackedError("too much for results once it is unpacked")
    return content


def unpack(files: Iterable[Path], folder: Path) -> None:
    """Write packed files to a folder, under their names without the suffix."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        (folder / file.name[: -len(PACKED)]).write_bytes(unpacked(file))


@contextmanager
def laid_out(place: Path) -> Iterator[Path]:
    """A run as plain files: itself, or a copy of a packed one, which goes when it has been read."""
    files = sorted(place.glob(f"*/*/*.json{PACKED}"))
    if not files:
        yield place
        return
    with tempfile.TemporaryDirectory(prefix="syncproof-") as name:
        copy = Path(name)
        for file in files:
            try:
                unpack([file], copy / file.parent.parent.name / file.parent.name)
            except (OSError, PackedError) as error:
                raise PackedError(f"{file}: {error}") from None
        yield copy
