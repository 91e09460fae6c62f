"""Other kernels run band by band: all of them on one part of the data, then on the next."""

from netstudio.engine.kernels.abi import at, int_pointer, kernel, next_piece
from netstudio.engine.kernels.loop import call

FIELDS = 2  # of a call: the addresses of the kernel and of its arguments


@kernel
def in_bands(a, t, worker, workers):
    """Each band's calls, one after another, on the worker that takes the band.

    Arguments: a counter, at first 0; how many bands; calls of a band; the address of the calls, a table
    (workers, bands, calls, FIELDS): a worker has a workspace of its own, and so arguments of its own.
    """
    bands, calls = a[1], a[2]
    band = next_piece(-1, at(a, 0), bands, workers)
    while band < bands:
        table = at(int_pointer(a[3]), (worker * bands + band) * calls * FIELDS)
        for i in range(calls):
            call(table[i * FIELDS], table[i * FIELDS + 1], 0, 1)
        band = next_piece(band, at(a, 0), bands, workers)
