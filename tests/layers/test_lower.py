"""What layers compute, by their formulas, on the slow twin of the engine."""

import math
from typing import Any

import numpy as np
import pytest

from netstudio.graph.tensor import TensorSpec
from netstudio.layers import LAYERS
from netstudio.layers.recurrent import Recurrent
from tests.numpy_ops import NumpyOps

RNG = np.random.default_rng(3)
X = RNG.normal(size=(4, 9, 7, 6)) * 3


def apply(name: str, *inputs: Any, training: bool = False, weights: Any = None, **params: Any) -> Any:
    """The output, whose shape must be the one inferred."""
    layer = LAYERS[name](**params)
    result = layer.lower(NumpyOps(weights, training), *inputs)
    inferred = layer.infer(*(TensorSpec(x.shape[1:]) for x in inputs))
    assert isinstance(inferred, TensorSpec)
    assert result.shape == (len(inputs[0]), *inferred.shape)
    return result


def random_weights(name: str, shape: tuple[int, ...], **params: Any) -> dict[str, Any]:
    return {k: RNG.normal(size=w.shape) for k, w in LAYERS[name](**params).weights(TensorSpec(shape)).items()}


def test_dense() -> None:
    weights = random_weights("Dense", (5,), units=3)
    x = RNG.normal(size=(4, 2, 5))
    expected = x @ weights["kernel"] + weights["bias"]
    np.testing.assert_allclose(apply("Dense", x, units=3, weights=weights), expected)
    np.testing.assert_allclose(apply("Dense", x, units=3, activation="tanh", weights=weights), np.tanh(expected))
    bare = apply("Dense", x, units=3, use_bias=False, weights=weights)
    np.testing.assert_allclose(bare, x @ weights["kernel"])


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"padding": "same"},
        {"padding": "same", "strides": [2, 3]},
        {"strides": 2, "kernel_size": [2, 3]},
        {"dilation_rate": [2, 1], "padding": "same"},
        {"groups": 3},
        {"groups": 6, "filters": 12, "padding": "same", "activation": "relu"},
        {"kernel_size": [9, 8], "padding": "same"},
    ],
)
def test_conv2d_against_loops(params: dict[str, Any]) -> None:
    params = {"filters": 9, "kernel_size": 3, **params}
    weights = random_weights("Conv2D", X.shape[1:], **params)
    result = apply("Conv2D", X, weights=weights, **params)
    np.testing.assert_allclose(result, conv_by_loops(X, weights, LAYERS["Conv2D"](**params)), atol=1e-9)


def conv_by_loops(x: Any, weights: dict[str, Any], layer: Any) -> Any:
    """Keras's rule: "same" gives ceil(size / stride) outputs and pads with zeros, the odd one after."""
    kernel, (sh, sw), (dh, dw) = weights["kernel"], layer.strides, layer.dilation_rate
    kh, kw, per_group, filters = kernel.shape
    out = layer.infer(TensorSpec(x.shape[1:])).shape
    first = [0, 0]
    if layer.padding == "same":
        for axis, (k, s, d) in enumerate([(kh, sh, dh), (kw, sw, dw)]):
            first[axis] = max((out[axis] - 1) * s + (k - 1) * d + 1 - x.shape[axis + 1], 0) // 2
    y = np.zeros((len(x), *out))
    for i, j, a, b in np.ndindex(out[0], out[1], kh, kw):
        r, c = i * sh + a * dh - first[0], j * sw + b * dw - first[1]
        if not (0 <= r < x.shape[1] and 0 <= c < x.shape[2]):
            continue
        for o in range(filters):
            group = o // (filters // layer.groups)
            y[:, i, j, o] += x[:, r, c, group * per_group : (group + 1) * per_group] @ kernel[a, b, :, o]
    y += weights["bias"]
    return np.maximum(y, 0) if layer.activation == "relu" else y


def test_pooling() -> None:
    np.testing.assert_array_equal(apply("MaxPooling2D", X)[:, 1, 2], X[:, 2:4, 4:6].max((1, 2)))
    np.testing.assert_allclose(apply("AveragePooling2D", X)[:, 1, 2], X[:, 2:4, 4:6].mean((1, 2)))
    # 9 rows and 7 columns by 2: one row and one column of padding, after; it must not count.
    np.testing.assert_allclose(apply("AveragePooling2D", X, padding="same")[:, 4, 3], X[:, 8, 6])
    np.testing.assert_array_equal(apply("MaxPooling2D", -abs(X), padding="same")[:, 4, 3], -abs(X[:, 8, 6]))
    overlapping = apply("MaxPooling2D", X, pool_size=[3, 2], strides=[1, 2])
    np.testing.assert_array_equal(overlapping[:, 5, 2], X[:, 5:8, 4:6].max((1, 2)))
    np.testing.assert_allclose(apply("GlobalAveragePooling2D", X), X.mean((1, 2)))
    np.testing.assert_allclose(apply("GlobalAveragePooling2D", X, keepdims=True), X.mean((1, 2), keepdims=True))


def test_moves() -> None:
    np.testing.assert_array_equal(apply("Flatten", X), X.reshape(4, -1))
    np.testing.assert_array_equal(apply("Reshape", X, target_shape=[6, -1]), X.reshape(4, 6, 63))
    a, b = RNG.normal(size=(4, 3, 2)), RNG.normal(size=(4, 5, 2))
    np.testing.assert_array_equal(apply("Concatenate", a, b, a, axis=1), np.concatenate([a, b, a], 1))
    np.testing.assert_array_equal(apply("Concatenate", a, b, axis=-2), np.concatenate([a, b], 1))


def test_merges_broadcast_samples_and_not_the_batch() -> None:
    # The vector is as long as the batch, so that aligning it with the batch axis would go unnoticed by shape alone.
    image, vector = RNG.normal(size=(4, 3, 4)), RNG.normal(size=(4, 4))
    np.testing.assert_allclose(apply("Add", image, vector), image + vector[:, None, :])
    np.testing.assert_allclose(apply("Multiply", vector, image, image), image**2 * vector[:, None, :])
    np.testing.assert_array_equal(apply("Add", image), image)


def test_dropout() -> None:
    x = np.ones((50, 40))
    np.testing.assert_array_equal(apply("Dropout", x, rate=0.3), x)
    np.testing.assert_array_equal(apply("Dropout", x, rate=0.0, training=True), x)
    np.testing.assert_array_equal(apply("Dropout", x, rate=1.0, training=True), 0 * x)
    noisy = apply("Dropout", x, rate=0.3, training=True)
    np.testing.assert_allclose(np.unique(noisy), [0.0, 1 / 0.7])
    assert abs((noisy == 0).mean() - 0.3) < 0.05


def test_batch_normalization_in_training() -> None:
    weights = random_weights("BatchNormalization", (6,))
    ops = NumpyOps(weights, training=True)
    y = LAYERS["BatchNormalization"](momentum=0.9, epsilon=0.01).lower(ops, X)
    mean, variance = X.mean((0, 1, 2)), X.var((0, 1, 2))
    expected = weights["gamma"] * (X - mean) / np.sqrt(variance + 0.01) + weights["beta"]
    np.testing.assert_allclose(y, expected)
    np.testing.assert_allclose(ops.updates["moving_mean"], weights["moving_mean"] * 0.9 + mean * 0.1)
    np.testing.assert_allclose(ops.updates["moving_variance"], weights["moving_variance"] * 0.9 + variance * 0.1)


@pytest.mark.parametrize(("center", "scale"), [(True, True), (False, True), (True, False), (False, False)])
def test_batch_normalization_in_inference(center: bool, scale: bool) -> None:
    weights = random_weights("BatchNormalization", (6,))
    weights["moving_variance"] = np.abs(weights["moving_variance"])
    y = apply("BatchNormalization", X, weights=weights, center=center, scale=scale)
    expected = (X - weights["moving_mean"]) / np.sqrt(weights["moving_variance"] + 1e-3)
    expected = expected * (weights["gamma"] if scale else 1) + (weights["beta"] if center else 0)
    np.testing.assert_allclose(y, expected)


# Each of Keras's formulas, value by value.
def relu(x: float, max_value: float = math.inf, negative_slope: float = 0.0, threshold: float = 0.0) -> float:
    if x >= max_value:
        return max_value
    return x if x > threshold else negative_slope * (x - threshold)


FORMULAS = [
    ("ReLU", {}, relu),
    ("ReLU", {"max_value": 6.0}, lambda x: relu(x, 6.0)),
    ("ReLU", {"negative_slope": 0.1}, lambda x: relu(x, negative_slope=0.1)),
    ("ReLU", {"max_value": 2.5, "negative_slope": 0.2, "threshold": 1.0}, lambda x: relu(x, 2.5, 0.2, 1.0)),
    ("LeakyReLU", {}, lambda x: x if x > 0 else 0.3 * x),
    ("LeakyReLU", {"negative_slope": 1.5}, lambda x: x if x > 0 else 1.5 * x),
    ("ELU", {"alpha": 0.7}, lambda x: x if x > 0 else 0.7 * (math.exp(x) - 1)),
    ("GELU", {}, lambda x: x / 2 * (1 + math.erf(x / math.sqrt(2)))),
    ("GELU", {"approximate": True}, lambda x: x / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))),
    ("ReLU6", {}, lambda x: min(max(x, 0), 6)),
    ("LogSigmoid", {}, lambda x: -math.log1p(math.exp(-x))),
    ("TanhShrink", {}, lambda x: x - math.tanh(x)),
    ("SoftShrink", {"threshold": 0.7}, lambda x: math.copysign(max(abs(x) - 0.7, 0), x)),
    ("HardShrink", {"threshold": 0.7}, lambda x: x if abs(x) > 0.7 else 0),
    ("Threshold", {"threshold": 0.7, "default_value": -2.0}, lambda x: x if x > 0.7 else -2),
    ("Squareplus", {"b": 2.0}, lambda x: (x + math.sqrt(x * x + 2)) / 2),
    ("SparsePlus", {}, lambda x: 0 if x < -1 else x if x > 1 else (x + 1) ** 2 / 4),
    ("SparseSigmoid", {}, lambda x: min(max((x + 1) / 2, 0), 1)),
    ("SELU", {}, lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * math.expm1(x))),
    ("CELU", {"alpha": 0.7}, lambda x: max(x, 0) + min(0.7 * math.expm1(x / 0.7), 0)),
    ("SiLU", {}, lambda x: x / (1 + math.exp(-x))),
    ("Mish", {}, lambda x: x * math.tanh(math.log1p(math.exp(x)))),
    ("Softplus", {}, lambda x: math.log1p(math.exp(x))),
    ("Softsign", {}, lambda x: x / (1 + abs(x))),
    ("HardSigmoid", {}, lambda x: min(max(x + 3, 0), 6) / 6),
    ("HardSwish", {}, lambda x: x * min(max(x + 3, 0), 6) / 6),
    ("HardTanh", {}, lambda x: min(max(x, -1), 1)),
    ("Exponential", {}, math.exp),
    ("Identity", {}, lambda x: x),
    ("Sigmoid", {}, lambda x: 1 / (1 + math.exp(-x))),
    ("Tanh", {}, math.tanh),
]


@pytest.mark.parametrize(("name", "params", "formula"), FORMULAS, ids=lambda v: v if isinstance(v, str) else "")
def test_activation_formulas(name: str, params: dict[str, Any], formula: Any) -> None:
    x = np.concatenate([X.ravel(), [0.0, 1.0, -1.0, 2.5, 6.0]]).reshape(-1, 1)
    np.testing.assert_allclose(apply(name, x, **params), np.vectorize(formula, [float])(x), atol=1e-14)


def test_softmax() -> None:
    y = apply("Softmax", X)
    np.testing.assert_allclose(y.sum(-1), 1.0)
    np.testing.assert_allclose(y, np.exp(X) / np.exp(X).sum(-1, keepdims=True))


@pytest.mark.parametrize("axis", [1, 2, -2])
def test_softmax_along_another_axis(axis: int) -> None:
    y = apply("Softmax", X, axis=axis)
    np.testing.assert_allclose(y, np.exp(X) / np.exp(X).sum(axis, keepdims=True))
    np.testing.assert_allclose(np.exp(apply("LogSoftmax", X, axis=axis)), y)


def test_sparsemax() -> None:
    y = apply("Sparsemax", np.array([[1.0, 0.8, -2.0], [0.1, 5.0, 0.0], [2.0, 2.0, 2.0]]))
    np.testing.assert_allclose(y, [[0.6, 0.4, 0.0], [0.0, 1.0, 0.0], [1 / 3, 1 / 3, 1 / 3]])


def test_glu() -> None:
    np.testing.assert_allclose(apply("GLU", X), X[..., :3] / (1 + np.exp(-X[..., 3:])))
    x = X[:, :8]
    np.testing.assert_allclose(apply("GLU", x, axis=1), x[:, :4] / (1 + np.exp(-x[:, 4:])))


def test_prelu() -> None:
    slopes = RNG.normal(size=(1, 1, 6))
    y = apply("PReLU", X, weights={"alpha": slopes}, shared_axes=[1, 2])
    np.testing.assert_allclose(y, np.where(X > 0, X, X * slopes))


@pytest.mark.parametrize("name", ["ELU", "SELU", "CELU"])
def test_exponentials_of_large_values_do_not_overflow(name: str) -> None:
    with np.errstate(over="raise"):
        assert apply(name, np.array([[1e4]])) >= 1e4


def test_leaky_relu_by_name_has_the_slope_of_the_function() -> None:
    weights = {"kernel": np.eye(2), "bias": np.zeros(2)}
    y = apply("Dense", np.array([[-1.0, 2.0]]), units=2, activation="leaky_relu", weights=weights)
    np.testing.assert_allclose(y, [[-0.2, 2.0]])


STEPS = RNG.normal(size=(4, 6, 5))


def test_lstm_step_by_step_is_the_lstm() -> None:
    weights = random_weights("LSTM", (6, 5), units=3)
    fused = LAYERS["LSTM"](units=3, return_sequences=True)
    ops = NumpyOps(weights)
    x = STEPS.transpose(1, 0, 2)
    expected = fused.lower(ops, STEPS)
    np.testing.assert_allclose(Recurrent.read(fused, ops, x, None)[0].transpose(1, 0, 2), expected)
    np.testing.assert_allclose(apply("LSTM", STEPS, weights=weights, units=3), expected[:, -1])
    backwards = apply("LSTM", STEPS, weights=weights, units=3, return_sequences=True, go_backwards=True)
    np.testing.assert_allclose(backwards, fused.lower(ops, STEPS[:, ::-1]))


def test_lstm_drops_the_same_at_every_step() -> None:
    weights = {"kernel": np.ones((5, 4)), "recurrent_kernel": np.zeros((1, 4)), "bias": np.zeros(4)}
    y = apply("LSTM", np.ones((9, 6, 5)), weights=weights, training=True, units=1, dropout=0.5)
    dropped = [apply("LSTM", np.full((1, 6, 5), 2.0 * n / 5), weights=weights, units=1)[0, 0] for n in range(6)]
    assert all(np.isclose(v, dropped).any() for v in y[:, 0])
    assert len(np.unique(y)) > 1


def test_recurrent_dropout_of_all_forgets_what_was_shown() -> None:
    weights = random_weights("LSTM", (6, 5), units=3)
    y = apply("LSTM", STEPS, weights=weights, training=True, units=3, recurrent_dropout=1.0)
    np.testing.assert_allclose(
        y, apply("LSTM", STEPS, units=3, weights=weights | {"recurrent_kernel": np.zeros((3, 12))})
    )


@pytest.mark.parametrize("name", ["Dropout", "AlphaDropout", "BatchNormalization"])
def test_steps_that_may_not_stand_in_one_batch(name: str) -> None:
    params: dict[str, Any] = {} if name == "BatchNormalization" else {"rate": 0.5, "noise_shape": [1, -1]}
    assert not LAYERS["TimeDistributed"](layer={"type": name, "params": params}).by_sample
    assert LAYERS["TimeDistributed"](layer={"type": "Dropout", "params": {"rate": 0.5}}).by_sample


def test_time_distributed_penalises_every_step_alike() -> None:
    ops = NumpyOps()
    held = {"type": "ActivityRegularization", "params": {"l2": 0.5}}
    LAYERS["TimeDistributed"](layer=held).lower(ops, STEPS)
    assert float(ops.penalty) == pytest.approx(0.5 * (STEPS**2).sum() / len(STEPS))


def test_layer_normalization_of_large_values() -> None:
    x = STEPS + 1e6
    y = apply("LayerNormalization", x, weights={"gamma": np.full(5, 2.0), "beta": np.full(5, 3.0)}, epsilon=1e-12)
    np.testing.assert_allclose(y.mean(-1), 3.0)
    np.testing.assert_allclose(y.std(-1), 2.0, rtol=1e-6)


def attention_by_loops(q: Any, k: Any, v: Any, w: dict[str, Any], causal: bool) -> Any:
    """One sample, one head, one query at a time."""
    out = np.zeros((len(q), q.shape[1], w["attention_output/bias"].shape[0])) + w["attention_output/bias"]
    for b, i, h in np.ndindex(len(q), q.shape[1], w["query/kernel"].shape[1]):
        query, key, value = (
            x[b] @ w[f"{n}/kernel"][:, h] + w[f"{n}/bias"][h] for n, x in (("query", q), ("key", k), ("value", v))
        )
        scores = key @ query[i] / math.sqrt(query.shape[1])
        seen = scores[: i + 1] if causal else scores
        looks = np.exp(seen) / np.exp(seen).sum()
        out[b, i] += looks @ value[: len(looks)] @ w["attention_output/kernel"][h]
    return out


@pytest.mark.parametrize("causal", [False, True])
def test_multi_head_attention(causal: bool) -> None:
    value, key = RNG.normal(size=(4, 7, 3)), RNG.normal(size=(4, 7, 2))
    params: dict[str, Any] = {"num_heads": 2, "key_dim": 3, "value_dim": 4, "output_shape": 8}
    specs = [TensorSpec(x.shape[1:]) for x in (STEPS, value, key)]
    declared = LAYERS["MultiHeadAttention"](**params).weights(*specs)
    weights = {k: RNG.normal(size=w.shape) for k, w in declared.items()}
    y = apply("MultiHeadAttention", STEPS, value, key, weights=weights, use_causal_mask=causal, **params)
    np.testing.assert_allclose(y, attention_by_loops(STEPS, key, value, weights, causal))


def test_values_are_keys_where_none_are_given() -> None:
    params: dict[str, Any] = {"num_heads": 2, "key_dim": 3}
    declared = LAYERS["MultiHeadAttention"](**params).weights(TensorSpec((6, 5)), TensorSpec((6, 5)))
    weights = {k: RNG.normal(size=w.shape) for k, w in declared.items()}
    one, other = STEPS, STEPS + 1.0
    two_inputs = apply("MultiHeadAttention", one, other, weights=weights, **params)
    np.testing.assert_array_equal(two_inputs, apply("MultiHeadAttention", one, other, other, weights=weights, **params))


def test_dropout_of_all_looks_leaves_the_bias() -> None:
    params: dict[str, Any] = {"num_heads": 2, "key_dim": 3}
    declared = LAYERS["MultiHeadAttention"](**params).weights(TensorSpec((6, 5)), TensorSpec((6, 5)))
    weights = {k: RNG.normal(size=w.shape) for k, w in declared.items()}
    y = apply("MultiHeadAttention", STEPS, STEPS, weights=weights, training=True, dropout=1.0, **params)
    np.testing.assert_allclose(y, np.broadcast_to(weights["attention_output/bias"], y.shape))


def test_global_average_pooling_of_sequences() -> None:
    np.testing.assert_allclose(apply("GlobalAveragePooling1D", STEPS), STEPS.mean(1))
    np.testing.assert_allclose(apply("GlobalAveragePooling1D", STEPS, keepdims=True), STEPS.mean(1, keepdims=True))


def test_sampling() -> None:
    """Means outside of training; draws around them in training; the divergence from the standard normal either way."""
    mean, log_var = RNG.normal(size=(4000, 3)), RNG.normal(size=(4000, 3))
    np.testing.assert_array_equal(apply("Sampling", mean, log_var), mean)
    drawn = (apply("Sampling", mean, log_var, training=True) - mean) / np.exp(log_var / 2)
    assert abs(drawn.mean()) < 0.03
    assert abs(drawn.std() - 1) < 0.03
    for training in (False, True):
        ops = NumpyOps(training=training)
        LAYERS["Sampling"](kl_weight=0.5).lower(ops, mean, log_var)
        expected = -0.5 * (1 + log_var - mean**2 - np.exp(log_var)).sum(-1).mean()
        assert float(ops.penalty) == pytest.approx(0.5 * expected)


def test_activity_regularization() -> None:
    ops = NumpyOps()
    assert LAYERS["ActivityRegularization"](l1=0.1, l2=0.3).lower(ops, X) is X
    assert float(ops.penalty) == pytest.approx((0.1 * abs(X) + 0.3 * X**2).sum() / len(X))
