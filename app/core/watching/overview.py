"""What an operator is shown: a moment, and what is wrong in it."""

from dataclasses import dataclass

from app.core.watching.observed import Observed
from app.core.watching.troubles import InstallationTrouble


@dataclass(frozen=True, slots=True)
class Overview:
    """The moment `number`, each higher than the one before.

    `unread` are the sources that did not answer last: `workers`, `parts`, `today` (money), `replays`, `reviews`,
    `letters`.
    """

    number: int
    seen: Observed
    troubles: tuple[InstallationTrouble, ...] = ()
    unread: tuple[str, ...] = ()
