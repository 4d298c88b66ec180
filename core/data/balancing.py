"""The balancing plan: how many images of each class an epoch shows, and the classes' weights."""

from collections.abc import Mapping

from core.types import BalanceMethod, BalancePlan, ClassId


def plan(
    counts: Mapping[ClassId, int], method: BalanceMethod, target: int | None = None
) -> BalancePlan:
    """Return how many images of each class an epoch shows, and the classes' loss weights.

    `counts` are training images. Class weights are inverse to the class's share, with a mean of
    one over the images. Balanced sampling keeps the epoch's length. Augmentation adds augmented
    copies to every class that has fewer than `target` images (None: than the largest class).
    A class without images stays without.
    """
    present = {key: count for key, count in counts.items() if count > 0}
    total = sum(present.values())
    shown = dict(counts)
    weights = dict.fromkeys(counts, 1.0)
    if method is BalanceMethod.CLASS_WEIGHTS:
        weights |= {key: total / (len(present) * count) for key, count in present.items()}
    elif method is BalanceMethod.BALANCED_SAMPLING:
        shown |= dict.fromkeys(present, round(total / max(1, len(present))))
    elif method is BalanceMethod.AUGMENTATION:
        goal = max(present.values(), default=0) if target is None else target
        shown |= {key: max(count, goal) for key, count in present.items()}
    return BalancePlan(method=method, target=shown, weights=weights)
