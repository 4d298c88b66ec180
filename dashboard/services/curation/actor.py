"""Who decides: the name that the ledger keeps beside a decision."""

import getpass

from core.types import spelling

_NOBODY = "someone"


def name(given: str = "") -> str:
    """Return the given name in its plain form; without one, the system user's.

    The ledger refuses a name that is too long.
    """
    return spelling.plain(given) or _system_user()


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run under a number that has no account.
        return _NOBODY
