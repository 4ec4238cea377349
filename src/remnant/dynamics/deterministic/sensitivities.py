"""Forward sensitivities attached to a function, so that reverse mode does not walk back through its steps.

A patient's course depends on six to eight numbers of his own, however many a hierarchical model has. Carrying
those directions forward keeps no step in memory and is exact: it is the derivative of the numbers that were
computed. Through `trajectory`, whose scan is linearised on all steps at once, plain reverse mode is faster;
`benchmarks/bench_dynamics.py` has both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array
from jax.custom_derivatives import SymbolicZero


def with_sensitivities(function: Callable[..., Array]) -> Callable[..., Array]:
    """Return the same function of (theta, *rest), whose gradient in theta is carried forward.

    Parameters
    ----------
    function : callable
        Pure: theta, shape (directions,), and further arguments without gradient to an array or a pytree of
        arrays.

    Returns
    -------
    callable
        Composes with `jax.vmap` over patients, `jax.jit` and `jax.grad`.

    Examples
    --------
    >>> import jax
    >>> growth = with_sensitivities(lambda theta, months: jax.numpy.exp(theta[0] * months))
    >>> jax.grad(lambda theta: growth(theta, 2.0))(jax.numpy.array([0.5])).round(4).tolist()
    [5.4366]
    """

    @jax.custom_jvp
    def wrapped(theta: Array, *rest: Any) -> Any:
        return function(theta, *rest)

    def rule(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
        theta, *rest = primals
        moved, *others = tangents
        if any(not isinstance(leaf, SymbolicZero) for leaf in jax.tree.leaves(others, is_leaf=_zero)):
            raise TypeError("only the first argument has sensitivities: move what varies into it")

        def push(direction: Array) -> tuple[Any, Any]:
            return jax.jvp(lambda x: function(x, *rest), (theta,), (direction,))

        value, slopes = jax.vmap(push, out_axes=(None, -1))(jnp.eye(theta.size, dtype=theta.dtype))
        return value, jax.tree.map(lambda slope: slope @ moved, slopes)

    wrapped.defjvp(rule, symbolic_zeros=True)
    return wrapped


def _zero(leaf: Any) -> bool:
    return isinstance(leaf, SymbolicZero)
