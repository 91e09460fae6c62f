"""Write `convolutions.npz` beside this file, with Keras in float64, as `make_keras_layers.py` says."""

from __future__ import annotations

from typing import Any

import keras
from make_keras_layers import Case, write

STEPS, IMAGE, VOLUME = (9, 2), (6, 5, 2), (4, 5, 3, 2)
SAME: dict[str, Any] = {"padding": "same"}


def transposed(size: int, **params: Any) -> dict[str, Any]:
    return {"filters": 3, "kernel_size": size, **params}


CASES: list[Case] = [
    ("Conv1D", {"filters": 6, "kernel_size": 3, "strides": 2, **SAME, "groups": 2}, [STEPS]),
    ("Conv1D", {"filters": 3, "kernel_size": 4, "dilation_rate": 2, **SAME, "activation": "relu"}, [STEPS]),
    ("Conv1D", {"filters": 3, "kernel_size": 3, "padding": "causal", "dilation_rate": 3}, [STEPS]),
    ("Conv1D", {"filters": 3, "kernel_size": 3, "padding": "causal", "strides": 2}, [STEPS]),
    ("Conv2D", {"filters": 6, "kernel_size": [3, 2], "strides": [2, 3], **SAME}, [IMAGE]),
    ("Conv2D", {"filters": 6, "kernel_size": [4, 2], "dilation_rate": [1, 2], "groups": 2}, [IMAGE]),
    ("Conv3D", {"filters": 4, "kernel_size": [2, 3, 2], "use_bias": False}, [VOLUME]),
    ("Conv3D", {"filters": 4, "kernel_size": [3, 2, 4], "strides": [2, 1, 3], **SAME, "groups": 2}, [VOLUME]),
    ("Conv3D", {"filters": 3, "kernel_size": 2, "dilation_rate": [2, 1, 2], **SAME}, [VOLUME]),
    ("DepthwiseConv1D", {"kernel_size": 3, "depth_multiplier": 2, "strides": 2, **SAME}, [STEPS]),
    ("DepthwiseConv1D", {"kernel_size": 4, "dilation_rate": 2}, [STEPS]),
    ("DepthwiseConv2D", {"kernel_size": [3, 2], "depth_multiplier": 3, "activation": "tanh"}, [IMAGE]),
    ("DepthwiseConv2D", {"kernel_size": [2, 3], "strides": 2, **SAME}, [IMAGE]),
    ("SeparableConv1D", {"filters": 5, "kernel_size": 3, "depth_multiplier": 2, "dilation_rate": 2}, [STEPS]),
    ("SeparableConv1D", {"filters": 5, "kernel_size": 4, "strides": 3, **SAME}, [STEPS]),
    ("SeparableConv2D", {"filters": 5, "kernel_size": [3, 2], "depth_multiplier": 2, **SAME}, [IMAGE]),
    ("SeparableConv2D", {"filters": 5, "kernel_size": 3, "strides": 2, "use_bias": False}, [IMAGE]),
    *(
        ("Conv1DTranspose", transposed(size, strides=stride, padding=padding, output_padding=added), [STEPS])
        for size in (2, 3, 5)
        for stride, added in ((1, None), (2, None), (3, None), (3, 0), (3, 1), (3, 2))
        for padding in ("valid", "same")
    ),
    *(
        ("Conv1DTranspose", transposed(size, dilation_rate=2, padding=padding), [STEPS])
        for size in (2, 3)
        for padding in ("valid", "same")
    ),
    ("Conv2DTranspose", transposed(3, strides=[2, 3], padding="same", activation="relu"), [IMAGE]),
    ("Conv2DTranspose", {"filters": 5, "kernel_size": [4, 2], "strides": [2, 3], "output_padding": [1, 0]}, [IMAGE]),
    ("Conv2DTranspose", {"filters": 2, "kernel_size": [2, 3], "dilation_rate": [3, 1], "use_bias": False}, [IMAGE]),
    *(
        (f"{kind}Pooling{shape[0]}D", params, [shape[1]])
        for kind in ("Max", "Average")
        for shape in ((1, STEPS), (2, IMAGE), (3, VOLUME))
        for params in ({"pool_size": 2}, {"pool_size": 2, "strides": 3}, {"pool_size": 3, "strides": 1, **SAME})
    ),
    *(
        (f"MaxPooling{n}D", {"pool_size": 4, "strides": 3, **SAME}, [s])
        for n, s in ((1, STEPS), (2, IMAGE), (3, VOLUME))
    ),
    *(
        (f"Global{kind}Pooling{shape[0]}D", {"keepdims": keep}, [shape[1]])
        for kind in ("Max", "Average")
        for shape in ((1, STEPS), (2, IMAGE), (3, VOLUME))
        for keep in (False, True)
    ),
]


def main() -> None:
    keras.backend.set_floatx("float64")
    write("convolutions", CASES)


if __name__ == "__main__":
    main()
