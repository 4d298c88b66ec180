"""How a person wants rare classes to be made up for, as the browser keeps it."""

from typing import Annotated

from pydantic import Field, ValidationError

from core.types import BalanceMethod
from dashboard.schemas.messages import Message

MOST = 1_000_000


class BalanceChoice(Message):
    """Chosen in Balance, where it is shown again; the training form starts from it."""

    method: BalanceMethod = BalanceMethod.CLASS_WEIGHTS
    target: Annotated[int, Field(gt=0, lt=MOST)] | None = None
    """Images per class that augmentation fills up to; None: as many as the largest class has."""


def read(raw: object) -> BalanceChoice:
    """Return what a browser has kept; the default where that cannot be read."""
    try:
        return BalanceChoice.model_validate(raw)
    except ValidationError:
        return BalanceChoice()
