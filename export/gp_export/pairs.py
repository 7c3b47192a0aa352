"""f's work on pairs of pieces, a few rows of pairs at a time.

Written out over all n x n pairs at once, as torch does it, every step of it passes over more memory
than a processor keeps at hand: 200 MB for 1024 pieces. In the exported graph each step is a loop
over blocks of rows instead, as a function of its own that ONNX Runtime puts in its place. A pair is
the same both ways round, so that a block's row needs no pairs to the left of it.
"""

from __future__ import annotations

import copy
from pathlib import Path

import onnx
import onnx.parser
import torch
from gp_training.networks.affinity import Affinity, PairHead
from torch import Tensor, nn

DOMAIN = "gp.pairs"
ROWS = 16  # of a block; with more, a block of 1024 columns leaves the processor's cache

# Rows `start` to `end` of each input, what is known of these pairs, and one hidden layer.
_BEGIN = """
    <domain: "gp.pairs", opset_import: ["" : 18]>
    {name} ({inputs}) => (out) {{
        rows = Constant <value = int64[1] {{{rows}}}> ()
        zero = Constant <value = int64[1] {{0}}> ()
        one = Constant <value = int64[1] {{1}}> ()
        two = Constant <value = int64[1] {{2}}> ()
        all = Constant <value = int64[1] {{-1}}> ()
        beyond = Constant <value = int64[1] {{1073741824}}> ()
        always = Constant <value = bool {{1}}> ()
        sizes = Shape (relation)
        count = Slice (sizes, zero, one, zero)
        numbers = Slice (sizes, two, beyond, zero)
        flat = Concat <axis = 0> (all, numbers)
        most = Sub (rows, one)
        up = Add (count, most)
        blocks = Div (up, rows)
        trips = Squeeze (blocks)
        parts = Loop (trips, always)
                <body = block (int64 turn, bool going) => (bool on, float[] part) {{
            on = Identity (going)
            turns = Unsqueeze (turn, zero)
            start = Mul (turns, rows)
            end = Add (start, rows)
            across = Slice (relation, start, end, zero)
"""
_BIASES = (
    _BEGIN
    + """
            first = Reshape (across, flat)
            before = Gemm (first, w1, b1)
            hidden = Relu (before)
            found = Gemm <transB = 1> (w2, hidden)
            each = Add (found, b2)
            here = Shape <start = 0, end = 1> (across)
            heads = Shape <start = 0, end = 1> (w2)
            shape = Concat <axis = 0> (heads, here, count)
            biases = Reshape (each, shape)
            short = Sub (rows, here)
            none = Concat <axis = 0> (zero, zero, zero, zero, short, zero)
            part = Pad (biases, none)
        }}>
        planes = Transpose <perm = [1, 0, 2, 3]> (parts)
        kinds = Shape <start = 0, end = 1> (w2)
        whole = Concat <axis = 0> (kinds, all, count)
        together = Reshape (planes, whole)
        out = Slice (together, zero, count, one)
    }}
"""
)
_HEAD = (
    _BEGIN
    + """
            right = Slice (across, start, beyond, one)
            first = Reshape (right, flat)
            before = Gemm (first, w1, b1)
            related = Relu (before)
            base = MatMul (related, w2)
            left = Slice (spaces, start, end, one)
            others = Slice (spaces, start, beyond, one)
            turned = Transpose <perm = [0, 2, 1]> (others)
            alike = MatMul (left, turned)
            {more}
            here = Shape <start = 0, end = 2> (right)
            kinds = Shape <start = 0, end = 1> (known)
            row = Concat <axis = 0> (kinds, all)
            columns = Reshape (known, row)
            together = Gemm <transA = 1> (columns, w3, base)
            units = Shape <start = 1, end = 2> (w3)
            pairs = Concat <axis = 0> (here, units)
            summed = Reshape (together, pairs)
            mine = Slice (alone, start, end, zero)
            mine_too = Unsqueeze (mine, one)
            theirs = Slice (alone, start, beyond, zero)
            half = Add (summed, mine_too)
            both = Add (half, theirs)
            hidden = Relu (both)
            long = Concat <axis = 0> (all, units)
            listed = Reshape (hidden, long)
            found = MatMul (listed, w4)
            square = Reshape (found, here)
            high = Slice (here, zero, one, zero)
            short = Sub (rows, high)
            none = Concat <axis = 0> (zero, start, short, zero)
            part = Pad (square, none)
        }}>
        whole = Concat <axis = 0> (all, count)
        stacked = Reshape (parts, whole)
        above = Slice (stacked, zero, count, zero)
        upper = Trilu <upper = 1> (above)
        strictly = Trilu <upper = 1> (above, once)
        lower = Transpose <perm = [1, 0]> (strictly)
        out = Add (upper, lower)
    }}
"""
)
_ONCE = "once = Constant <value = int64 {1}> ()\n        upper ="
_PLAIN = "known = Identity (alike)"
_PLANES = """down = Slice (planes, start, end, one)
            seen = Slice (down, start, beyond, two)
            known = Concat <axis = 0> (alike, seen)"""
_WITH = "relation, w1, b1, w2, spaces, w3, alone, w4"


def functions(rows: int = ROWS) -> list[onnx.FunctionProto]:
    """The functions that `ByRows` is made of, for a graph.

    Args:
        rows: of a block.
    """
    head = _HEAD.replace("upper =", _ONCE.replace("{1}", "{{1}}"), 1)
    texts = (
        _BIASES.format(name="Biases", inputs="relation, w1, b1, w2, b2", rows=rows),
        head.format(name="Head", inputs=_WITH, rows=rows, more=_PLAIN),
        head.format(name="HeadOver", inputs=f"{_WITH}, planes", rows=rows, more=_PLANES),
    )
    return [onnx.parser.parse_function(text) for text in texts]


class _Head(nn.Module):
    """A `PairHead` that is given each pair's relation itself.

    What the relation becomes first goes into the head without a step between.
    """

    def __init__(self, head: PairHead, into: nn.Linear, own: nn.Linear, count: int) -> None:
        super().__init__()
        assert head.relation is not None
        numbers = own.out_features - count
        related = head.relation.weight[:, :numbers]
        self.head = head
        self.w1, self.b1 = _kept(into.weight.T), _kept(into.bias)
        self.w2 = _kept((related @ own.weight[count:]).T)
        self.w3 = _kept(torch.cat((head.like.weight, head.relation.weight[:, numbers:]), 1).T)
        self.w4 = _kept(head.last.weight.T)
        # Half of it with each of a pair's two pieces.
        self.shared = _kept(related @ own.bias[count:] / 2)

    def forward(self, tokens: Tensor, relation: Tensor, planes: Tensor | None = None) -> Tensor:
        """As `PairHead.forward`, of tokens [n, D] and relation [n, n, R]."""
        left = self.head.token(tokens)
        spaces, alone = self.head._spaces(left), self.head.alone(left) + self.shared
        given = (relation, self.w1, self.b1, self.w2, spaces, self.w3, alone, self.w4)
        shape = tuple(relation.shape[:2])
        if planes is None:
            return _named("Head", given, shape) + self.head.last.bias
        return _named("HeadOver", (*given, planes), shape) + self.head.last.bias


class ByRows(Affinity):
    """f as it is exported: the same numbers, pairs by blocks of rows. In torch it gives nothing.

    Args:
        network: a trained f; stays as it is.
    """

    def __init__(self, network: Affinity) -> None:
        super().__init__(network.sizes)
        self.load_state_dict(network.state_dict())
        into, own = self.pair[0], self.pair[2]
        assert isinstance(into, nn.Linear)
        assert isinstance(own, nn.Linear)
        count = own.out_features - self.sizes.pair
        with torch.no_grad():
            heads = [_Head(copy.deepcopy(one), into, own, count) for one in (self.first, self.head)]
            self.w1, self.b1 = _kept(into.weight.T), _kept(into.bias)
            self.w2, self.b2 = _kept(own.weight[:count]), _kept(own.bias[:count, None])
        self.first, self.head = heads  # type: ignore[assignment]

    def _related(self, relation: Tensor) -> tuple[Tensor, Tensor]:
        given = (relation, self.w1, self.b1, self.w2, self.b2)
        return relation, _named("Biases", given, (self.w2.shape[0], *relation.shape[:2]))


def put_in(file: Path) -> None:
    """Puts the functions into a graph's file that names them."""
    model = onnx.load(file)
    named = {node.op_type for node in model.graph.node if node.domain == DOMAIN}
    model.functions.extend(one for one in functions() if one.name in named)
    onnx.checker.check_model(model)
    onnx.save(model, file)


def _named(name: str, given: tuple[Tensor, ...], shape: tuple[int, ...]) -> Tensor:
    """What one of the functions gives: a node of the exported graph."""
    return torch.onnx.ops.symbolic(
        f"{DOMAIN}::{name}", given, dtype=torch.float32, shape=shape, version=1
    )


def _kept(values: Tensor) -> nn.Parameter:
    return nn.Parameter(values.detach().clone().contiguous(), requires_grad=False)
