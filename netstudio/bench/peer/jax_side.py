"""A document's training step in JAX, compiled: steps follow each other within one `lax.scan`, convolutions excepted,
which run faster one step a call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import batches  # beside this file, where it runs
import jax
import jax.numpy as jnp
from jax import lax

VERSION = jax.__version__
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-7


class Weights:
    """Hands a layer its weights by name, made at their first use; `moving` are those that no gradient changes."""

    def __init__(self, trained: dict[str, Any], moving: dict[str, Any]) -> None:
        self.trained, self.moving, self.node = trained, moving, ""

    def __call__(self, name: str, shape: tuple[int, ...], start: float | None = None) -> Any:
        """A weight that starts at `start`, or drawn from a normal distribution for so many inputs."""
        full = f"{self.node}/{name}"
        if full not in self.trained:
            key = jax.random.PRNGKey(len(self.trained))
            fan_in = max(1, int(jnp.prod(jnp.array(shape[:-1]))))
            drawn = jax.random.normal(key, shape) * (2 / fan_in) ** 0.5
            self.trained[full] = drawn if start is None else jnp.full(shape, start)
        return self.trained[full]

    def move(self, name: str, value: Any, momentum: float) -> None:
        full = f"{self.node}/{name}"
        self.moving[full] = momentum * self.moving.get(full, jnp.zeros_like(value)) + (1 - momentum) * value


def prepare(document: dict[str, Any], threads: int) -> dict[str, Callable[[int], float]]:
    """By variant, a function that trains for so many steps and returns the last one's loss.

    The threads are those of the processors that this process may use.
    """
    x, y = (jnp.asarray(array) for array in batches.draw(document))
    rate = document["training"]["optimizer"]["params"]["learning_rate"]
    weights = Weights({}, {})
    predict(document, weights, x[0])

    def loss(trained: Any, moving: Any, x: Any, y: Any) -> Any:
        w = Weights(trained, dict(moving))
        return loss_of(document, predict(document, w, x), y), w.moving

    def step(carry: Any, batch: Any) -> Any:
        trained, moving, slots, number = carry
        (value, moving), gradients = jax.value_and_grad(loss, has_aux=True)(trained, moving, *batch)
        trained, slots = adam(trained, gradients, slots, number + 1, rate)
        return (trained, moving, slots, number + 1), value

    zeros = jax.tree.map(jnp.zeros_like, weights.trained)
    start = (weights.trained, weights.moving, (zeros, jax.tree.map(jnp.copy, zeros)), jnp.float32(0))
    convolves = any(node["type"] == "Conv2D" for node in document["nodes"])
    return {"jax": (one_by_one if convolves else scanned)(step, start, x, y)}


def one_by_one(step: Any, carry: Any, x: Any, y: Any) -> Callable[[int], float]:
    compiled = jax.jit(step, donate_argnums=0)
    held = [carry]
    data = [(x[i], y[i]) for i in range(len(x))]

    def run(count: int) -> float:
        for i in range(count):
            held[0], value = compiled(held[0], data[i % len(data)])
        return float(value)

    return run


def scanned(step: Any, carry: Any, x: Any, y: Any) -> Callable[[int], float]:
    """`count` steps are one call: the loop is compiled once, for any count."""

    def loop(carry: Any, count: Any) -> Any:
        def body(i: Any, state: Any) -> Any:
            return step(state[0], (x[i % len(x)], y[i % len(y)]))

        return lax.fori_loop(0, count, body, (carry, jnp.float32(0)))

    compiled = jax.jit(loop, donate_argnums=0)
    held = [carry]

    def run(count: int) -> float:
        held[0], value = compiled(held[0], count)
        return float(value)

    return run


def adam(weights: Any, gradients: Any, slots: Any, number: Any, rate: float) -> Any:
    """Source: D. P. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1."""
    first = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, slots[0], gradients)
    second = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, slots[1], gradients)
    rate = rate * jnp.sqrt(1 - BETA2**number) / (1 - BETA1**number)
    after = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + EPSILON), weights, first, second)
    return after, (first, second)


def loss_of(document: dict[str, Any], z: Any, y: Any) -> Any:
    if document["nodes"][-1]["type"] == "BinaryCrossentropy":
        return (jnp.maximum(z, 0) - z * y + jnp.log1p(jnp.exp(-jnp.abs(z)))).mean()
    return (jax.nn.logsumexp(z, -1) - jnp.take_along_axis(z, y[:, None], -1)[:, 0]).mean()


def predict(document: dict[str, Any], w: Weights, x: Any) -> Any:
    values = {"x": x}
    for node in batches.layers(document):
        w.node = node["id"]
        values[w.node] = LAYERS[node["type"]](
            w, node.get("params", {}), *map(values.get, batches.inputs(document, w.node))
        )
    return values[batches.prediction(document)]


# ---------------------------------------------------------------------------------------------- layers


def dense(w: Weights, p: dict[str, Any], x: Any) -> Any:
    return x @ w("kernel", (x.shape[-1], p["units"])) + w("bias", (p["units"],), 0.0)


def conv2d(w: Weights, p: dict[str, Any], x: Any) -> Any:
    kernel = w("kernel", (*p["kernel_size"], x.shape[-1], p["filters"]))
    padding, strides = p.get("padding", "valid").upper(), p.get("strides", (1, 1))
    y = lax.conv_general_dilated(x, kernel, strides, padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))
    return y + w("bias", (p["filters"],), 0.0) if p.get("use_bias", True) else y


def max_pooling(w: Weights, p: dict[str, Any], x: Any) -> Any:
    window = (1, *p["pool_size"], 1)
    return lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID")


def batch_normalization(w: Weights, p: dict[str, Any], x: Any) -> Any:
    mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
    w.move("mean", lax.stop_gradient(mean), p["momentum"])
    w.move("variance", lax.stop_gradient(variance), p["momentum"])
    return normalized(w, p, x, mean, variance)


def layer_normalization(w: Weights, p: dict[str, Any], x: Any) -> Any:
    return normalized(w, p, x, x.mean(-1, keepdims=True), x.var(-1, keepdims=True))


def normalized(w: Weights, p: dict[str, Any], x: Any, mean: Any, variance: Any) -> Any:
    gamma, beta = w("gamma", x.shape[-1:], 1.0), w("beta", x.shape[-1:], 0.0)
    return (x - mean) * (lax.rsqrt(variance + p["epsilon"]) * gamma) + beta


def attention(w: Weights, p: dict[str, Any], x: Any, *same: Any) -> Any:
    """Query, value and key are the same tensor, so that one product projects all three."""
    heads, size = p["num_heads"], p["key_dim"]
    samples, steps, width = x.shape
    projected = x @ w("kernel", (width, 3 * heads * size)) + w("bias", (3 * heads * size,), 0.0)
    q, k, v = jnp.moveaxis(projected.reshape(samples, steps, 3, heads, size), 2, 0)
    scores = jax.nn.softmax(jnp.einsum("bthd,bshd->bhts", q, k) * size**-0.5)
    mixed = jnp.einsum("bhts,bshd->bthd", scores, v).reshape(samples, steps, heads * size)
    return mixed @ w("out/kernel", (heads * size, width)) + w("out/bias", (width,), 0.0)


def lstm(w: Weights, p: dict[str, Any], x: Any) -> Any:
    units = p["units"]
    recurrent = w("recurrent_kernel", (units, 4 * units))
    inputs = jnp.moveaxis(x @ w("kernel", (x.shape[-1], 4 * units)) + w("bias", (4 * units,), 0.0), 1, 0)

    def cell(carry: Any, z: Any) -> Any:
        h, c = carry
        i, f, candidate, o = jnp.split(z + h @ recurrent, 4, -1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(candidate)
        return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

    zeros = jnp.zeros((x.shape[0], units))
    return lax.scan(cell, (zeros, zeros), inputs)[0][0]


LAYERS: dict[str, Callable[..., Any]] = {
    "Dense": dense,
    "ReLU": lambda w, p, x: jax.nn.relu(x),
    "GELU": lambda w, p, x: jax.nn.gelu(x, approximate=False),
    "Flatten": lambda w, p, x: x.reshape(x.shape[0], -1),
    "Add": lambda w, p, *inputs: sum(inputs[1:], inputs[0]),
    "Conv2D": conv2d,
    "MaxPooling2D": max_pooling,
    "GlobalAveragePooling2D": lambda w, p, x: x.mean((1, 2)),
    "GlobalAveragePooling1D": lambda w, p, x: x.mean(1),
    "BatchNormalization": batch_normalization,
    "LayerNormalization": layer_normalization,
    "MultiHeadAttention": attention,
    "LSTM": lstm,
}
