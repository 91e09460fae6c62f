"""Every layer with parameters and inputs that make it do all it can do: the rows that the generic tests run over.

Whoever adds a layer adds its rows here. The sizes differ, so that a transposed axis shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from netstudio.graph import Endpoint, Graph, Node, TensorSpec, Wire
from netstudio.layers import LAYERS
from netstudio.layers.activations import NAMES

NOT_COMPUTING = {"Input", "Target", "Output"}
IMAGE = (5, 4, 6)
POSITIVE = {"Divide": "x1"}  # an input that gradient checks keep away from 0, where differences say nothing
FLAT, MATRIX = (4,), (3, 4)
STEPS, VOLUME = (7, 4), (4, 3, 5, 2)

Shape = tuple[int, ...]


class Case(NamedTuple):
    """A layer of that type with inputs of those shapes, in the order of its ports; None where nothing is wired in."""

    type: str
    params: Mapping[str, Any]
    specs: Sequence[TensorSpec | None]


ACTIVATIONS: list[tuple[str, dict[str, Any], list[Shape]]] = [
    ("ReLU", {}, [MATRIX]),
    ("ReLU", {"max_value": 1.0, "negative_slope": 0.2, "threshold": 0.3}, [MATRIX]),
    ("LeakyReLU", {}, [MATRIX]),
    ("PReLU", {}, [MATRIX]),
    ("PReLU", {"alpha_regularizer": "l2", "shared_axes": [1, 2]}, [(3, 2, 4)]),
    ("ELU", {"alpha": 0.3}, [MATRIX]),
    ("SELU", {}, [MATRIX]),
    ("CELU", {"alpha": 0.3}, [MATRIX]),
    ("GELU", {}, [MATRIX]),
    ("GELU", {"approximate": True}, [(7,)]),
    *((name, {}, [MATRIX]) for name in ("SiLU", "Mish", "Softplus", "Softsign", "HardSigmoid", "HardSwish")),
    *((name, {}, [(7,)]) for name in ("HardTanh", "Exponential", "Identity")),
    *(
        (name, {}, [(7,)])
        for name in ("ReLU6", "LogSigmoid", "TanhShrink", "Squareplus", "SparsePlus", "SparseSigmoid")
    ),
    *((name, {"threshold": 0.2}, [MATRIX]) for name in ("SoftShrink", "HardShrink")),
    ("Threshold", {"threshold": 0.3, "default_value": -2.0}, [MATRIX]),
    ("Sigmoid", {}, [()]),
    ("Tanh", {}, [(3,)]),
    *((name, {}, [MATRIX]) for name in ("Softmax", "LogSoftmax", "Sparsemax")),
    *((name, {"axis": 1}, [(3, 2, 4)]) for name in ("Softmax", "LogSoftmax", "Sparsemax")),
    ("Softmax", {"axis": -2}, [(3, 2, 4)]),
    ("Softmax", {}, [(1,)]),
    ("GLU", {}, [MATRIX]),
    ("GLU", {"axis": 1}, [(6, 3)]),
]
MERGES: list[tuple[str, dict[str, Any], list[Shape]]] = [
    *[
        (name, {}, shapes)
        for name in ("Add", "Multiply")
        for shapes in ([MATRIX] * 3, [FLAT, MATRIX], [(3, 1), (1, 4)], [FLAT])
    ],
    *[
        (name, {}, shapes)
        for name in ("Maximum", "Minimum", "Average")
        for shapes in ([MATRIX] * 3, [FLAT, (3, 1)], [FLAT])
    ],
    *[(name, {}, shapes) for name in ("Subtract", "Divide") for shapes in ([MATRIX] * 2, [FLAT, (3, 1)], [(), FLAT])],
    ("Dot", {}, [FLAT, FLAT]),
    ("Dot", {}, [(1,), (1,)]),
    ("Dot", {"normalize": True}, [MATRIX, (5, 4)]),
    ("Dot", {"axes": [1, -1]}, [(4, 3), (2, 5, 4)]),
    ("Dot", {"axes": 1, "normalize": True}, [MATRIX, (3,)]),
    ("MatMul", {}, [MATRIX, (4, 5)]),
    ("MatMul", {}, [(2, 3, 4), (4, 1)]),
    ("MatMul", {}, [(2, 1, 3, 4), (5, 4, 3)]),
    *[(f"Reduce{kind}", {}, [MATRIX]) for kind in ("Mean", "Sum", "Max", "Min")],
    *[(f"Reduce{kind}", {"axis": 2}, [IMAGE]) for kind in ("Mean", "Sum", "Max", "Min")],
    *[(f"Reduce{kind}", {"axis": [1, -1], "keepdims": True}, [IMAGE]) for kind in ("Mean", "Sum", "Max", "Min")],
    ("ReduceSum", {}, [()]),
    ("PairwiseDistance", {}, [FLAT, FLAT]),
    ("PairwiseDistance", {"p": 1, "keepdim": True, "eps": 0.0}, [MATRIX, FLAT]),
    ("Stack", {}, [MATRIX] * 3),
    ("Stack", {"axis": 1}, [FLAT] * 2),
    ("Stack", {"axis": -2}, [MATRIX]),
    ("Concatenate", {"axis": 1}, [(3, 4), (2, 4), (1, 4)]),
    ("Concatenate", {}, [(3, 4), (3, 1), (3, 2)]),
]
MOVES: list[tuple[str, dict[str, Any], list[Shape]]] = [
    ("Permute", {"dims": [2, 1]}, [MATRIX]),
    ("Permute", {"dims": [3, 1, 2]}, [IMAGE]),
    ("RepeatVector", {"n": 3}, [FLAT]),
    ("RepeatVector", {"n": 1}, [(1,)]),
    ("Slice", {"start": 1, "stop": -1}, [MATRIX]),
    ("Slice", {"axis": 1, "start": -1, "stop": None, "step": -2}, [(5, 3)]),
    ("Slice", {}, [FLAT]),
    ("Split", {}, [MATRIX]),
    ("Split", {"axis": 1, "size": 1}, [MATRIX]),
    ("Split", {"parts": 3}, [(2, 6)]),
    ("Split", {"axis": 1, "size": [1, 3, 2]}, [(7, 2)]),
    ("ZeroPadding1D", {}, [MATRIX]),
    ("ZeroPadding1D", {"padding": [2, 0]}, [(1, 3)]),
    ("ZeroPadding2D", {}, [IMAGE]),
    ("ZeroPadding2D", {"padding": [[0, 2], [3, 1]]}, [(2, 1, 3)]),
    ("Cropping1D", {}, [(5, 3)]),
    ("Cropping2D", {"cropping": [[0, 2], [1, 0]]}, [IMAGE]),
    ("ZeroPadding3D", {"padding": [[0, 2], [3, 1], [1, 0]]}, [(2, 1, 3, 2)]),
    ("ZeroPadding3D", {}, [(1, 1, 1, 1)]),
    ("Cropping3D", {"cropping": [[0, 2], [1, 0], [1, 1]]}, [VOLUME]),
    ("UpSampling3D", {"size": [2, 1, 3]}, [(2, 3, 1, 2)]),
    ("UpSampling1D", {"size": 3}, [MATRIX]),
    ("UpSampling2D", {}, [(3, 2, 4)]),
    ("UpSampling2D", {"size": [1, 3]}, [(3, 2, 4)]),
    ("UpSampling2D", {"size": [2, 3], "interpolation": "bilinear"}, [(3, 4, 2)]),
    ("UpSampling2D", {"interpolation": "bilinear"}, [(1, 2, 1)]),
]
NORMALISING: list[tuple[str, dict[str, Any], list[Shape]]] = [
    ("Dropout", {"rate": 0.4}, [MATRIX]),
    ("Dropout", {"rate": 0.4, "noise_shape": [None, 1, 4]}, [MATRIX]),
    ("GaussianNoise", {"stddev": 0.3}, [MATRIX]),
    ("GaussianDropout", {"rate": 0.3}, [MATRIX]),
    ("AlphaDropout", {"rate": 0.3}, [MATRIX]),
    ("AlphaDropout", {"rate": 0.3, "noise_shape": [1, -1, 1]}, [MATRIX]),
    ("SpatialDropout1D", {"rate": 0.3}, [MATRIX]),
    ("SpatialDropout2D", {"rate": 0.3}, [(3, 2, 4)]),
    ("SpatialDropout3D", {"rate": 0.3}, [(2, 3, 1, 4)]),
    ("Rescaling", {"scale": 0.5, "offset": -1.0}, [MATRIX]),
    ("Rescaling", {"scale": 2.0}, [()]),
    ("BatchNormalization", {}, [MATRIX]),
    ("BatchNormalization", {"center": False, "scale": False}, [FLAT]),
    ("BatchNormalization", {"center": False, "momentum": 0.5}, [IMAGE]),
    ("BatchNormalization", {"axis": 1}, [(3, 2, 4)]),
    ("LayerNormalization", {}, [(3, 5)]),
    ("LayerNormalization", {"center": False, "scale": False, "epsilon": 0.1}, [(5,)]),
    ("RMSNormalization", {}, [MATRIX]),
    ("RMSNormalization", {"axis": 1, "epsilon": 0.1}, [(3, 2, 4)]),
    ("GroupNormalization", {"groups": 2}, [(3, 2, 4)]),
    ("GroupNormalization", {"groups": 3, "axis": 1, "center": False}, [(6, 2)]),
    ("GroupNormalization", {"groups": -1, "scale": False}, [MATRIX]),
    ("GroupNormalization", {"groups": 1}, [(5,)]),
    ("UnitNormalization", {}, [MATRIX]),
    ("UnitNormalization", {"axis": [1, 3]}, [(3, 2, 4)]),
    ("Normalization", {}, [MATRIX]),
    ("Normalization", {"axis": 1, "invert": True}, [MATRIX]),
    ("Normalization", {"mean": 0.3, "variance": 4.0}, [MATRIX]),
]
INTEGERS: list[tuple[str, dict[str, Any], list[Shape]]] = [
    ("Embedding", {"input_dim": 3, "output_dim": 5, "embeddings_regularizer": "l2"}, [(4,)]),
    ("Embedding", {"input_dim": 2, "output_dim": 1}, [()]),
    ("Embedding", {"input_dim": 4, "output_dim": 3}, [(2, 3)]),
    ("Embedding", {"input_dim": 4, "output_dim": 3, "mask_zero": True}, [(5,)]),
]
BARE: dict[str, Any] = {"filters": 3, "kernel_size": 1, "use_bias": False}
CONVOLUTIONS: list[tuple[str, dict[str, Any], list[Shape]]] = [
    ("Conv1D", {"filters": 5, "kernel_size": 3, "activation": "tanh"}, [STEPS]),
    ("Conv1D", {"filters": 6, "kernel_size": [2], "groups": 2, "strides": 2, "padding": "same"}, [STEPS]),
    ("Conv1D", {"filters": 3, "kernel_size": 3, "padding": "causal", "dilation_rate": 2}, [STEPS]),
    ("Conv1D", {"filters": 3, "kernel_size": 2, "padding": "causal", "strides": 3, "use_bias": False}, [STEPS]),
    ("Conv2D", {"filters": 6, "kernel_size": [3, 2]}, [IMAGE]),
    ("Conv2D", {"filters": 2, "kernel_size": [3, 2], "padding": "same", "strides": [2, 1]}, [IMAGE]),
    ("Conv2D", {"filters": 6, "kernel_size": 2, "groups": 2, "use_bias": False}, [IMAGE]),
    ("Conv2D", {"filters": 2, "kernel_size": 2, "dilation_rate": 2, "activation": "gelu"}, [IMAGE]),
    ("Conv3D", {"filters": 3, "kernel_size": [2, 3, 1], "activation": "relu"}, [VOLUME]),
    (
        "Conv3D",
        {"filters": 4, "kernel_size": [3, 2, 2], "groups": 2, "strides": [2, 1, 3], "padding": "same"},
        [VOLUME],
    ),
    ("Conv3D", {"filters": 1, "kernel_size": 2, "dilation_rate": [2, 1, 3], "kernel_regularizer": "l2"}, [VOLUME]),
    ("Conv3D", {"filters": 2, "kernel_size": [1, 2, 3], "strides": [3, 1, 1], "groups": 2}, [VOLUME]),
    ("Conv3D", {"filters": 2, "kernel_size": [1, 2, 3]}, [VOLUME]),
    ("DepthwiseConv1D", {"kernel_size": 3}, [STEPS]),
    ("DepthwiseConv1D", {"kernel_size": 2, "depth_multiplier": 3, "strides": 2, "padding": "same"}, [STEPS]),
    ("DepthwiseConv2D", {"kernel_size": [3, 2], "activation": "relu"}, [IMAGE]),
    (
        "DepthwiseConv2D",
        {"kernel_size": 2, "depth_multiplier": 2, "strides": [1, 2], "dilation_rate": [2, 1], "padding": "same"},
        [IMAGE],
    ),
    ("SeparableConv1D", {"filters": 5, "kernel_size": 3, "activation": "relu"}, [STEPS]),
    ("SeparableConv1D", {"filters": 3, "kernel_size": 2, "depth_multiplier": 2, "dilation_rate": 3}, [STEPS]),
    ("SeparableConv2D", {"filters": 5, "kernel_size": [3, 2], "pointwise_regularizer": "l2"}, [IMAGE]),
    (
        "SeparableConv2D",
        {
            "filters": 3,
            "kernel_size": 2,
            "depth_multiplier": 2,
            "strides": [2, 1],
            "padding": "same",
            "use_bias": False,
        },
        [IMAGE],
    ),
    ("Conv1DTranspose", {"filters": 3, "kernel_size": 3, "activation": "tanh"}, [STEPS]),
    ("Conv1DTranspose", {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"}, [STEPS]),
    ("Conv1DTranspose", {"filters": 2, "kernel_size": 2, "dilation_rate": 2}, [STEPS]),
    ("Conv1DTranspose", {"filters": 1, "kernel_size": 1, "strides": 4}, [STEPS]),
    ("Conv2DTranspose", {"filters": 3, "kernel_size": [3, 2]}, [(3, 2, 4)]),
    ("Conv2DTranspose", {"filters": 3, "kernel_size": [3, 2], "strides": [2, 3], "padding": "same"}, [(3, 2, 4)]),
    (
        "Conv2DTranspose",
        {"filters": 2, "kernel_size": [4, 3], "strides": [2, 3], "output_padding": [1, 0], "activation": "relu"},
        [(3, 2, 4)],
    ),
    (
        "Conv2DTranspose",
        {"filters": 2, "kernel_size": [4, 1], "strides": [2, 3], "output_padding": [0, 2], "padding": "same"},
        [(3, 2, 4)],
    ),
    ("Conv2DTranspose", {"filters": 2, "kernel_size": 3, "dilation_rate": [1, 2], "padding": "same"}, [(3, 5, 2)]),
    *[(kind, BARE, [(1, 1)]) for kind in ("Conv1D", "SeparableConv1D", "Conv1DTranspose")],
    *[(kind, BARE, [(1, 1, 1)]) for kind in ("Conv2D", "SeparableConv2D", "Conv2DTranspose")],
    ("Conv3D", BARE, [(1, 1, 1, 1)]),
    ("DepthwiseConv1D", {"kernel_size": 1}, [(1, 1)]),
    ("DepthwiseConv2D", {"kernel_size": 3, "padding": "same"}, [(1, 1, 1)]),
]
KINDS = ("Max", "Average")
POOLINGS: list[tuple[str, dict[str, Any], list[Shape]]] = [
    *[(f"{kind}Pooling1D", {}, [(5, 3)]) for kind in KINDS],
    *[(f"{kind}Pooling1D", {"pool_size": 3, "strides": 1, "padding": "same"}, [MATRIX]) for kind in KINDS],
    *[(f"{kind}Pooling1D", {"pool_size": [4], "strides": [3], "padding": "same"}, [STEPS]) for kind in KINDS],
    *[(f"{kind}Pooling2D", {}, [IMAGE]) for kind in KINDS],
    *[(f"{kind}Pooling2D", {"pool_size": 3, "strides": [1, 2], "padding": "same"}, [IMAGE]) for kind in KINDS],
    *[(f"{kind}Pooling2D", {"pool_size": [2, 3], "padding": "same"}, [IMAGE]) for kind in KINDS],
    *[(f"{kind}Pooling3D", {}, [VOLUME]) for kind in KINDS],
    *[
        (f"{kind}Pooling3D", {"pool_size": [3, 2, 4], "strides": [1, 2, 3], "padding": "same"}, [VOLUME])
        for kind in KINDS
    ],
    *[(f"{kind}Pooling3D", {"pool_size": 1}, [(1, 1, 1, 1)]) for kind in KINDS],
    *[(f"Global{kind}Pooling1D", {}, [MATRIX]) for kind in KINDS],
    *[(f"Global{kind}Pooling1D", {"keepdims": True}, [(1, 3)]) for kind in KINDS],
    *[(f"Global{kind}Pooling2D", {}, [IMAGE]) for kind in KINDS],
    *[(f"Global{kind}Pooling2D", {"keepdims": True}, [IMAGE]) for kind in KINDS],
    *[(f"Global{kind}Pooling3D", {}, [VOLUME]) for kind in KINDS],
    *[(f"Global{kind}Pooling3D", {"keepdims": True}, [VOLUME]) for kind in KINDS],
]
RELU_TANH: dict[str, Any] = {"activation": "relu", "recurrent_activation": "tanh"}
DROPPING: dict[str, Any] = {"dropout": 0.3, "recurrent_dropout": 0.4}


def held(name: str, **params: Any) -> dict[str, Any]:
    """The layer that another one holds, in a document's form."""
    return {"layer": {"type": name, "params": params}}


RECURRENT: list[tuple[str, dict[str, Any], list[Shape]]] = [
    ("LSTM", {"units": 5}, [(4, 3)]),
    ("LSTM", {"units": 17, "return_sequences": True, "go_backwards": True}, [(3, 2)]),
    ("LSTM", {"units": 3, "use_bias": False}, [(1, 2)]),
    ("LSTM", {"units": 3, "dropout": 0.3, "recurrent_dropout": 0.4, "return_sequences": True}, [(4, 2)]),
    ("LSTM", {"units": 3, "activation": "relu", "recurrent_activation": "tanh"}, [(4, 2)]),
    ("LSTM", {"units": 3, "return_state": True, "unit_forget_bias": False}, [(4, 2)]),
    ("SimpleRNN", {"units": 5, "kernel_regularizer": "l2"}, [(4, 3)]),
    ("SimpleRNN", {"units": 3, "return_sequences": True, "return_state": True, "go_backwards": True}, [(4, 2)]),
    ("SimpleRNN", {"units": 3, "use_bias": False, "activation": None, **DROPPING}, [(3, 2)]),
    ("SimpleRNN", {"units": 1}, [(1, 1)]),
    ("GRU", {"units": 5}, [(4, 3)]),
    ("GRU", {"units": 3, "return_sequences": True, "return_state": True, "go_backwards": True}, [(4, 2)]),
    ("GRU", {"units": 5, "reset_after": False, "recurrent_regularizer": "l2", **RELU_TANH}, [(4, 3)]),
    ("GRU", {"units": 3, "use_bias": False, **DROPPING}, [(4, 2)]),
    ("GRU", {"units": 3, "use_bias": False, "reset_after": False, **DROPPING}, [(4, 2)]),
    ("GRU", {"units": 1}, [(1, 1)]),
    ("Bidirectional", held("LSTM", units=3), [(4, 2)]),
    ("Bidirectional", held("GRU", units=3, return_sequences=True, return_state=True), [(4, 2)]),
    ("Bidirectional", {"merge_mode": "sum", **held("SimpleRNN", units=3, return_sequences=True)}, [(4, 2)]),
    ("Bidirectional", {"merge_mode": "mul", **held("LSTM", units=3, bias_regularizer="l2")}, [(1, 2)]),
    ("Bidirectional", {"merge_mode": None, **held("LSTM", units=3, return_state=True)}, [(4, 2)]),
    (
        "Bidirectional",
        {
            "merge_mode": "ave",
            **held("GRU", units=3, **DROPPING),
            "backward_layer": {"type": "SimpleRNN", "params": {"units": 3, "go_backwards": True}},
        },
        [(4, 2)],
    ),
    *[
        (name, {"units": 3, **params}, [(4, 2), (3,)])
        for name in ("GRU", "SimpleRNN")
        for params in ({}, {"return_sequences": True, "return_state": True, "go_backwards": True})
    ],
    ("LSTM", {"units": 3, "return_state": True}, [(4, 2), (3,), (3,)]),
    ("LSTM", {"units": 3}, [(1, 2), (3,), (3,)]),
    ("Bidirectional", held("GRU", units=3), [(4, 2), (3,), (3,)]),
    ("Bidirectional", held("LSTM", units=2), [(4, 2), (2,), (2,), (2,), (2,)]),
    ("ConvLSTM1D", {"filters": 3, "kernel_size": 3, "return_state": True}, [(3, 5, 2)]),
    ("ConvLSTM1D", {"filters": 1, "kernel_size": 1}, [(1, 1, 1)]),
    (
        "ConvLSTM2D",
        {"filters": 2, "kernel_size": [3, 2], "padding": "same", "return_sequences": True, "go_backwards": True},
        [(3, 4, 5, 2)],
    ),
    ("ConvLSTM2D", {"filters": 2, "kernel_size": 2, "strides": [1, 2], "use_bias": False, **DROPPING}, [(2, 3, 4, 1)]),
    ("Masking", {}, [(4, 2)]),
    ("Masking", {"mask_value": -1.5}, [(1, 1)]),
    ("LSTM", {"units": 3, "zero_output_for_mask": True}, [(4, 2)]),
    ("TimeDistributed", held("Dense", units=3, activation="tanh", kernel_regularizer="l2"), [(4, 2)]),
    ("TimeDistributed", held("Conv1D", filters=3, kernel_size=2), [(4, 5, 2)]),
    ("TimeDistributed", held("GRU", units=3, return_sequences=True), [(2, 4, 3)]),
    ("TimeDistributed", held("BatchNormalization", momentum=0.5), [(3, 2)]),
    ("TimeDistributed", held("Flatten"), [(1, 2, 3)]),
]
ROWS: list[tuple[str, dict[str, Any], list[Shape]]] = [
    *[("Dense", {"units": 3, "activation": name}, [(2, 5)]) for name in NAMES],
    ("Dense", {"units": 3, "use_bias": False, "kernel_regularizer": "l2"}, [(5,)]),
    ("Dense", {"units": 3, "kernel_regularizer": "l1_l2"}, [(1,)]),
    ("Flatten", {}, [MATRIX]),
    ("Flatten", {}, [()]),
    ("Reshape", {"target_shape": [2, -1]}, [MATRIX]),
    ("Reshape", {"target_shape": [6, -1]}, [IMAGE]),
    *RECURRENT,
    ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3}, [(4, 5), (4, 5)]),
    ("MultiHeadAttention", {"num_heads": 3, "key_dim": 2, "use_causal_mask": True}, [(6, 5), (4, 3)]),
    (
        "MultiHeadAttention",
        {"num_heads": 2, "key_dim": 3, "value_dim": 4, "output_shape": 7, "use_bias": False, "dropout": 0.3},
        [(4, 5), (6, 3), (6, 2)],
    ),
    ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3, "use_gate": True, "sliding_window": 2}, [(4, 5), (7, 3)]),
    ("MultiHeadAttention", {"num_heads": 1, "key_dim": 1, "use_causal_mask": True}, [(1, 1), (1, 1)]),
    ("GroupQueryAttention", {"num_query_heads": 4, "num_key_value_heads": 2, "head_dim": 3}, [(4, 5), (6, 3)]),
    (
        "GroupQueryAttention",
        {"num_query_heads": 6, "num_key_value_heads": 2, "head_dim": 2, "use_causal_mask": True, "use_gate": True},
        [(4, 5), (4, 5)],
    ),
    (
        "GroupQueryAttention",
        {"num_query_heads": 3, "num_key_value_heads": 1, "head_dim": 2, "use_bias": False, "dropout": 0.2},
        [(4, 5), (6, 3), (6, 2)],
    ),
    ("PositionEmbedding", {"sequence_length": 6, "embeddings_regularizer": "l2"}, [(4, 3)]),
    ("PositionEmbedding", {"sequence_length": 1}, [(1, 1)]),
    ("SinePositionEncoding", {"max_wavelength": 50.0}, [(4, 5)]),
    ("RotaryEmbedding", {"scaling_factor": 2.0}, [(4, 6)]),
    ("RotaryEmbedding", {}, [(3, 2, 4)]),
    ("TransformerEncoder", {"intermediate_dim": 7, "num_heads": 2}, [(4, 6)]),
    (
        "TransformerEncoder",
        {"intermediate_dim": 5, "num_heads": 3, "normalize_first": True, "activation": "gelu"},
        [(3, 7)],
    ),
    ("TransformerEncoder", {"intermediate_dim": 3, "num_heads": 1, "dropout": 0.2}, [(2, 4)]),
    ("TransformerEncoder", {"intermediate_dim": 3, "num_heads": 1}, [(4, 4), (4, 4)]),
    ("TransformerDecoder", {"intermediate_dim": 7, "num_heads": 2}, [(4, 6)]),
    ("TransformerDecoder", {"intermediate_dim": 5, "num_heads": 2, "normalize_first": True}, [(4, 6), (5, 3)]),
    ("Attention", {}, [(4, 5), (6, 5)]),
    ("Attention", {"use_scale": True, "use_causal_mask": True, "dropout": 0.2}, [(4, 5), (6, 3), (6, 5)]),
    ("Attention", {"score_mode": "concat", "use_scale": True}, [(4, 5), (6, 5)]),
    ("Attention", {"score_mode": "concat"}, [(1, 1), (1, 1)]),
    ("AdditiveAttention", {}, [(4, 5), (6, 3), (6, 5)]),
    ("AdditiveAttention", {"use_scale": False, "use_causal_mask": True}, [(4, 5), (4, 5)]),
    ("ActivityRegularization", {"l1": 0.1, "l2": 0.3}, [MATRIX]),
    ("Sampling", {"kl_weight": 0.7}, [FLAT, FLAT]),
    ("Sampling", {"kl_weight": 0.0}, [(3, 2), (3, 2)]),
    *CONVOLUTIONS,
    *POOLINGS,
    *ACTIVATIONS,
    *MERGES,
    *MOVES,
    *NORMALISING,
]
CASES = [Case(name, params, [TensorSpec(s) for s in shapes]) for name, params, shapes in ROWS]
CASES += [Case(name, params, [TensorSpec(s, "int") for s in shapes]) for name, params, shapes in INTEGERS]
CASES += [
    Case(
        "MultiHeadAttention",
        {"num_heads": 2, "key_dim": 3},
        [TensorSpec((4, 5)), TensorSpec((6, 3)), None, TensorSpec((4, 6), "int")],
    ),
    Case(
        "GroupQueryAttention",
        {"num_query_heads": 2, "num_key_value_heads": 1, "head_dim": 3, "use_causal_mask": True},
        [TensorSpec((4, 5)), TensorSpec((4, 3)), TensorSpec((4, 2)), TensorSpec((4, 4))],
    ),
]


def names(cases: Sequence[Case]) -> list[str]:
    """What the tests are called."""
    return [f"{number}-{case.type}" for number, case in enumerate(cases)]


def around(case: Case) -> Graph:
    """Inputs x0, x1, ..., the layer n, and for each of its outputs a loss that compares it with a Target.

    The first pair is `loss` and `y`; more are loss1 and y1, ...
    """
    layer = LAYERS[case.type](**case.params)
    found: Any = layer.infer(*case.specs)
    outputs = found if isinstance(found, tuple) else (found,)
    variadic = layer.inputs[0].variadic
    ports = [layer.inputs[0].name] * len(case.specs) if variadic else [p.name for p in layer.inputs]
    wired = [(port, s) for port, s in zip(ports, case.specs) if s is not None]
    ports = [port for port, _ in wired]
    inputs = [Node(f"x{i}", "Input", {"shape": list(s.shape), "dtype": s.dtype}) for i, (_, s) in enumerate(wired)]
    nodes = [*inputs, Node("n", case.type, case.params)]
    wires = [Wire(Endpoint(x.id, "out"), Endpoint("n", port)) for x, port in zip(inputs, ports)]
    for number, (port, spec) in enumerate(zip(layer.outputs, outputs, strict=True)):
        y, loss = (f"{name}{number or ''}" for name in ("y", "loss"))
        nodes += [Node(y, "Target", {"shape": list(spec.shape)}), Node(loss, "MeanSquaredError")]
        wires += [Wire.parse(f"n.{port.name}", f"{loss}.pred"), Wire.parse(f"{y}.out", f"{loss}.target")]
    return Graph(nodes={n.id: n for n in nodes}, wires=tuple(wires))
