import jax
import numpy as np
import pytest

from remnant.dynamics.deterministic.precision import assert_double
from remnant.dynamics.model.draw import draw
from remnant.dynamics.model.packed import pack
from remnant.dynamics.model.presets import preset
from remnant.dynamics.model.start import baseline
from remnant.inference.problem.packing import model_of


@pytest.mark.parametrize("name", ["del5q-lenalidomide", "cml-imatinib", "mpn-interferon"])
@pytest.mark.parametrize("stages", [1, 3])
def test_a_patient_is_laid_out_as_the_engines_lay_him_out(name, stages):
    """The differentiable twin gives the arrays of `pack` and the start of `baseline`, over prior draws."""
    assert_double()
    chosen = preset(name)
    drugs = tuple(drug.name for drug in chosen.drugs)
    uniforms = np.random.default_rng(5).uniform(0.001, 0.999, (40, len(chosen.priors())))
    drawn = draw(chosen, uniforms)
    packed = pack(drawn.parameters, drawn.effects)
    from remnant.dynamics.model.parameters import Structure

    start = baseline(drawn.parameters, **vars(drawn.start), structure=Structure(stages=stages))
    values = {n: np.asarray(prior.quantile(uniforms[:, k])) for k, (n, prior) in enumerate(chosen.priors())}
    twin = jax.vmap(lambda v: model_of(v, drugs, stages=stages))(values)
    for ours, theirs in zip(twin, (packed.rates, packed.effects, start), strict=True):
        np.testing.assert_allclose(np.asarray(ours), theirs, rtol=1e-13, atol=1e-300)


def test_without_a_drug_there_is_no_effect():
    chosen = preset("del5q-lenalidomide")
    values = {name: np.asarray(float(prior.quantile(0.5))) for name, prior in chosen.priors()}
    _, effects, _ = model_of(values, ())
    assert effects.shape == (0, 5, 3)
