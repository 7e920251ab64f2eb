"""The models that `portfolio_margin` knows: name → the type of its parameters and the function that answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from stoplog.portfolio import bybit, deribit, derive_pmrm, derive_pmrm_1, derive_pmrm_groups, derive_srm, okx, own
from stoplog.portfolio.shape import Margin, Payoff, Portfolio


class Model(NamedTuple):
    """`parameters` is a dataclass; `margin` takes a portfolio and an instance of it, and may raise `PortfolioError`.

    `payoff` is that of positions where the question does not say.
    """

    parameters: type[Any]
    margin: Callable[[Portfolio, Any], Margin]
    payoff: Payoff = "linear"


MODELS: dict[str, Model] = {
    derive_pmrm.MODEL: Model(derive_pmrm_groups.Parameters, derive_pmrm.margin),
    derive_pmrm_1.MODEL: Model(derive_pmrm_1.Parameters, derive_pmrm_1.margin),
    derive_srm.MODEL: Model(derive_srm.Parameters, derive_srm.margin),
    deribit.MODEL: Model(deribit.Parameters, deribit.margin, "inverse"),
    okx.MODEL: Model(okx.Parameters, okx.margin),
    bybit.MODEL: Model(bybit.Parameters, bybit.margin),
    own.MODEL: Model(own.Parameters, own.margin),
}
"""By name, in the order in which they are listed."""
