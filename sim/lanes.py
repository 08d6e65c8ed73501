"""Eight int64 side by side in one vector of the processor, as plain functions for compiled code.

For loops in which each round needs the one before, which the compiler does not turn into vector instructions by itself: eight
such loops are carried out at once, one in each lane. Rows are contiguous arrays of int64; indices are not checked. Beside
what writes the instructions of each stands the same in NumPy.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

LANES = 8
VECTOR = ir.VectorType(ir.IntType(64), LANES)
PLACE = ir.IntType(32)


class Eight(types.Type):
    """Type of eight numbers side by side, for the compiler."""

    def __init__(self):
        super().__init__(name="Eight")


EIGHT = Eight()


@register_model(Eight)
class _EightModel(models.PrimitiveModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, VECTOR)


def _compiled(plain: Any) -> Any:
    """Make a function of what writes its instructions, or take `plain`, the same in NumPy, with the compiler off."""
    return (lambda typed: plain) if config.DISABLE_JIT else intrinsic  # type: ignore[attr-defined]


def _pointer(context, builder, kind, row, index):
    return builder.gep(context.make_array(kind)(context, builder, row).data, [index])


def _in_all(builder, number):
    """The same number in each lane."""
    single = builder.insert_element(ir.Constant(VECTOR, ir.Undefined), number, PLACE(0))
    return builder.shuffle_vector(single, single, ir.Constant(ir.VectorType(PLACE, LANES), [0] * LANES))


def _operation(plain: Any, build: Any) -> Any:
    """Make a function of two times eight numbers of what writes its instructions."""

    def typed(typing, one, other):
        return EIGHT(EIGHT, EIGHT), lambda context, builder, signature, args: build(builder, *args)

    return _compiled(plain)(typed)


least = _operation(np.minimum, lambda builder, one, other: builder.select(builder.icmp_signed("<", one, other), one, other))
most = _operation(np.maximum, lambda builder, one, other: builder.select(builder.icmp_signed(">", one, other), one, other))
plus = _operation(np.add, lambda builder, one, other: builder.add(one, other))
minus = _operation(np.subtract, lambda builder, one, other: builder.sub(one, other))


@_compiled(lambda one, other, up_to, beyond: np.where(one <= other, up_to, beyond))
def chosen(typing, one, other, up_to, beyond):
    """Take `up_to` in the lanes in which one <= other, else `beyond`."""

    def code(context, builder, signature, args):
        return builder.select(builder.icmp_signed("<=", args[0], args[1]), args[2], args[3])

    return EIGHT(EIGHT, EIGHT, EIGHT, EIGHT), code


@_compiled(lambda number: np.full(LANES, number))
def alike(typing, number):
    """The same number in each lane."""

    return EIGHT(types.int64), lambda context, builder, signature, args: _in_all(builder, args[0])


@_compiled(lambda eight, lane, number: np.where(np.arange(LANES) == lane, number, eight))
def put(typing, eight, lane, number):
    """The same with another number in one lane."""

    def code(context, builder, signature, args):
        bits = builder.trunc(builder.shl(args[1].type(1), args[1]), ir.IntType(LANES))
        lanes = builder.bitcast(bits, ir.VectorType(ir.IntType(1), LANES))
        return builder.select(lanes, _in_all(builder, args[2]), args[0])

    return EIGHT(EIGHT, types.int64, types.int64), code


@_compiled(lambda eight: eight.min())
def smallest(typing, eight):
    """The least number of the lanes."""

    def code(context, builder, signature, args):
        kind = ir.FunctionType(ir.IntType(64), [VECTOR])
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, "llvm.vector.reduce.smin.v8i64"), args)

    return types.int64(EIGHT), code


@_compiled(lambda eight: eight[0])
def first(typing, eight):
    """The number in the first lane."""
    return types.int64(EIGHT), lambda context, builder, signature, args: builder.extract_element(args[0], PLACE(0))


def _shuffle(lanes):
    """Make a function that takes lanes of two times eight numbers, those of the second counted on."""
    order = ir.Constant(ir.VectorType(PLACE, LANES), lanes)
    return _operation(
        lambda one, other: np.append(one, other)[lanes], lambda builder, one, other: builder.shuffle_vector(one, other, order)
    )


first_of = _shuffle([0] * LANES)  #: the first number of the first, in each lane
moved_up = _shuffle(list(range(1, LANES + 1)))  #: each number one lane further up, the first number of the second last


@_compiled(lambda row, index: row[index : index + LANES].copy())
def loaded(typing, row, index):
    """Eight neighbours of a row, from an index on."""

    def code(context, builder, signature, args):
        pointer = _pointer(context, builder, signature.args[0], *args)
        return builder.load(builder.bitcast(pointer, VECTOR.as_pointer()), align=8)

    return EIGHT(row, types.int64), code


def _plain_store(row, index, eight):
    row[index : index + LANES] = eight


@_compiled(_plain_store)
def store(typing, row, index, eight):
    """Write eight neighbours of a row, from an index on."""

    def code(context, builder, signature, args):
        pointer = _pointer(context, builder, signature.args[0], args[0], args[1])
        builder.store(args[2], builder.bitcast(pointer, VECTOR.as_pointer()), align=8)
        return context.get_dummy_value()

    return types.none(row, types.int64, EIGHT), code


@_compiled(lambda row, places, further: row[places + further])
def gathered(typing, row, places, further):
    """Eight numbers of a row, each `further` beyond the place of its lane; places : (8,)."""

    def code(context, builder, signature, args):
        eight = ir.Constant(VECTOR, ir.Undefined)
        for lane in range(LANES):
            index = builder.load(_pointer(context, builder, signature.args[1], args[1], args[2].type(lane)))
            pointer = _pointer(context, builder, signature.args[0], args[0], builder.add(index, args[2]))
            eight = builder.insert_element(eight, builder.load(pointer), PLACE(lane))
        return eight

    return EIGHT(row, places, types.int64), code


def _plain_scatter(row, places, further, eight):
    row[places + further] = eight


@_compiled(_plain_scatter)
def scatter(typing, row, places, further, eight):
    """Write eight numbers of a row, each `further` beyond the place of its lane; places : (8,)."""

    def code(context, builder, signature, args):
        for lane in range(LANES):
            index = builder.load(_pointer(context, builder, signature.args[1], args[1], args[2].type(lane)))
            pointer = _pointer(context, builder, signature.args[0], args[0], builder.add(index, args[2]))
            builder.store(builder.extract_element(args[3], PLACE(lane)), pointer)
        return context.get_dummy_value()

    return types.none(row, places, types.int64, EIGHT), code
