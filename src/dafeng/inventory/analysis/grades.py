"""Grades of an account: how much of it rests on what kind of data."""

from dafeng.inventory.accounts.model import Inventory


def grade_shares(inventory: Inventory, account: str) -> list[tuple[str, float]]:
    """Return the share of an account's absolute amounts by grade in the base year, the best grade first.

    Parameters
    ----------
    inventory
        Inventory of a place.
    account
        Account A, B or C.

    Returns
    -------
    Grade and its share [1]; the shares add to 1.
    """
    part = inventory.part(account, inventory.base_year)
    amounts = part["value"].abs().groupby(part["grade"].astype(str)).sum()
    whole = float(amounts.sum())
    return (
        [(str(grade), float(amount) / whole) for grade, amount in amounts.sort_index().items()]
        if whole > 0
        else []
    )
