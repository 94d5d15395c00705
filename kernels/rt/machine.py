"""Facts of the processor that kernels need: flush-to-zero, a cycle counter, and a view of memory behind a pointer."""
import platform

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.extending import intrinsic

X86 = platform.machine().lower() in ("x86_64", "amd64", "i686", "x86")
ARM = platform.machine().lower() in ("aarch64", "arm64")
I8P, I32, I64 = ir.IntType(8).as_pointer(), ir.IntType(32), ir.IntType(64)
#: MXCSR bits: 15 flush results to zero, 6 take denormal inputs as zero.  FPCR bit 24 (FZ) does both.
MXCSR_FLUSH, FPCR_FLUSH = 0x8040, 1 << 24


def _control_word(builder, name, slot):
    kind = ir.FunctionType(ir.VoidType(), [I8P])
    builder.call(cgutils.get_or_insert_function(builder.module, kind, f"llvm.x86.sse.{name}"), [builder.bitcast(slot, I8P)])


def _arm_set(builder, word):
    assembly = ir.InlineAsm(ir.FunctionType(ir.VoidType(), [I64]), "msr fpcr, $0", "r", side_effect=True)
    builder.call(assembly, [word])


def _arm_get(builder, register):
    return builder.call(ir.InlineAsm(ir.FunctionType(I64, []), f"mrs $0, {register}", "=r", side_effect=True), [])


@intrinsic
def flush_denormals(typing_context):
    """Take denormal numbers as zero on this thread from now on; return the old control word for `restore_denormals`."""
    def generate(context, builder, signature, args):
        if X86:
            slot = cgutils.alloca_once(builder, I32)
            _control_word(builder, "stmxcsr", slot)
            old = builder.load(slot)
            builder.store(builder.or_(old, I32(MXCSR_FLUSH)), slot)
            _control_word(builder, "ldmxcsr", slot)
            return builder.zext(old, I64)
        if ARM:
            old = _arm_get(builder, "fpcr")
            _arm_set(builder, builder.or_(old, I64(FPCR_FLUSH)))
            return old
        return I64(0)
    return types.uint64(), generate


@intrinsic
def restore_denormals(typing_context, word):
    """Put back the control word that `flush_denormals` returned."""
    def generate(context, builder, signature, args):
        if X86:
            slot = cgutils.alloca_once(builder, I32)
            builder.store(builder.trunc(args[0], I32), slot)
            _control_word(builder, "ldmxcsr", slot)
        elif ARM:
            _arm_set(builder, args[0])
        return context.get_dummy_value()
    return types.void(types.uint64), generate


@intrinsic
def cycles(typing_context):
    """Read the counter of the processor: x86 time stamp, ARM virtual count (the cycle counter proper traps there)."""
    def generate(context, builder, signature, args):
        if ARM:
            return _arm_get(builder, "cntvct_el0")
        kind = ir.FunctionType(I64, [])
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, "llvm.readcyclecounter"), [])
    return types.int64(), generate


@intrinsic
def floats_behind(typing_context, base, offset_bytes):
    """Pointer to float32 at `offset_bytes` behind the record pointer `base`: the block holds offsets, never pointers."""
    def generate(context, builder, signature, args):
        base, offset_bytes = args
        moved = builder.gep(builder.bitcast(base, I8P), [offset_bytes])
        return builder.bitcast(moved, ir.FloatType().as_pointer())
    return types.CPointer(types.float32)(base, types.int64), generate


@intrinsic
def expect_write(typing_context, array, index):
    """Ask for the cache line of array[index] because it will be written soon; no effect on any value."""
    def generate(context, builder, signature, args):
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        kind = ir.FunctionType(ir.VoidType(), [I8P, I32, I32, I32])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        address = builder.bitcast(builder.gep(data, [args[1]], inbounds=True), I8P)
        builder.call(prefetch, [address, I32(1), I32(3), I32(1)])
        return context.get_dummy_value()
    return types.void(array, types.intp), generate
