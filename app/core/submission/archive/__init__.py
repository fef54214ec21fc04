"""An archive's bytes as members, under limits; nothing is ever written to disk.

What is certainly not the student's source is counted and not unpacked. Whatever could hurt is refused with a
reason: bombs, paths and links that leave the tree, devices, encryption, names that are one file on some systems.
"""

from app.core.submission.archive.formats import FORMATS, is_archive, open_nested, read_archive
from app.core.submission.archive.ledger import Ledger, Member, Unpacked, size_limit

__all__ = ["FORMATS", "Ledger", "Member", "Unpacked", "is_archive", "open_nested", "read_archive", "size_limit"]
