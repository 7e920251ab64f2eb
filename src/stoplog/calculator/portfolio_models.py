"""The models that `portfolio_margin` knows: name → the type of its parameters and the function that answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from stoplog.portfolio import derive_pmrm, derive_pmrm_1, derive_pmrm_groups, derive_srm
from stoplog.portfolio.shape import Margin, Portfolio


class Model(NamedTuple):
    """`parameters` is a dataclass; `margin` takes a portfolio and an instance of it, and may raise `PortfolioError`."""

    parameters: type[Any]
    margin: Callable[[Portfolio, Any], Margin]


MODELS: dict[str, Model] = {
    derive_pmrm.MODEL: Model(derive_pmrm_groups.Parameters, derive_pmrm.margin),
    derive_pmrm_1.MODEL: Model(derive_pmrm_1.Parameters, derive_pmrm_1.margin),
    derive_srm.MODEL: Model(derive_srm.Parameters, derive_srm.margin),
}
"""By name, in the order in which they are listed."""
