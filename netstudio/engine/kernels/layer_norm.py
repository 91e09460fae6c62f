"""Layer normalisation of each row, and its gradients in one pass over memory.

Mean and variance are taken in two passes over the row, which lies in the first-level cache by then, so that a large
mean costs no digits. The backward kernel finds them again rather than read them.
Source: J. Ba, J. Kiros, G. Hinton, "Layer Normalization" (2016).
"""

from __future__ import annotations

from netstudio.engine.kernels.abi import Kernel, at, cast, device, kernel, pointer, share
from netstudio.engine.kernels.vmath import bits_of_double, float_of_bits, like, rsqrt

ROWS = 32  # of a chunk, at least
CHUNKS = 64  # at most

Instructions = list[tuple[Kernel, list[int], bool]]


@device
def _mean(x, count):
    total = like(0, x[0])
    for i in range(count):
        total += x[i]
    return total / like(count, total)


@device
def _variance(x, mean, count):
    total = like(0, mean)
    for i in range(count):
        total += (x[i] - mean) * (x[i] - mean)
    return total / like(count, total)


@kernel
def layer_norm(a, t, worker, workers):
    """y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, each row.

    Arguments: x, gamma, beta, y; rows; columns; the bits of epsilon.
    """
    gamma, beta, rows, columns = pointer(a[1], t), pointer(a[2], t), a[4], a[5]
    epsilon = cast(float_of_bits(a[6]), t)
    first, last = share(rows, 1, worker, workers)
    for row in range(first, last):
        x, y = at(pointer(a[0], t), row * columns), at(pointer(a[3], t), row * columns)
        mean = _mean(x, columns)
        factor = rsqrt(_variance(x, mean, columns) + epsilon)
        for i in range(columns):
            y[i] = (x[i] - mean) * factor * gamma[i] + beta[i]


@device
def _grad_row(x, gamma, g, dx, d_gamma, d_beta, epsilon, count):
    mean = _mean(x, count)
    factor = rsqrt(_variance(x, mean, count) + epsilon)
    total, along = like(0, mean), like(0, mean)
    for i in range(count):
        slope = g[i] * gamma[i]
        total += slope
        along += slope * ((x[i] - mean) * factor)
    total, along = total / like(count, total), along / like(count, total)
    for i in range(count):
        normal, slope = (x[i] - mean) * factor, g[i]
        d_gamma[i] += slope * normal
        d_beta[i] += slope
        dx[i] = factor * (slope * gamma[i] - total - normal * along)


@kernel
def layer_norm_grad(a, t, worker, workers):
    """dx, and for each chunk of rows its part of d_gamma and d_beta.

    Arguments: x, gamma, the output's gradient, dx, the parts (chunks, 2, columns); rows; columns; the bits of epsilon;
    the rows of a chunk.
    """
    gamma, rows, columns, chunk = pointer(a[1], t), a[5], a[6], a[8]
    epsilon = cast(float_of_bits(a[7]), t)
    first, last = share((rows + chunk - 1) // chunk, 1, worker, workers)
    for number in range(first, last):
        part = at(pointer(a[4], t), number * 2 * columns)
        for i in range(2 * columns):
            part[i] = like(0, epsilon)
        for row in range(number * chunk, min(rows, (number + 1) * chunk)):
            x, g = at(pointer(a[0], t), row * columns), at(pointer(a[2], t), row * columns)
            dx = at(pointer(a[3], t), row * columns)
            _grad_row(x, gamma, g, dx, part, at(part, columns), epsilon, columns)


def _chunk(rows: int) -> int:
    """The rows of a chunk; it depends on the sizes alone, so the result does not depend on the workers."""
    return max(ROWS, -(-rows // CHUNKS))


def chunks(rows: int) -> int:
    """Into how many parts the rows are cut."""
    return -(-rows // _chunk(rows))


def forward(x: int, gamma: int, beta: int, y: int, rows: int, columns: int, epsilon: float) -> Instructions:
    """The call that writes y (rows, columns) from x (rows, columns), gamma and beta (columns); addresses."""
    return [(layer_norm, [x, gamma, beta, y, rows, columns, bits_of_double(epsilon)], True)]


def backward(x: int, gamma: int, g: int, dx: int, parts: int, rows: int, columns: int, epsilon: float) -> Instructions:
    """The call that writes dx (rows, columns) and parts (`chunks(rows)`, 2, columns) from the output's gradient g.

    The parts add up to the gradients of gamma and beta. Addresses.
    """
    arguments = [x, gamma, g, dx, parts, rows, columns, bits_of_double(epsilon), _chunk(rows)]
    return [(layer_norm_grad, arguments, True)]
