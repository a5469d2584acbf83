"""Statistic and model quantity that represent an indicator named in a plan."""

from dafeng.factors import Indicator, indicator_named


def indicator_of(plan_indicator: str) -> Indicator:
    """Return the indicator as a plan names it.

    One without statistic and model quantity where the table has none.

    Parameters
    ----------
    plan_indicator
        Name in the plan.

    Returns
    -------
    Indicator of the table, or a bare one.
    """
    return indicator_named(plan_indicator) or Indicator("", plan_indicator, plan_indicator)
