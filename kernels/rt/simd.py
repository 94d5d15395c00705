"""SIMD values: numba types that LLVM sees as <8 x float> and <4 x float>.

Arithmetic is `+ - * /` between values of one kind or with a float32.  The machine splits a value where its registers
are shorter (NEON: two of four lanes), so eight lanes are right everywhere.

NaN: `finite8(x, limit)` is x where |x| <= limit, else 0; `largest8` and `smallest8` return their second argument where the
first is NaN, comparisons with NaN are false.
Flags never promise the absence of NaN or infinity, because guards against them must survive.
"""
import operator

import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.extending import intrinsic, models, overload, register_model

FLAGS = ("reassoc", "contract", "nsz", "arcp", "afn")
F32, I32 = ir.FloatType(), ir.IntType(32)


class LanesType(types.Type):
    """`lanes` float32 numbers side by side."""

    def __init__(self, lanes):
        self.lanes = lanes
        super().__init__(name=f"f32x{lanes}")


@register_model(LanesType)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, data_model_manager, front_end_type):
        super().__init__(data_model_manager, front_end_type, ir.VectorType(F32, front_end_type.lanes))


def _element(context, builder, array_type, array, index):
    data = context.make_array(array_type)(context, builder, array).data
    return builder.gep(data, [index], inbounds=True)


def _address(context, builder, array_type, array, index, lanes):
    element = _element(context, builder, array_type, array, index)
    return builder.bitcast(element, ir.VectorType(F32, lanes).as_pointer())


def _mask(indices):
    return ir.Constant(ir.VectorType(I32, len(indices)), list(indices))


def _larger(builder, a, b):
    return builder.select(builder.fcmp_ordered(">", a, b), a, b)


def _smaller(builder, a, b):
    return builder.select(builder.fcmp_ordered("<", a, b), a, b)


def _one(signature, generate):
    @intrinsic
    def operation(typing_context, x):
        return signature(x), generate
    return operation


def _two(signature, generate):
    @intrinsic
    def operation(typing_context, x, y):
        return signature(x, y), generate
    return operation


def _three(signature, generate):
    @intrinsic
    def operation(typing_context, x, y, z):
        return signature(x, y, z), generate
    return operation


def _four(signature, generate):
    @intrinsic
    def operation(typing_context, w, x, y, z):
        return signature(w, x, y, z), generate
    return operation


def _operations(lanes):
    """All operations of one width, by name."""
    V, vector, integers = LanesType(lanes), ir.VectorType(F32, lanes), ir.VectorType(I32, lanes)
    undefined, zeros = ir.Constant(vector, ir.Undefined), ir.Constant(vector, [0.0] * lanes)

    def constant(value):
        return ir.Constant(vector, [float(value)] * lanes)

    def integer(value):
        return ir.Constant(integers, [int(value)] * lanes)

    def library(builder, name, arguments):
        kind = ir.FunctionType(vector, [vector] * arguments)
        return cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.v{lanes}f32")

    def polynomial(builder, x, coefficients):
        value = constant(coefficients[0])
        for c in coefficients[1:]:
            value = builder.fadd(builder.fmul(value, x, flags=FLAGS), constant(c), flags=FLAGS)
        return value

    def load(context, builder, signature, args):
        return builder.load(_address(context, builder, signature.args[0], *args, lanes), align=4)

    def store(context, builder, signature, args):
        array, index, value = args
        builder.store(value, _address(context, builder, signature.args[0], array, index, lanes), align=4)
        return context.get_dummy_value()

    def splat(context, builder, signature, args):
        return builder.shuffle_vector(builder.insert_element(undefined, args[0], I32(0)), undefined, _mask([0] * lanes))

    def ramp(context, builder, signature, args):
        return ir.Constant(vector, [float(i + 1) for i in range(lanes)])

    def total(context, builder, signature, args):
        kind = ir.FunctionType(F32, [F32, vector])
        reduce = cgutils.get_or_insert_function(builder.module, kind, f"llvm.vector.reduce.fadd.v{lanes}f32")
        return builder.call(reduce, [ir.Constant(F32, 0.0), args[0]], fastmath=FLAGS)

    def peak(context, builder, signature, args):
        value, width = args[0], lanes
        while width > 1:
            width //= 2
            value = _larger(builder, value, builder.shuffle_vector(value, undefined, _mask([i ^ width for i in range(lanes)])))
        return builder.extract_element(value, I32(0))

    def last(context, builder, signature, args):
        return builder.shuffle_vector(args[0], undefined, _mask([lanes - 1] * lanes))

    def top(context, builder, signature, args):
        return builder.extract_element(args[0], I32(lanes - 1))

    def up(step):
        def generate(context, builder, signature, args):
            return builder.shuffle_vector(args[0], zeros, _mask([lanes] * step + list(range(lanes - step))))
        return generate

    def flip(step):
        def generate(context, builder, signature, args):
            return builder.shuffle_vector(args[0], undefined, _mask([i ^ step for i in range(lanes)]))
        return generate

    def log2(context, builder, signature, args):
        bits = builder.bitcast(args[0], integers)
        exponent = builder.sitofp(builder.sub(builder.lshr(bits, integer(23)), integer(127)), vector)
        mantissa = builder.bitcast(builder.or_(builder.and_(bits, integer(0x7FFFFF)), integer(0x3F800000)), vector)
        return builder.fadd(polynomial(builder, mantissa, LOG2_POLYNOMIAL), exponent, flags=FLAGS)

    def exp2(context, builder, signature, args):
        x = _larger(builder, _smaller(builder, args[0], constant(126)), constant(-126))
        whole = builder.call(library(builder, "floor", 1), [x])
        power = builder.bitcast(builder.shl(builder.add(builder.fptosi(whole, integers), integer(127)), integer(23)), vector)
        return builder.fmul(polynomial(builder, builder.fsub(x, whole, flags=FLAGS), EXP2_POLYNOMIAL), power, flags=FLAGS)

    def sine(context, builder, signature, args):
        # fold the cycle to -0.25 .. 0.25, then an odd polynomial of the angle in quarter turns
        half = builder.call(library(builder, "floor", 1), [builder.fadd(args[0], constant(0.5), flags=FLAGS)])
        turn = builder.fsub(args[0], half, flags=FLAGS)                       # -0.5 .. 0.5
        size = builder.call(library(builder, "fabs", 1), [turn])
        folded = builder.fsub(constant(0.5), size, flags=FLAGS)
        small = _smaller(builder, size, folded)
        value = builder.fmul(small, polynomial(builder, builder.fmul(small, small, flags=FLAGS), SINE_POLYNOMIAL), flags=FLAGS)
        return builder.call(library(builder, "copysign", 2), [value, turn])

    def finite(context, builder, signature, args):
        size = builder.call(library(builder, "fabs", 1), [args[0]])
        return builder.select(builder.fcmp_ordered("<=", size, args[1]), args[0], zeros)

    def absolute(context, builder, signature, args):
        return builder.call(library(builder, "fabs", 1), [args[0]])

    def floor(context, builder, signature, args):
        return builder.call(library(builder, "floor", 1), [args[0]])

    def above(context, builder, signature, args):
        a, b, yes, no = args
        return builder.select(builder.fcmp_ordered(">", a, b), yes, no)

    def muladd(context, builder, signature, args):
        kind = ir.FunctionType(vector, [vector] * 3)
        call = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fmuladd.v{lanes}f32")
        return builder.call(call, args)

    def arithmetic(name):
        return lambda context, builder, signature, args: getattr(builder, name)(*args, flags=FLAGS)

    @intrinsic
    def ramp_operation(typing_context):
        return V(), ramp

    def vv(x, y):
        return V(V, V)

    found = {
        "ramp": ramp_operation,
        "load": _two(lambda array, index: V(array, types.intp), load),
        "store": _three(lambda array, index, value: types.void(array, types.intp, V), store),
        "splat": _one(lambda x: V(types.float32), splat),
        "total": _one(lambda x: types.float32(V), total),
        "peak": _one(lambda x: types.float32(V), peak),
        "last": _one(lambda x: V(V), last),
        "top": _one(lambda x: types.float32(V), top),
        "log2": _one(lambda x: V(V), log2),
        "exp2": _one(lambda x: V(V), exp2),
        "sine": _one(lambda x: V(V), sine),
        "absolute": _one(lambda x: V(V), absolute),
        "floor": _one(lambda x: V(V), floor),
        "finite": _two(vv, finite),
        "largest": _two(vv, lambda context, builder, signature, args: _larger(builder, *args)),
        "smallest": _two(vv, lambda context, builder, signature, args: _smaller(builder, *args)),
        "muladd": _three(lambda a, b, c: V(V, V, V), muladd),
        "above": _four(lambda a, b, yes, no: V(V, V, V, V), above),
    }
    step = 1
    while step < lanes:
        found[f"up{step}_"] = _one(lambda x: V(V), up(step))
        found[f"flip{step}_"] = _one(lambda x: V(V), flip(step))
        step *= 2
    for name, instruction in (("add", "fadd"), ("sub", "fsub"), ("mul", "fmul"), ("div", "fdiv")):
        found[name] = _two(vv, arithmetic(instruction))
    return found


#: Least-squares fit on 1 .. 2 with exact ends; |error| < 2e-5 octave (1.2e-4 dB).
LOG2_POLYNOMIAL = (0.0439286278, -0.4094755858, 1.6101775469, -3.5202188382, 5.0697563166, -2.7941536765)
#: Minimax fit of the relative error on 0 .. 1 with exact ends, so that 0 octaves are a gain of 1; |error| < 3.5e-6.
EXP2_POLYNOMIAL = (0.0135560200, 0.0520320212, 0.2413797280, 0.6930322308, 1.0)
#: sin(2 pi x) / x in powers of x**2 for |x| <= 1/4: Taylor terms up to x**11; |error| < 6e-8 of the sine.
SINE_POLYNOMIAL = (-15.09464, 42.05869, -76.70586, 81.60525, -41.34170, 6.28318531)

_WIDTHS = {lanes: _operations(lanes) for lanes in (4, 8)}


def _bind(operation, name):
    @overload(operation)
    def lanes_arithmetic(x, y):
        if isinstance(x, LanesType) and isinstance(y, LanesType) and x.lanes == y.lanes:
            apply = _WIDTHS[x.lanes][name]
            return lambda x, y: apply(x, y)
        if isinstance(x, LanesType) and isinstance(y, types.Float):
            apply, splat = _WIDTHS[x.lanes][name], _WIDTHS[x.lanes]["splat"]
            return lambda x, y: apply(x, splat(numba.float32(y)))
        if isinstance(y, LanesType) and isinstance(x, types.Float):
            apply, splat = _WIDTHS[y.lanes][name], _WIDTHS[y.lanes]["splat"]
            return lambda x, y: apply(splat(numba.float32(x)), y)
        return None


for _operation, _name in ((operator.add, "add"), (operator.sub, "sub"), (operator.mul, "mul"), (operator.truediv, "div")):
    _bind(_operation, _name)

load4, total4, store4 = _WIDTHS[4]["load"], _WIDTHS[4]["total"], _WIDTHS[4]["store"]
load8, store8, splat8, ramp8 = (_WIDTHS[8][name] for name in ("load", "store", "splat", "ramp"))
total8, peak8, last8, top8 = (_WIDTHS[8][name] for name in ("total", "peak", "last", "top"))
log2_8, exp2_8, sine8 = (_WIDTHS[8][name] for name in ("log2", "exp2", "sine"))
absolute8, floor8, finite8, above8 = (_WIDTHS[8][name] for name in ("absolute", "floor", "finite", "above"))
#: a * b + c in one operation, with exactly this order: in a recursion, c must be the part that is ready first.
muladd8 = _WIDTHS[8]["muladd"]
largest8, smallest8 = _WIDTHS[8]["largest"], _WIDTHS[8]["smallest"]
up1, up2, up4 = (_WIDTHS[8][f"up{step}_"] for step in (1, 2, 4))
flip1, flip2, flip4 = (_WIDTHS[8][f"flip{step}_"] for step in (1, 2, 4))

_V8 = LanesType(8)


def _pairs(builder, rows, low, high):
    return [builder.shuffle_vector(rows[i], rows[i + 1], _mask(order)) for i in range(0, len(rows), 2) for order in (low, high)]


@intrinsic
def transpose8(typing_context, source, start, source_stride, target, first, target_stride):
    """Turn rows into columns: target[first + j * target_stride + i] = source[start + i * source_stride + j], i, j < 8."""
    def generate(context, builder, signature, args):
        source, start, source_stride, target, first, target_stride = args

        def row(kind, array, origin, stride, i):
            index = builder.add(origin, builder.mul(stride, ir.Constant(origin.type, i)))
            return _address(context, builder, kind, array, index, 8)

        rows = [builder.load(row(signature.args[0], source, start, source_stride, i), align=4) for i in range(8)]
        for apart, low, high in ((1, (0, 8, 2, 10, 4, 12, 6, 14), (1, 9, 3, 11, 5, 13, 7, 15)),
                                 (2, (0, 1, 8, 9, 4, 5, 12, 13), (2, 3, 10, 11, 6, 7, 14, 15)),
                                 (4, (0, 1, 2, 3, 8, 9, 10, 11), (4, 5, 6, 7, 12, 13, 14, 15))):
            done = list(rows)
            for i in range(8):
                if not i & apart:
                    done[i] = builder.shuffle_vector(rows[i], rows[i | apart], _mask(low))
                    done[i | apart] = builder.shuffle_vector(rows[i], rows[i | apart], _mask(high))
            rows = done
        for i in range(8):
            builder.store(rows[i], row(signature.args[3], target, first, target_stride, i), align=4)
        return context.get_dummy_value()
    return types.void(source, types.intp, types.intp, target, types.intp, types.intp), generate


def _row_sums(builder, rows):
    # halves are blended where they may be: processors blend on more ports than they shuffle, and "horizontal add" is slow
    for low, high in (((0, 8, 1, 9, 4, 12, 5, 13), (2, 10, 3, 11, 6, 14, 7, 15)),
                      ((0, 1, 10, 11, 4, 5, 14, 15), (2, 3, 8, 9, 6, 7, 12, 13)),
                      ((0, 1, 2, 3, 12, 13, 14, 15), (4, 5, 6, 7, 8, 9, 10, 11))):
        halves = _pairs(builder, rows, low, high)
        rows = [builder.fadd(halves[i], halves[i + 1], flags=FLAGS) for i in range(0, len(halves), 2)]
    return rows[0]


@intrinsic
def totals8(typing_context, rows, start):
    """Sum each of eight rows of eight: lane i of the result is the sum of rows[start + 8 i : start + 8 i + 8]."""
    def generate(context, builder, signature, args):
        array, start = args
        places = [builder.add(start, ir.Constant(start.type, 8 * i)) for i in range(8)]
        return _row_sums(builder, [builder.load(_address(context, builder, signature.args[0], array, place, 8), align=4)
                                   for place in places])
    return _V8(rows, types.intp), generate


@intrinsic
def sums8(typing_context, a, b, c, d, e, f, g, h):
    """Sum each of eight values of eight lanes: lane 0 of the result is the total of a, lane 7 that of h."""
    def generate(context, builder, signature, args):
        return _row_sums(builder, list(args))
    return _V8(*[_V8] * 8), generate


@intrinsic
def noise8(typing_context, seeds):
    """White noise -1 .. 1, one new number a lane; seeds: uint32 (8,), none of them 0, advanced in place.

    Source: G. Marsaglia, "Xorshift RNGs", Journal of Statistical Software 2003, triple 13, 17, 5.
    """
    def generate(context, builder, signature, args):
        integers = ir.VectorType(I32, 8)
        address = builder.bitcast(context.make_array(signature.args[0])(context, builder, args[0]).data, integers.as_pointer())
        x = builder.load(address, align=4)
        for shift, amount in ((builder.shl, 13), (builder.lshr, 17), (builder.shl, 5)):
            x = builder.xor(x, shift(x, ir.Constant(integers, [amount] * 8)))
        builder.store(x, address, align=4)
        return builder.fmul(builder.sitofp(x, ir.VectorType(F32, 8)), ir.Constant(ir.VectorType(F32, 8), [2.0 ** -31] * 8))
    return _V8(seeds), generate
