"""Programs of the elementwise kernel against NumPy."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_memory import Guarded, arguments, same_bits, strides

from netstudio.engine.kernels import elementwise

TWINS = {
    "copy": lambda x: x,
    "neg": np.negative,
    "abs": np.abs,
    "sign": np.sign,
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "sqrt": np.sqrt,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "square": np.square,
    "reciprocal": lambda x: 1 / x,
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.logaddexp(0, x),
    "erf": np.vectorize(math.erf, otypes=[float]),
    "relu": lambda x: np.maximum(x, 0),
    "floor": np.floor,
    "round": np.round,
    "is_finite": np.isfinite,
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "pow": np.power,
    "gt": np.greater,
    "ge": np.greater_equal,
    "lt": np.less,
    "le": np.less_equal,
    "eq": np.equal,
    "ne": np.not_equal,
    "where": lambda c, x, y: np.where(c != 0, x, y),
    "where_gt": lambda x, y, a, b: np.where(x > y, a, b),
    "clip": lambda x, low, high: np.minimum(np.maximum(x, low), high),
    "fma": lambda x, y, z: x * y + z,
    "fms": lambda x, y, z: x * y - z,
    "fnma": lambda x, y, z: z - x * y,
    "over_root": lambda x, y, z: x / (np.sqrt(y) + z),
    "lerp": lambda x, y, t: x + (y - x) * t,
    "lerp_to_product": lambda x, y, z, t: x + (y * z - x) * t,
    "sub_over_root": lambda w, x, r, y, z: w - x * r / (np.sqrt(y) + z),
}
# What keeps every value of a random program in the range where float64 rounding stays small.
TAME = ["neg", "abs", "tanh", "sigmoid", "softplus", "sin", "relu", "maximum", "minimum", "add", "sub", "mul", "clip"]


def run(shape, inputs, constants, program, registers, workers=1, outputs=None):
    """The outputs, one array for each of `registers`, checked for canaries."""
    dtype = inputs[0].dtype
    outputs = outputs or [Guarded(shape, dtype) for _ in registers]
    views = [np.broadcast_to(x, shape) for x in inputs]
    steps = [strides(v) for v in views]
    memory = Guarded(elementwise.scratch(shape, steps, constants, program, registers, workers), dtype)
    code = elementwise.encode(
        shape,
        [(v.ctypes.data, s) for v, s in zip(views, steps)],
        constants,
        program,
        [(o.address, r) for o, r in zip(outputs, registers)],
        memory.address,
    )
    elementwise.elementwise(arguments(code), dtype, workers)
    memory.check()
    return [o.check() for o in outputs]


def naive(shape, inputs, constants, program, registers):
    """The same in float64, one NumPy call an instruction."""
    values = [np.broadcast_to(x, shape).astype(float) for x in inputs]
    values += [np.full(shape, np.float64(inputs[0].dtype.type(c))) for c in constants]
    known = dict(enumerate(values))
    with np.errstate(all="ignore"):
        for name, target, sources in program:
            known[target] = TWINS[name](*(known[s] for s in sources)).astype(float)
    return [known[r] for r in registers]


def test_every_operation_has_a_twin():
    assert list(TWINS) == list(elementwise.OPS)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", elementwise.OPS)
def test_each_operation(name, dtype):
    random = np.random.default_rng(0)
    arity = elementwise.OPS[name]
    inputs = [random.normal(0, 2, 1037).astype(dtype) for _ in range(arity)]
    inputs[0][::7] = np.round(inputs[0][::7] * 2) / 2
    if arity > 1:
        inputs[1][::5] = inputs[0][::5]
    if name in ("sqrt", "rsqrt", "log", "log1p", "pow"):
        inputs[0] = np.abs(inputs[0]) + np.array(0.01, dtype)
    if name.endswith("over_root"):
        inputs[-2:] = [np.abs(x) for x in inputs[-2:]]
        inputs[-1] += np.array(0.5 if name.startswith("sub") else 0.01, dtype)
    if arity > 3:
        inputs = [x / 8 for x in inputs]  # several products may cancel
    program = [(name, arity, tuple(range(arity)))]
    found = run((1037,), inputs, [], program, [arity])
    expected = naive((1037,), inputs, [], program, [arity])
    # A rounded product can cancel in the sum: there the error is measured against the product.
    np.testing.assert_allclose(found[0], expected[0], rtol=5e-7 if dtype == "float32" else 1e-14, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["maximum", "minimum", "relu", "clip", "add", "abs", "sign", "sqrt", "floor", "tanh"])
def test_a_nan_goes_through(name, dtype):
    arity = elementwise.OPS[name]
    for place in range(1 if name == "clip" else arity):
        inputs = [np.ones(40, dtype) for _ in range(arity)]
        inputs[place][3::4] = np.nan
        (found,) = run((40,), inputs, [], [(name, arity, tuple(range(arity)))], [arity])
        assert np.isnan(found).tolist() == np.isnan(inputs[place]).tolist()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_nan_and_infinity_are_told_apart(dtype):
    x = np.array([np.nan, np.inf, -np.inf, 0, 1, -3e38] * 9, dtype)
    program = [("ne", 1, (0, 0)), ("is_finite", 2, (0,)), ("relu", 3, (0,)), ("sign", 4, (0,))]
    is_nan, finite, relu, sign = run(x.shape, [x], [], program, [1, 2, 3, 4])
    assert (is_nan == np.isnan(x)).all()
    assert (finite == np.isfinite(x)).all()
    np.testing.assert_array_equal(relu, np.maximum(x, 0))
    np.testing.assert_array_equal(sign, np.sign(x))


@st.composite
def programs(draw):
    shape = tuple(draw(st.lists(st.sampled_from([1, 2, 3, 5, 17, 40]), max_size=4)))
    masks = draw(st.lists(st.tuples(*[st.booleans()] * len(shape)), min_size=1, max_size=4))
    orders = [draw(st.permutations(range(len(shape)))) for _ in masks]
    constants = draw(st.lists(st.floats(-3, 3, width=32), max_size=3))
    given_count = len(masks) + len(constants)
    program = []
    for target in range(given_count, given_count + draw(st.integers(1, 8))):
        name = draw(st.sampled_from(TAME))
        program.append((name, target, tuple(draw(st.integers(0, target - 1)) for _ in range(elementwise.OPS[name]))))
    registers = draw(st.lists(st.integers(0, given_count + len(program) - 1), min_size=1, max_size=3))
    return shape, masks, orders, constants, program, registers


@settings(max_examples=80, deadline=None)
@given(case=programs(), seed=st.integers(0, 99))
def test_random_programs_over_broadcast_and_transposed_inputs(case, seed):
    shape, masks, orders, constants, program, registers = case
    random = np.random.default_rng(seed)
    for dtype, tolerance in (("float64", 1e-9), ("float32", None)):
        inputs = []
        for mask, order in zip(masks, orders):
            own = [1 if repeated else size for repeated, size in zip(mask, shape)]
            stored = random.normal(0, 1, [own[axis] for axis in order]).astype(dtype)
            inputs.append(stored.transpose(np.argsort(order)))
        found = run(shape, inputs, constants, program, registers)
        for workers in (2, 3):
            for a, b in zip(found, run(shape, inputs, constants, program, registers, workers)):
                assert same_bits(a, b)
        if tolerance is not None:
            for a, b in zip(found, naive(shape, inputs, constants, program, registers)):
                np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(
    "row",
    [(1,), (3,), (10,), (1000,), (1030,), (700, 1), (1, 1030), (2, 515)],
)
def test_broadcasts_on_both_sides_of_the_period(row):
    shape = (4, 700, row[-1]) if len(row) == 1 or row[0] == 700 else (5, row[0], row[1])
    if row == (700, 1):
        shape = (4, 700, 6)
    x = np.random.default_rng(0).normal(size=shape).astype("float32")
    bias = np.random.default_rng(1).normal(size=row).astype("float32")
    for workers in (1, 3):
        (found,) = run(shape, [x, bias], [], [("add", 2, (0, 1))], [2], workers)
        np.testing.assert_array_equal(found, x + bias)


def test_an_output_may_stand_where_an_input_stands():
    random = np.random.default_rng(0)
    x, y = random.normal(size=(2, 1300)).astype("float32")
    one, two = Guarded((1300,), "float32", x), Guarded((1300,), "float32", y)
    # x is read after its own output is known, and the two outputs swap the inputs' places.
    program = [("add", 2, (0, 1)), ("div", 3, (2, 0)), ("sub", 4, (3, 1))]
    run((1300,), [one.array, two.array], [], program, [2, 4], 2, [one, two])
    np.testing.assert_array_equal(one.array, x + y)
    np.testing.assert_array_equal(two.array, (x + y) / x - y)
    before = one.array.copy(), two.array.copy()
    run((1300,), [one.array, two.array], [], [], [1, 0], 2, [one, two])
    np.testing.assert_array_equal(one.array, before[1])
    np.testing.assert_array_equal(two.array, before[0])


def test_a_register_may_be_wanted_twice_and_an_input_may_be_an_output():
    x = np.arange(600, dtype="float32")
    a, b, c, d = run((600,), [x], [2.5], [("mul", 2, (0, 1))], [2, 2, 0, 1])
    np.testing.assert_array_equal(a, x * 2.5)
    np.testing.assert_array_equal(b, x * 2.5)
    np.testing.assert_array_equal(c, x)
    np.testing.assert_array_equal(d, np.full(600, 2.5))


def test_scratch_is_reused_along_a_long_chain():
    chain = [("neg", i + 1, (i,)) for i in range(40)]
    short = elementwise.scratch((5000,), [(1,)], [], chain[:20], [20], 1)
    assert elementwise.scratch((5000,), [(1,)], [], chain, [40], 1) - short < elementwise.BLOCK
    assert elementwise.scratch((5000,), [(1,)], [], chain, [40], 3) == 3 * elementwise.scratch(
        (5000,), [(1,)], [], chain, [40], 1
    )


def test_nothing_is_done_for_no_elements():
    (found,) = run((0, 3), [np.zeros((0, 3), "float32")], [], [("neg", 1, (0,))], [1])
    assert found.size == 0


@pytest.mark.parametrize(
    ("program", "outputs", "message"),
    [
        ([("cosh", 1, (0,))], [1], "no operation 'cosh'"),
        ([("add", 1, (0,))], [1], "add reads 2 registers, not 1"),
        ([("neg", 1, (5,))], [1], "reads register 5 before it is written"),
        ([("neg", 0, (0,))], [0], "writes register 0 a second time"),
        ([("neg", 1, (0,))], [9], "register 9, which nothing writes"),
    ],
)
def test_a_wrong_program_is_refused(program, outputs, message):
    with pytest.raises(ValueError, match=message):
        elementwise.encode((3,), [(0, (1,))], [], program, [(0, r) for r in outputs], 0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_products_and_roots_become_part_of_what_reads_them(dtype):
    random = np.random.default_rng(0)
    x, y, z = random.normal(size=(3, 1037)).astype(dtype)
    program = [
        *[("mul", 5, (0, 1)), ("add", 6, (2, 5)), ("mul", 7, (0, 1)), ("sub", 8, (7, 2))],
        *[("square", 9, (0,)), ("sub", 10, (2, 9)), ("abs", 11, (1,)), ("sqrt", 12, (11,))],
        *[("add", 13, (3, 12)), ("div", 14, (2, 13)), ("sqrt", 15, (11,)), ("add", 16, (15, 4)), ("div", 17, (2, 16))],
    ]
    wanted = [6, 8, 10, 14, 17]
    constants = [1e-3, 0.0]
    found = run(x.shape, [x, y, z], constants, program, wanted)
    for a, b in zip(found, naive(x.shape, [x, y, z], constants, program, wanted)):
        np.testing.assert_allclose(a, b, rtol=5e-7 if dtype == "float32" else 1e-14, atol=1e-6)
    _, code, _ = elementwise._plan(x.shape, [(0, (1,))] * 3, constants, program, [(0, r) for r in wanted], [], False)
    names = [list(elementwise.OPCODES)[step] for step in code[:: elementwise.INSTRUCTION]]
    # A root to which nothing is added stays: its estimate would be wrong near 0.
    assert names[:-5] == ["fma", "fms", "fnma", "abs", "over_root", "sqrt", "add", "div"]


def averages(target, w, m, v, g, t, u, rate, small):
    """Adam's step as a program: registers from `target` on; the new averages and the new weight last."""
    n = range(target, target + 12)
    return [
        *[("sub", n[0], (g, m)), ("mul", n[1], (n[0], t)), ("add", n[2], (m, n[1]))],
        *[("square", n[3], (g,)), ("sub", n[4], (n[3], v)), ("mul", n[5], (n[4], u)), ("add", n[6], (v, n[5]))],
        *[("mul", n[7], (n[2], rate)), ("sqrt", n[8], (n[6],)), ("add", n[9], (n[8], small))],
        *[("div", n[10], (n[7], n[9])), ("sub", n[11], (w, n[10]))],
    ], [n[2], n[6], n[11]]


def names_of(shape, given, constants, program, wanted):
    """The instructions that a program becomes."""
    inputs, outputs = [(0, strides(x)) for x in given], [(0, r) for r in wanted]
    _, code, _ = elementwise._plan(shape, inputs, constants, program, outputs, [], False)
    return [list(elementwise.OPCODES)[step] for step in code[:: elementwise.INSTRUCTION]]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rate", ["one", "each"])
@pytest.mark.parametrize("size", [1, 17, 1037, 5000])
def test_moving_averages_and_steps_by_them_are_one_instruction(size, rate, dtype):
    random = np.random.default_rng(0)
    given = list(random.normal(size=(5, size)).astype(dtype))  # weight, two averages, gradient, rate
    given[2] **= 2
    if rate == "one":
        given[4] = np.broadcast_to(given[4][:1], size)
    constants = [0.1, 0.001, 1e-7]
    program, wanted = averages(8, 0, 1, 2, 3, 5, 6, 4, 7)
    found = run((size,), given, constants, program, wanted)
    for a, b in zip(found, naive((size,), given, constants, program, wanted)):
        np.testing.assert_allclose(a, b, rtol=1e-6 if dtype == "float32" else 1e-14, atol=1e-6)
    apart = ["lerp", "lerp_to_product", "sub_over_root"]
    expected = ["step_by_averages"] if rate == "one" or size == 1 else apart
    assert names_of((size,), given, constants, program, wanted)[: len(expected)] == expected
    others = [
        run((size,), given, constants, [*program, ("add", 20, (wanted[0], 5))], [*wanted, 20], workers)
        for workers in (1, 3)
    ]  # the constant is read by itself as well
    for other in others:
        assert all(same_bits(a, b) for a, b in zip(found, other))
        np.testing.assert_array_equal(other[3], found[0] + np.array(0.1, dtype))


def test_averages_may_be_written_over_what_they_were():
    random = np.random.default_rng(0)
    kept = [Guarded((1037,), "float32") for _ in range(4)]
    for one in kept:
        one.array[:] = np.abs(random.normal(size=1037))
    given = [one.array for one in kept] + [np.broadcast_to(np.float32(0.01), 1037)]
    program, wanted = averages(8, 0, 1, 2, 3, 5, 6, 4, 7)
    expected = run((1037,), given, [0.1, 0.001, 1e-7], program, wanted)
    gradient = kept[3].array.copy()
    m, v, w = run((1037,), given, [0.1, 0.001, 1e-7], program, wanted, outputs=[kept[1], kept[2], kept[0]])
    assert all(same_bits(a, b) for a, b in zip((m, v, w), expected))
    assert same_bits(kept[3].check(), gradient)


@pytest.mark.parametrize("order", ["averages apart", "other gradient", "other average"])
def test_averages_of_another_kind_stay_instructions_of_their_own(order):
    x = np.random.default_rng(0).uniform(0.5, 2, (5, 40)).astype("float32")
    given = [*x[:4], np.broadcast_to(x[4, :1], 40), x[4]]
    program, wanted = averages(9, 0, 1, 2, 3, 6, 7, 4, 8)
    if order == "averages apart":
        program.insert(3, ("exp", 30, (wanted[0],)))
        wanted.append(30)
    elif order == "other gradient":
        program[3] = ("square", 12, (5,))
    else:
        program[7] = ("mul", 16, (1, 4))
    assert "step_by_averages" not in names_of((40,), given, [0.1, 0.001, 1e-7], program, wanted)
    found = run((40,), given, [0.1, 0.001, 1e-7], program, wanted)
    for a, b in zip(found, naive((40,), given, [0.1, 0.001, 1e-7], program, wanted)):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


def test_a_quotient_by_a_root_is_right_from_end_to_end():
    y = np.concatenate([np.logspace(-45, 38, 3001), [0.0, np.inf, np.nan, -1.0]]).astype("float32")
    for x in (1.0, -3e5, 0.0):
        for z in (1e-12, 1e-7, 1.0, 1e12):
            given = [np.full_like(y, x), y, np.full_like(y, z)]
            (found,) = run(y.shape, given, [], [("over_root", 3, (0, 1, 2))], [3])
            (expected,) = naive(y.shape, given, [], [("over_root", 3, (0, 1, 2))], [3])
            np.testing.assert_allclose(found, expected.astype("float32"), rtol=3e-7)


def sums_of(shape, x, y, workers, totals, dtype):
    """Sums of x * y and of y, whole or by column, and x * y itself."""
    given = [np.broadcast_to(v, shape) for v in (x, y)]
    width = shape[-1] if totals == "columns" else 1
    program = [("mul", 2, (0, 1))]
    wanted = [elementwise.Total(2, width, 0), elementwise.Total(1, width, 0), elementwise.Total(2, width, 0)]
    needed = elementwise.scratch(shape, [strides(v) for v in given], [], program, [2], workers, wanted)
    memory, out = Guarded(needed, dtype), Guarded(shape, dtype)
    sums = [Guarded((width,), dtype) for _ in wanted]
    for kernel, code, parallel in elementwise.instructions(
        shape, [(v.ctypes.data, strides(v)) for v in given], [], program, [(out.address, 2)],
        [t._replace(address=s.address) for t, s in zip(wanted, sums)], memory.address, memory.array.itemsize,
    ):  # fmt: skip
        kernel(arguments(code), dtype, workers if parallel else 1)
    memory.check()
    return [out.check(), *(s.check() for s in sums)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("totals", ["columns", "all"])
@pytest.mark.parametrize(
    "shape", [(1, 1), (7, 1), (5, 3), (3000, 10), (2, 300, 100, 2), (41, 512), (60, 300), (2000, 33), (90, 16, 16)]
)
def test_sums_of_registers(shape, totals, dtype):
    random = np.random.default_rng(0)
    x, y = random.normal(3, 2, shape).astype(dtype), random.normal(1, 1, shape[-1:]).astype(dtype)
    found = sums_of(shape, x, y, 1, totals, dtype)
    for other in (2, 3):
        for a, b in zip(found, sums_of(shape, x, y, other, totals, dtype)):
            assert same_bits(a, b)
    axes = tuple(range(len(shape) - 1)) if totals == "columns" else None
    wide = x.astype("float64"), np.broadcast_to(y, shape).astype("float64")
    for array, exact in zip(found[1:], (wide[0] * wide[1], wide[1], wide[0] * wide[1])):
        scale = np.abs(exact).sum(axes)
        error = np.abs(array - exact.sum(axes).reshape(array.shape)) / scale
        assert (error < (6e-7 if dtype == "float32" else 1e-14)).all()  # 32 roundings of a growing sum
    np.testing.assert_allclose(found[0], x * y, rtol=1e-6)
