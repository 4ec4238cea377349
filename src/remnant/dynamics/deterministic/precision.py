"""Double precision in JAX, or a loud refusal."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from remnant.errors import Fault, PrecisionError

jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]


def assert_double() -> None:
    """Refuse to compute where JAX would silently round to single precision.

    Importing this module turns double precision on. A program that turns it off again afterwards, or runs
    under `jax.enable_x64(False)`, is told so.

    Raises
    ------
    PrecisionError
        If a new JAX array would be float32: a clone of one cell in ten million is then noise.
    """
    if jnp.result_type(float) != jnp.float64:
        hint = "remove the line that turns jax_enable_x64 off, or unset JAX_ENABLE_X64"
        raise PrecisionError([Fault("JAX", None, "jax_enable_x64", "off (float32)", "on (float64)", hint)])
