"""Quantities as the downward API gives them. Pure."""

from decimal import ROUND_CEILING, Decimal

from gitops_lab.kube.quantities import amount


def divided(text: object, divisor: object) -> str:
    """A quantity in units of the divisor, rounded up, as the downward API gives it."""
    unit = amount(divisor or "1") or Decimal(1)
    return str(int((amount(text) / unit).to_integral_value(ROUND_CEILING)))
