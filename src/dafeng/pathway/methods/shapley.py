"""Shapley shares of a joint effect, by all coalitions or by sampled permutations."""

from collections.abc import Callable
from inspect import signature
from math import factorial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.evidence import DafengError, seed_sequence, track
from dafeng.pathway.methods.checks import finite, whole_number

Array = NDArray[np.float64]
# value(coalitions[row, player] of 0 and 1, draw[row]) -> [row] or [row, output]
ValueFunction = Callable[[Array, NDArray[np.int64]], Array]
# what callers may give: the same, without the draw, or on one frozenset of players
AnyValue = Callable[..., Any]

EXACT_PLAYERS = 10
# what `exact=True` may ask for: a million coalitions
MOST_EXACT_PLAYERS = 20
# rows handed to the value function at a time
ROWS = 16_384


class Shapley(NamedTuple):
    """Shapley shares `value[player, (output)]`, their standard error, and the worth of all players together.

    `first_in` is what a player adds when it comes alone, `last_in` what is lost when it alone is missing;
    NaN where the sampled permutations never place the player there. `group_value[group, (output)]` are the
    weighted sums over players that were asked for, with the standard error of the sum (shares of one
    permutation are dependent, so errors of players do not add up to it).
    """

    value: Array
    standard_error: Array
    total: Array
    total_standard_error: Array
    first_in: Array
    last_in: Array
    permutations: int
    group_value: Array
    group_standard_error: Array


def shapley(
    value: AnyValue,
    n_players: int,
    permutations: int = 2000,
    seed: int = 0,
    draws: int = 1,
    groups: ArrayLike | None = None,
    vectorised: bool | None = None,
    exact: bool | None = None,
) -> Shapley:
    """Compute the Shapley share of each player in value(all) − value(none).

    With at most 10 players (20 where `exact` is true) and a single draw all coalitions are evaluated (exact,
    standard error 0). Otherwise `permutations` orders are sampled in antithetic pairs (an order and its
    reverse) that share one draw; draws are taken in turn, so the shares add up to the mean of
    value(all) − value(none) over the draws used, to rounding. Standard errors are those of the pairs' means.

    Parameters
    ----------
    value : callable
        `value(coalitions, draw)` is vectorised: `coalitions[row, player]` holds 0 and 1, `draw[row]` the
        number of the draw (0 … draws − 1) that the row is to be evaluated with; it returns [row] or
        [row, output]. A function of one argument gets the coalitions alone.
    n_players, permutations, seed, draws : int
        Numbers of players, sampled orders and draws, and the seed of the orders.
    groups : array [group, player]
        Weights of sums of players (measures of a task, shares of a department).
    vectorised : bool
        With false `value` is called for one coalition at a time, a frozenset of player numbers. By default a
        function of one argument is tried with rows, and taken for one of sets where it does not return a
        value for each row.
    exact : bool
        Whether all coalitions of up to 20 players are evaluated.

    >>> gloves = lambda coalition: float(min(len(coalition & {0}), len(coalition & {1, 2})))
    >>> shapley(gloves, 3).value.round(4)
    array([0.6667, 0.1667, 0.1667])

    Raises
    ------
    DafengError
        For fewer than one player, fewer than two pairs of permutations, an `exact` answer for more than 20
        players or several draws, or a value function that returns another number of rows or no numbers.

    References
    ----------
    Shapley 1953; sampling by Castro, Gómez, Tejada 2009, Computers & OR 36:1726,
    doi:10.1016/j.cor.2008.04.004; antithetic orders after Mitchell et al. 2022, JMLR 23(43).
    """
    n = whole_number("shapley: n_players", n_players, 1)
    orders = whole_number("shapley: permutations", permutations, 4)
    draws, seed = whole_number("shapley: draws", draws, 1), whole_number("seed", seed, 0)
    weights = np.zeros((0, n)) if groups is None else finite("groups", groups, f"weights [group, {n}]")
    if weights.ndim != 2 or weights.shape[1] != n:
        raise DafengError.at("groups", f"shape {weights.shape}", f"[group, {n}]")
    if exact and (n > MOST_EXACT_PLAYERS or draws > 1):
        found = f"{n} players, {draws} draws"
        raise DafengError.at(
            "shapley: exact",
            found,
            f"at most {MOST_EXACT_PLAYERS} players and one draw",
            "leave exact out: sampled",
        )
    function = _adapted(value, vectorised, n)
    few = n <= EXACT_PLAYERS and draws == 1
    if few if exact is None else exact:
        return _exact(function, n, weights)
    return _sampled(function, n, orders // 2, seed, draws, weights)


def _adapted(value: AnyValue, vectorised: bool | None, n: int) -> ValueFunction:
    """`value` as a function of coalitions and draws."""
    if not callable(value):
        raise DafengError.at("shapley: value", repr(value), "a function of coalitions")

    def one_by_one(coalitions: Array, draw: NDArray[np.int64]) -> Array:
        del draw
        sets = [frozenset(np.flatnonzero(row).tolist()) for row in coalitions]
        known = {coalition: value(coalition) for coalition in dict.fromkeys(sets)}
        return finite(
            "shapley: value", [known[coalition] for coalition in sets], "a number for each coalition"
        )

    def without_draw(coalitions: Array, draw: NDArray[np.int64]) -> Array:
        del draw
        return finite("shapley: value", value(coalitions), "[row] or [row, output]")

    if vectorised is None:
        vectorised = _takes_draws(value) or _takes_rows(value, n)
    if not vectorised:
        return one_by_one
    return value if _takes_draws(value) else without_draw


def _takes_draws(value: AnyValue) -> bool:
    """Return whether `value` takes the draw as its second argument."""
    try:
        parameters = signature(value).parameters.values()
    except (TypeError, ValueError):  # functions written in C tell no signature
        return False
    needed = [
        p
        for p in parameters
        if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    return len(needed) > 1


def _takes_rows(value: AnyValue, n: int) -> bool:
    """Return whether `value` answers rows of coalitions row by row, or wants one set at a time."""
    # more rows than players, so that no sum over rows looks like an answer
    rows = np.zeros((n + 2, n))
    rows[-1] = 1.0
    try:
        return np.shape(value(rows))[:1] == (n + 2,)
    except (TypeError, ValueError, IndexError, KeyError, AttributeError):
        return False


def _evaluate(value: ValueFunction, coalitions: Array, draw: NDArray[np.int64]) -> Array:
    worth = finite("shapley: value", value(coalitions, draw), "[row] or [row, output]")
    if worth.shape[:1] != draw.shape:
        raise DafengError.at(
            "shapley: value", f"shape {worth.shape}", f"{draw.size} rows: [row] or [row, output]"
        )
    return worth


def _exact(value: ValueFunction, n: int, groups: Array) -> Shapley:
    codes = np.arange(2**n)
    members = ((codes[:, None] >> np.arange(n)) & 1).astype(float)
    parts = [members[begin : begin + ROWS] for begin in range(0, codes.size, ROWS)]
    worth = np.concatenate([_evaluate(value, part, np.zeros(len(part), dtype=np.int64)) for part in parts])
    size = members.sum(axis=1).astype(int)
    weights = np.array([factorial(k) * factorial(n - k - 1) / factorial(n) for k in range(n)])
    shares = []
    for player in range(n):
        without = codes[members[:, player] == 0]
        gain = worth[without | (1 << player)] - worth[without]
        shares.append(np.tensordot(weights[size[without]], gain, axes=1))
    result = np.stack(shares)
    zero = np.zeros_like(result)
    singles = 1 << np.arange(n)
    total = worth[-1] - worth[0]
    summed = np.tensordot(groups, result, axes=1)
    first, last = worth[singles] - worth[0], worth[-1] - worth[codes[-1] ^ singles]
    return Shapley(
        result, zero, total, np.zeros_like(total), first, last, factorial(n), summed, np.zeros_like(summed)
    )  # fmt: skip


def _sampled(value: ValueFunction, n: int, pairs: int, seed: int, draws: int, groups: Array) -> Shapley:
    generator = np.random.default_rng(seed_sequence(seed, "shapley"))
    per_chunk = max(1, ROWS // (2 * n))
    steps = np.arange(1, n)
    gains: list[Array] = []
    firsts: list[Array] = []
    lasts: list[Array] = []
    for begin in track("shapley", range(0, pairs, per_chunk)):
        count = min(per_chunk, pairs - begin)
        orders = generator.permuted(np.broadcast_to(np.arange(n), (count, n)), axis=1)
        draw = (np.arange(begin, begin + count) % draws).astype(np.int64)
        rank = np.empty_like(orders)
        np.put_along_axis(rank, orders, np.broadcast_to(np.arange(n), orders.shape), axis=1)
        # after k steps forward the first k of the order are in; backward, the last k
        forward = rank[:, None, :] < steps[None, :, None]
        backward = rank[:, None, :] >= n - steps[None, :, None]
        ends = np.broadcast_to(np.array([0.0, 1.0])[None, :, None], (count, 2, n))
        rows = np.concatenate([ends, forward, backward], axis=1).astype(float)
        worth = _evaluate(value, rows.reshape(-1, n), np.repeat(draw, rows.shape[1]))
        worth = worth.reshape(count, rows.shape[1], *worth.shape[1:])
        none, every = worth[:, :1], worth[:, 1:2]
        up = np.diff(np.concatenate([none, worth[:, 2 : n + 1], every], axis=1), axis=1)
        down = np.diff(np.concatenate([none, worth[:, n + 1 :], every], axis=1), axis=1)
        tail = (1,) * (worth.ndim - 2)
        place = rank.reshape(*rank.shape, *tail)
        by_player = 0.5 * (
            np.take_along_axis(up, place, axis=1) + np.take_along_axis(down, n - 1 - place, axis=1)
        )
        gains.append(by_player)
        firsts.append(_by_position(orders, up[:, 0], down[:, 0], n))
        lasts.append(_by_position(orders[:, ::-1], up[:, -1], down[:, -1], n))
    samples = np.concatenate(gains)
    share, error = samples.mean(axis=0), samples.std(axis=0, ddof=1) / np.sqrt(len(samples))
    sums = samples.sum(axis=1)
    grouped = np.tensordot(groups, samples, axes=(1, 1))
    return Shapley(
        share,
        error,
        sums.mean(axis=0),
        sums.std(axis=0, ddof=1) / np.sqrt(len(samples)),
        _mean_of(firsts),
        _mean_of(lasts),
        2 * len(samples),
        np.tensordot(groups, share, axes=1),
        grouped.std(axis=1, ddof=1) / np.sqrt(len(samples)),
    )


def _by_position(orders: NDArray[np.int64], up: Array, down: Array, n: int) -> Array:
    """Sums and counts of gains by the player at the first (and, reversed, the last) place: [2, player, …]."""
    sums = np.zeros((2, n, *up.shape[1:]))
    for players, gain in ((orders[:, 0], up), (orders[:, -1], down)):
        np.add.at(sums[0], players, gain)
        np.add.at(sums[1], players, np.ones_like(gain))
    return sums


def _mean_of(parts: list[Array]) -> Array:
    sums, counts = np.sum(parts, axis=0)
    return np.asarray(np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0))
