"""Every operation's gradient against central differences, in float64, on shapes whose sizes all differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from netstudio.engine.ir import Builder, Op, Value
from netstudio.engine.ops import movement
from netstudio.engine.ops.elementwise import DERIVATIVES
from tests.engine.helpers import Bench, check_gradients
from tests.engine.twin import ELEMENTWISE
from tests.numpy_ops import sparsemax

RNG = np.random.default_rng(11)
START = RNG.bit_generator.state


@pytest.fixture(autouse=True)
def _the_same_numbers_in_any_order_of_tests() -> None:
    RNG.bit_generator.state = START


def normal(*shape: int) -> Any:
    return RNG.normal(size=shape)


def positive(*shape: int) -> Any:
    return RNG.uniform(0.3, 2.0, shape)


def apart(*shape: int) -> Any:
    """Numbers at least 0.1 from each other and from 0, so that no difference crosses a kink."""
    count = int(np.prod(shape, dtype=int))
    return (RNG.permutation(count) - count // 2 + 0.5).reshape(shape) * 0.1


UNARY = ["neg", "abs", "exp", "expm1", "square", "sin", "cos", "tanh", "sigmoid", "softplus", "erf", "relu"]
OF_POSITIVE = ["log", "log1p", "sqrt", "rsqrt", "reciprocal"]
BINARY = ["add", "sub", "mul", "maximum", "minimum"]
FLAT = ["sign", "floor", "round", "is_finite", "gt", "ge", "lt", "le", "eq", "ne"]  # no slope anywhere
SPECIAL = ["div", "pow", "where", "clip"]


def test_every_elementwise_operation_is_covered() -> None:
    assert sorted([*UNARY, *OF_POSITIVE, *BINARY, *FLAT, *SPECIAL]) == sorted(DERIVATIVES) == sorted(ELEMENTWISE)


@pytest.mark.parametrize("name", UNARY)
def test_unary(name: str) -> None:
    check_gradients(lambda b, x: b.elementwise(name, x), apart(3, 5))


@pytest.mark.parametrize("name", OF_POSITIVE)
def test_unary_of_positive(name: str) -> None:
    check_gradients(lambda b, x: b.elementwise(name, x), positive(3, 5))


PAIRS = [((2, 3, 5), (2, 3, 5)), ((2, 3, 5), (5,)), ((3, 1), (2, 3, 5)), ((), (3, 5)), ((2, 1, 5), (1, 3, 1))]


@pytest.mark.parametrize(("p", "q"), PAIRS)
@pytest.mark.parametrize("name", BINARY)
def test_binary_broadcasting_in_every_direction(name: str, p: tuple[int, ...], q: tuple[int, ...]) -> None:
    check_gradients(lambda b, x, y: b.elementwise(name, x, y), apart(*p), apart(*q) + 0.03)


@pytest.mark.parametrize(("p", "q"), PAIRS)
@pytest.mark.parametrize("name", ["div", "pow"])
def test_div_and_pow(name: str, p: tuple[int, ...], q: tuple[int, ...]) -> None:
    check_gradients(lambda b, x, y: b.elementwise(name, x, y), positive(*p), positive(*q))


def test_where_and_clip() -> None:
    condition = np.array([[1.0], [0.0], [3.0]])
    check_gradients(lambda b, p, q, c: b.where(c, p, q), normal(3, 5), normal(5), fixed=[condition])
    check_gradients(lambda b, x: b.clip(x, -0.4, 0.61), apart(3, 5))


@pytest.mark.parametrize("name", FLAT)
def test_flat_operations_stop_gradients(name: str) -> None:
    inputs = [normal(3, 5), normal(3, 5)][: 1 if name in FLAT[:4] else 2]
    check_gradients(lambda b, *xs: b.elementwise(name, *xs) * xs[0] + xs[-1], *inputs)


@pytest.mark.parametrize("axes", [None, 0, (1,), -1, (0, 2), (0, 1)])
@pytest.mark.parametrize("kind", ["sum", "mean", "max", "min"])
@pytest.mark.parametrize("keepdims", [False, True])
def test_reductions(kind: str, axes: Any, keepdims: bool) -> None:
    check_gradients(lambda b, x: getattr(b, kind)(x, axes, keepdims), apart(2, 3, 5))


def test_equal_maxima_share_the_gradient() -> None:
    from netstudio.engine import autodiff

    bench = Bench()
    x = bench.input([[1.0, 2.0, 2.0], [3.0, 0.0, 1.0]])
    (g,) = autodiff.gradients(bench.builder, bench.builder.sum(bench.builder.max(x, 1)), [x])
    assert g is not None
    np.testing.assert_array_equal(bench.run(g)[0], [[0.0, 0.5, 0.5], [1.0, 0.0, 0.0]])


@pytest.mark.parametrize("transposed", [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize("lead", [((), ()), ((7,), (7,)), ((7,), ()), ((), (7,)), ((2, 1), (3,)), ((2, 7), (2, 1))])
def test_matmul(transposed: tuple[bool, bool], lead: Any) -> None:
    tx, tw = transposed
    x, w = (*lead[0], *((4, 3) if tx else (3, 4))), (*lead[1], *((5, 4) if tw else (4, 5)))
    check_gradients(lambda b, x, w: b.matmul(x, w, tx, tw), normal(*x), normal(*w))


PRODUCTS = [
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("ij,jk->ki", (2, 3), (3, 4)),
    ("ij,kj->ik", (2, 3), (4, 3)),
    ("ij,ij->", (2, 3), (2, 3)),
    ("ij,ij->ij", (2, 3), (2, 3)),
    ("ij,kl->ijkl", (2, 3), (4, 5)),
    ("bqhd,bkhd->bhqk", (2, 3, 5, 4), (2, 6, 5, 4)),
    ("bhqk,bkhd->bqhd", (2, 5, 3, 6), (2, 6, 5, 4)),
    ("btd,dhe->bthe", (2, 3, 4), (4, 5, 6)),
    ("bi,bj->bij", (2, 3), (2, 4)),
]


@pytest.mark.parametrize(("subscripts", "x", "w"), PRODUCTS)
def test_einsum(subscripts: str, x: tuple[int, ...], w: tuple[int, ...]) -> None:
    bench, given = Bench(), [normal(*x), normal(*w)]
    (found,) = bench.run(bench.builder.einsum(subscripts, *map(bench.input, given)))
    np.testing.assert_allclose(found, np.einsum(subscripts, *given), rtol=1e-12, atol=1e-12)
    check_gradients(lambda b, x, w: b.einsum(subscripts, x, w), *given)


@pytest.mark.parametrize(
    ("subscripts", "message"),
    [
        ("ij,jk->i", "k stands once"),
        ("ij,ik->ji", "i is 2 and 3"),
        ("ij,ji->ij", "i is 2 and 4"),
        ("ijk,jk->i", "names 3 axes"),
    ],
)
def test_einsums_that_make_no_sense(subscripts: str, message: str) -> None:
    bench = Bench()
    x, w = bench.input(normal(2, 3)), bench.input(normal(3, 4))
    with pytest.raises(ValueError, match=message):
        bench.builder.einsum(subscripts, x, w)


def test_einsum_needs_an_axis_of_one_factor_to_lie_along() -> None:
    bench = Bench()
    y = bench.builder.einsum("ik,jk->ijk", bench.input(normal(2, 3)), bench.input(normal(4, 3)))
    with pytest.raises(ValueError, match="expected one"):
        bench.run(y)


@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize(("steps", "units"), [(1, 3), (3, 5)])
@pytest.mark.parametrize("biased", [False, True])
def test_lstm(every: bool, steps: int, units: int, biased: bool) -> None:
    weights = [normal(2, 4 * units), normal(units, 4 * units)] + [normal(4 * units)] * biased
    if steps == 1:  # nothing comes back
        weights[1:2] = []

    def build(b: Builder, x: Value, *w: Value) -> Value:
        recurrent = [b.constant(normal(units, 4 * units))] if steps == 1 else []
        kernel, recurrent_kernel, *bias = [w[0], *recurrent, *w[1:]]
        return b.lstm(x, kernel, recurrent_kernel, bias[0] if bias else None, every)

    check_gradients(build, normal(steps, 4, 2), *weights)


def test_lstm_of_weights_that_do_not_fit() -> None:
    bench = Bench()
    x, kernel, recurrent = (bench.input(normal(*s)) for s in [(3, 4, 2), (2, 8), (3, 12)])
    with pytest.raises(ValueError, match="do not fit"):
        bench.builder.lstm(x, kernel, recurrent, None, False)


def test_layer_norm() -> None:
    check_gradients(lambda b, x, g, o: b.layer_norm(x, g, o, 1e-3), normal(35, 2, 5), normal(5), normal(5))


def test_moments() -> None:
    x = normal(2, 3, 5) + 7.0
    bench = Bench()
    mean, variance = bench.run(*bench.builder.moments(bench.input(x)))
    np.testing.assert_allclose(mean, x.mean((0, 1)), rtol=1e-14)
    np.testing.assert_allclose(variance, x.var((0, 1)), rtol=1e-12)
    check_gradients(lambda b, x: b.concatenate(b.moments(x), 0), x)


def test_gelu() -> None:
    check_gradients(lambda b, x: b.gelu(x), normal(2, 3, 5) * 3)


CONVOLUTIONS = [
    {},
    {"strides": (2, 1), "padding": (1, 0, 2, 1)},
    {"dilation": (1, 2), "padding": (0, 1, 1, 1)},
    {"groups": 2},
    {"groups": 4, "strides": (2, 2), "padding": (1, 1, 0, 1)},
]


@pytest.mark.parametrize("attrs", CONVOLUTIONS, ids=str)
def test_conv2d(attrs: dict[str, Any]) -> None:
    """Small numbers: the rounding of a large sum would drown its differences."""
    x, kernel = 0.3 * normal(2, 5, 6, 4), 0.3 * normal(3, 2, 4 // attrs.get("groups", 1), 8)
    check_gradients(lambda b, x, k: b.conv2d(x, k, **attrs), x, kernel)


TRANSPOSED = [
    ((4, 4), (6, 5), {}),
    ((4, 3), (8, 9), {"strides": (2, 3), "padding": (1, 0, 0, 1)}),
    ((4, 3), (10, 10), {"strides": (2, 3)}),  # no window reaches the last row and the last two columns
    ((4, 5), (6, 6), {"dilation": (1, 2), "padding": (0, 0, 1, 0)}),
]


@pytest.mark.parametrize(("places", "size", "attrs"), TRANSPOSED, ids=str)
def test_conv2d_transpose(places: Any, size: Any, attrs: dict[str, Any]) -> None:
    x, kernel = 0.3 * normal(2, *places, 5), 0.3 * normal(3, 2, 4, 5)
    check_gradients(lambda b, x, k: b.conv2d_transpose(x, k, size, **attrs), x, kernel)


def test_conv2d_transpose_to_a_size_that_leads_elsewhere() -> None:
    bench = Bench()
    x, kernel = bench.input(normal(2, 4, 3, 5)), bench.input(normal(3, 2, 4, 5))
    with pytest.raises(ValueError, match=r"a convolution of \(2, 7, 4, 4\) gives \(5, 3\)"):
        bench.builder.conv2d_transpose(x, kernel, (7, 4))


@pytest.mark.parametrize("padding", [(0, 0, 0, 0), (1, 0, 0, 1)])
@pytest.mark.parametrize(("size", "strides"), [((2, 3), (2, 3)), ((3, 2), (1, 2))])
@pytest.mark.parametrize("kind", ["max_pool2d", "average_pool2d"])
def test_pooling(kind: str, size: Any, strides: Any, padding: Any) -> None:
    check_gradients(lambda b, x: getattr(b, kind)(x, size, strides, padding), apart(2, 5, 6, 3))


def test_softmax_and_its_logarithm() -> None:
    check_gradients(lambda b, x: b.softmax(x), normal(2, 3, 5))
    check_gradients(lambda b, x: b.log_softmax(x), normal(2, 3, 5))


def test_cross_entropies() -> None:
    labels = RNG.integers(0, 5, (2, 3)).astype(float)
    check_gradients(lambda b, x, y: b.sparse_softmax_cross_entropy(x, y), normal(2, 3, 5), fixed=[labels])
    # Targets whose sum is not 1, differentiated as well.
    check_gradients(lambda b, x, t: b.softmax_cross_entropy(x, t), normal(2, 3, 5), positive(2, 3, 5))
    check_gradients(lambda b, x, t: b.softmax_cross_entropy(x, t), normal(2, 3, 5), positive(5))


def placed(b: Builder, x: Value) -> Value:
    return b.make(movement.PLACE, x, starts=(0, 2, 9), steps=(1, 2, -2), shape=(3, 7, 10))


MOVES: list[Callable[[Builder, Value], Value]] = [
    lambda b, x: b.reshape(x, (5, 6)),
    lambda b, x: b.transpose(x, (2, 0, 1)),
    lambda b, x: b.slice(x, 1, 1, 3),
    lambda b, x: b.slice(x, -1, 0, 4),
    lambda b, x: b.slice(x, 0, 1, 2),
    lambda b, x: b.slice(x, 2, 1, 5, 2),
    lambda b, x: b.slice(x, 2, 4, -1, -1),
    lambda b, x: b.slice(x, 1, 2, 0, -2),
    lambda b, x: b.crop(x, (0, 1, 2), (1, 1, 1)),
    lambda b, x: b.pad(x, (0, 1, 2), (1, 0, 3)),
    lambda b, x: b.part(x, 7, (2, 4)),
    lambda b, x: b.part(b.square(x), 3, (9,)) * b.part(b.square(x), 12, (9,)),
    placed,
    lambda b, x: b.broadcast_to(x, (4, 2, 3, 5)),
    lambda b, x: b.broadcast_to(b.slice(x, 1, 1, 2), (4, 2, 3, 5)),
]


@pytest.mark.parametrize("move", MOVES)
def test_movement(move: Callable[..., Value]) -> None:
    check_gradients(move, normal(2, 3, 5))


def test_slices_backwards_and_in_steps() -> None:
    bench, given = Bench(), normal(4, 5, 6)
    b, x = bench.builder, bench.input(given)
    found = bench.run(
        b.slice(x, 1, 4, -1, -2), b.slice(x, 2, 0, 6, 3), b.pad(b.crop(x, (1, 0, 2), (0, 3, 1)), *PADDING)
    )
    np.testing.assert_array_equal(found[0], given[:, 4::-2])
    np.testing.assert_array_equal(found[1], given[..., ::3])
    np.testing.assert_array_equal(found[2], np.pad(given[1:, :2, 2:5], list(zip(*PADDING, strict=True))))


PADDING = ((0, 2, 1), (3, 0, 1))


def test_a_slice_outside_is_refused() -> None:
    bench = Bench()
    with pytest.raises(ValueError, match="outside"):
        bench.builder.slice(bench.input(normal(3, 5)), 1, 2, 6)


def test_gather() -> None:
    numbers = np.array([[4.0, 0.0, 2.0], [2.0, 2.0, 0.0]])
    bench, table = Bench(), normal(5, 3)
    b = bench.builder
    (found,) = bench.run(b.gather(bench.input(table), bench.input(numbers)))
    np.testing.assert_array_equal(found, table[numbers.astype(int)])
    check_gradients(lambda b, t, n: b.gather(t, n), table, fixed=[numbers])


def test_gather_of_a_row_that_is_not_there_is_no_number() -> None:
    bench = Bench()
    (found,) = bench.run(bench.builder.gather(bench.input(normal(5, 3)), bench.input([5.0, -1.0, 4.0])))
    np.testing.assert_array_equal(np.isnan(found).all(-1), [True, True, False])


def test_sparsemax() -> None:
    bench, given = Bench(), 2.0 * normal(2, 3, 7)
    (found,) = bench.run(bench.builder.sparsemax(bench.input(given)))
    np.testing.assert_allclose(found, sparsemax(given), atol=1e-15)
    assert 0 < np.count_nonzero(found) < found.size
    check_gradients(lambda b, x: b.sparsemax(x), given)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_concatenate(axis: int) -> None:
    shapes = [[2, 3, 5], [2, 3, 5], [2, 3, 5]]
    for shape, size in zip(shapes, (4, 1, 2), strict=True):
        shape[axis] = size
    x, y, z = (normal(*s) for s in shapes)
    check_gradients(lambda b, x, y, z: b.concatenate([x, y, z, x], axis), x, y, z)


def test_stop_gradient() -> None:
    check_gradients(lambda b, x, y: b.stop_gradient(b.square(y)) * x, normal(3, 5), fixed=[normal(3, 5)])


def test_what_leaves_a_node() -> None:
    check_gradients(lambda b, x: b.make(movement.LEAVE, b.square(x), of="n", port="out", mask=False), normal(3, 5))


def test_argmax_has_no_slope() -> None:
    check_gradients(lambda b, x: b.argmax(x) * b.sum(x, -1), apart(2, 3, 5))


def kinds(of: type[Op] = Op) -> set[str]:
    """The classes of operations that say what their derivative is."""
    own = {of.__name__} if "vjp" in vars(of) and of.__module__.startswith("netstudio.engine.ops.") else set()
    return own.union(*(kinds(kind) for kind in of.__subclasses__()))


def test_every_other_operation_is_covered() -> None:
    """Whoever adds an operation with a derivative adds its check here."""
    checked = {"Conv2D", "CrossEntropy", "Elementwise", "Broadcast", "MatMul", "Reshape", "StopGradient", "Transpose"}
    checked |= {"Slice", "Place", "Concatenate", "Pool", "Reduce", "ArgMax", "Softmax"}
    checked |= {"Part", "Einsum", "Hidden", "LayerNorm", "Gelu", "Gather", "Sparsemax", "Conv2DTranspose", "Leave"}
    checked |= {"Mean", "Variance"}
    assert kinds() == checked | {"Random", "Source", "Load"}, "the last three have no inputs"
