"""Acquire loads and release stores on one slot of an int64 array: what a single-producer ring needs, no more."""
from numba import types
from numba.core import cgutils
from numba.core.extending import intrinsic


def _slot(context, builder, array_type, array, index):
    view = context.make_array(array_type)(context, builder, array)
    return cgutils.get_item_pointer(context, builder, array_type, view, [index], wraparound=False)


@intrinsic
def load_acquire(typing_context, array, index):
    """Read array[index]; what the writer stored before its release is visible afterwards."""
    def generate(context, builder, signature, args):
        return builder.load_atomic(_slot(context, builder, signature.args[0], *args), ordering="acquire", align=8)
    return array.dtype(array, types.intp), generate


@intrinsic
def store_release(typing_context, array, index, value):
    """Write array[index] after everything this thread wrote before is visible."""
    def generate(context, builder, signature, args):
        array, index, value = args
        builder.store_atomic(value, _slot(context, builder, signature.args[0], array, index), ordering="release", align=8)
        return context.get_dummy_value()
    return types.void(array, types.intp, array.dtype), generate
