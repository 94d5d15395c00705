"""SIMD values against numpy, lane by lane."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit
from numba.core.errors import TypingError

from imm_audio.kernels.rt import rt, simd

NAN, INFINITE = np.float32(np.nan), np.float32(np.inf)
#: Numbers of every kind: usual ones, both zeros, the largest, the smallest normal one, infinities, NaN.
KINDS = np.array([0.0, -0.0, 1.0, -1.0, 0.1, -2.5, 3e38, -3e38, 1.2e-38, 1e-20, INFINITE, -INFINITE, NAN, 8.0, -8.0, 1e10],
                 "f4")
numbers = st.floats(width=32, allow_subnormal=False)
lanes8 = st.lists(numbers, min_size=8, max_size=8).map(lambda x: np.array(x, "f4"))
tame8 = st.lists(st.floats(-1e3, 1e3, width=32), min_size=8, max_size=8).map(lambda x: np.array(x, "f4"))


#: As @rt, but not kept on disk: what these compile depends on more than this file.
compiled = njit(error_model="numpy", fastmath={"contract"}, nogil=True)


def one(operation):
    """Kernel out[0:8] = operation(x[0:8])."""
    @compiled
    def kernel(x, out):
        simd.store8(out, 0, operation(simd.load8(x, 0)))
    return kernel


def two(operation):
    @compiled
    def kernel(x, y, out):
        simd.store8(out, 0, operation(simd.load8(x, 0), simd.load8(y, 0)))
    return kernel


def to_number(operation):
    @compiled
    def kernel(x, out):
        out[0] = operation(simd.load8(x, 0))
    return kernel


@rt
def _add(x, y):
    return x + y


@rt
def _subtract(x, y):
    return x - y


@rt
def _multiply(x, y):
    return x * y


@rt
def _divide(x, y):
    return x / y


def applied(kernel, *vectors, size=8):
    out = np.full(size, 77.0, "f4")
    kernel(*[np.array(vector, "f4") for vector in vectors], out)
    return out


ARITHMETIC = {"+": (two(_add), np.add), "-": (two(_subtract), np.subtract), "*": (two(_multiply), np.multiply),
              "/": (two(_divide), np.divide)}


@pytest.mark.parametrize("name", ARITHMETIC)
@settings(deadline=None)
@given(x=lanes8, y=lanes8)
def test_arithmetic_is_that_of_numpy_with_nan_and_infinity(name, x, y):
    kernel, reference = ARITHMETIC[name]
    with np.errstate(all="ignore"):
        expected = reference(x, y)
        if name == "/":  # arcp: x * (1 / y) is allowed, one rounding more, and overflow of 1 / y where y is tiny
            usual = ~(np.abs(y) < 1e-37) & ~(np.abs(y) > 1e37)
            x, y, expected = np.where(usual, x, 1), np.where(usual, y, 1), np.where(usual, expected, 1)
    # denormal results may be flushed or not, depending on who called: 1.2e-38 is the smallest normal number
    np.testing.assert_allclose(applied(kernel, x, y), expected, rtol=2.5e-7 if name == "/" else 0, atol=1.2e-38)


@rt
def _mixed(x, number, out):
    v = simd.load8(x, 0)
    simd.store8(out, 0, v + number)
    simd.store8(out, 8, number - v)
    simd.store8(out, 16, v * number)
    simd.store8(out, 24, number / v)


@settings(deadline=None)
@given(tame8, st.floats(-100, 100, width=32))
def test_a_number_beside_a_vector_stands_for_eight_of_it(x, number):
    x = np.where(np.abs(x) < 1e-3, np.float32(1.0), x)
    number, out = np.float32(number), np.empty(32, "f4")
    _mixed(x, number, out)
    expected = np.concatenate([x + number, number - x, x * number, number / x])
    np.testing.assert_allclose(out, expected, rtol=2.5e-7, atol=1e-37)  # one rounding more in the division


def test_vectors_of_different_length_do_not_mix():
    @compiled
    def kernel(x):
        return simd.total8(simd.load8(x, 0) + simd.load4(x, 0))

    with pytest.raises(TypingError):
        kernel(np.zeros(8, "f4"))


# --- NaN --------------------------------------------------------------------------------------------------------------
LARGEST, SMALLEST, FINITE = two(simd.largest8), two(simd.smallest8), two(simd.finite8)


@pytest.mark.parametrize(("kernel", "reference"), [
    (LARGEST, lambda a, b: np.where(a > b, a, b)), (SMALLEST, lambda a, b: np.where(a < b, a, b)),
    (FINITE, lambda x, limit: np.where(np.abs(x) <= limit, x, np.float32(0.0))),
], ids=["largest8", "smallest8", "finite8"])
def test_comparisons_with_nan_are_false_so_the_second_argument_or_zero_is_given(kernel, reference):
    for x in KINDS:
        with np.errstate(invalid="ignore"):
            expected = np.concatenate([reference(np.full(8, x, "f4"), KINDS[:8]), reference(np.full(8, x, "f4"), KINDS[8:])])
        found = np.concatenate([applied(kernel, [x] * 8, KINDS[:8]), applied(kernel, [x] * 8, KINDS[8:])])
        np.testing.assert_array_equal(found, expected)


@rt
def _above(a, b, out):
    simd.store8(out, 0, simd.above8(simd.load8(a, 0), simd.load8(b, 0), simd.splat8(np.float32(1)), simd.splat8(np.float32(2))))


@settings(deadline=None)
@given(lanes8, lanes8)
def test_above_chooses_the_third_where_the_first_is_larger_than_the_second(a, b):
    np.testing.assert_array_equal(applied(_above, a, b), np.where(a > b, 1, 2))


# --- lanes ------------------------------------------------------------------------------------------------------------
RAMP = np.arange(1, 9, dtype="f4")
SHUFFLES = {
    "up1": [0, 1, 2, 3, 4, 5, 6, 7], "up2": [0, 0, 1, 2, 3, 4, 5, 6], "up4": [0, 0, 0, 0, 1, 2, 3, 4],
    "flip1": [2, 1, 4, 3, 6, 5, 8, 7], "flip2": [3, 4, 1, 2, 7, 8, 5, 6], "flip4": [5, 6, 7, 8, 1, 2, 3, 4],
    "last8": [8] * 8,
}


@pytest.mark.parametrize("name", SHUFFLES)
def test_lanes_move_where_they_should(name):
    np.testing.assert_array_equal(applied(one(getattr(simd, name)), RAMP), SHUFFLES[name])


@rt
def _ramp(out):
    simd.store8(out, 0, simd.ramp8())


def test_the_ramp_counts_from_one():
    np.testing.assert_array_equal(applied(_ramp), RAMP)


TOTAL, PEAK, TOP = to_number(simd.total8), to_number(simd.peak8), to_number(simd.top8)


@settings(deadline=None)
@given(tame8)
def test_reductions_are_those_of_numpy(x):
    # float32 sums in another order: eight roundings of the sum of sizes
    assert applied(TOTAL, x, size=1)[0] == pytest.approx(x.astype("f8").sum(), abs=8 * 6e-8 * float(np.abs(x).sum()) + 1e-37)
    assert applied(PEAK, x, size=1)[0] == x.max()
    assert applied(TOP, x, size=1)[0] == x[7]


def test_nan_anywhere_makes_the_total_nan_so_that_it_can_be_found():
    for lane in range(8):
        x = RAMP.copy()
        x[lane] = NAN
        assert np.isnan(applied(TOTAL, x, size=1)[0])


@rt
def _short(x, out):
    simd.store4(out, 1, simd.load4(x, 2))
    out[0] = simd.total4(simd.load4(x, 2))


def test_vectors_of_four_load_store_and_add_up():
    np.testing.assert_array_equal(applied(_short, RAMP), [18, 3, 4, 5, 6, 77, 77, 77])


@rt
def _copy(x, start, out, first):
    simd.store8(out, first, simd.load8(x, start))


def test_loads_and_stores_begin_at_any_index_and_touch_eight_numbers():
    x = np.arange(32, dtype="f4")
    for start in range(9):
        out = np.full(24, -1.0, "f4")
        _copy(x, start + 3, out, start)
        assert out.tolist() == [-1.0] * start + list(range(start + 3, start + 11)) + [-1.0] * (16 - start)


@rt
def _transpose(source, start, stride, target, first, target_stride):
    simd.transpose8(source, start, stride, target, first, target_stride)


@pytest.mark.parametrize(("start", "stride", "first", "target_stride"), [(0, 8, 0, 8), (3, 16, 5, 8), (0, 9, 1, 16)])
def test_rows_become_columns(start, stride, first, target_stride):
    source, target = np.arange(200, dtype="f4"), np.full(200, -1.0, "f4")
    expected = target.copy()
    for i in range(8):
        for j in range(8):
            expected[first + j * target_stride + i] = source[start + i * stride + j]
    _transpose(source, start, stride, target, first, target_stride)
    np.testing.assert_array_equal(target, expected)


@rt
def _totals(x, out):
    simd.store8(out, 0, simd.totals8(x, 8))
    simd.store8(out, 8, simd.sums8(simd.load8(x, 0), simd.load8(x, 8), simd.load8(x, 16), simd.load8(x, 24),
                                   simd.load8(x, 32), simd.load8(x, 40), simd.load8(x, 48), simd.load8(x, 56)))


def test_eight_sums_of_eight_stand_in_their_order():
    x = np.random.default_rng(5).integers(-1000, 1000, 72).astype("f4")  # whole numbers: sums are exact
    out = applied(_totals, x, size=16)
    np.testing.assert_array_equal(out[:8], x[8:72].reshape(8, 8).sum(axis=1))
    np.testing.assert_array_equal(out[8:], x[:64].reshape(8, 8).sum(axis=1))


# --- functions --------------------------------------------------------------------------------------------------------
LOG2, EXP2, SINE = one(simd.log2_8), one(simd.exp2_8), one(simd.sine8)
ABSOLUTE, FLOOR = one(simd.absolute8), one(simd.floor8)


def over(kernel, x):
    """The kernel over a long array."""
    x = np.resize(x, -(-len(x) // 8) * 8).astype("f4")
    return np.concatenate([applied(kernel, x[i:i + 8]) for i in range(0, len(x), 8)]), x.astype("f8")


def test_log2_is_off_by_less_than_a_fifty_thousandth_of_an_octave():
    found, x = over(LOG2, np.geomspace(1e-37, 1e38, 4000))
    np.testing.assert_allclose(found, np.log2(x), atol=2.0e-5, rtol=1e-6)  # as documented; float32 at 126 octaves


def test_exp2_is_off_by_less_than_four_millionths_and_exact_for_whole_octaves():
    found, x = over(EXP2, np.linspace(-125.9, 125.9, 4000))
    np.testing.assert_allclose(found, 2.0 ** x, rtol=4e-6)
    octaves = np.arange(-126.0, 127.0)
    found, x = over(EXP2, octaves)
    np.testing.assert_array_equal(found, 2.0 ** x)


def test_exp2_of_anything_is_a_positive_finite_number():
    for x in KINDS:
        found = applied(EXP2, [x] * 8)
        assert np.isfinite(found).all(), x
        assert (found > 0).all(), x


def test_sine_is_off_by_less_than_two_float32_steps():
    found, x = over(SINE, np.linspace(-4.0, 4.0, 8000))
    # two roundings at 1, and half a float32 step of the phase: 2 pi * 2.4e-7
    np.testing.assert_allclose(found, np.sin(2 * np.pi * x), atol=2 * 6e-8 + 6e-8)
    exact, _ = over(SINE, np.array([0.0, 0.25, 0.5, 0.75, 1.0, -0.25, -0.75, 123.25]))
    np.testing.assert_allclose(exact, [0, 1, 0, -1, 0, -1, 1, 1], atol=1.2e-7)  # one rounding


@settings(deadline=None)
@given(lanes8)
def test_absolute_and_floor_are_those_of_numpy(x):
    np.testing.assert_array_equal(applied(ABSOLUTE, x), np.abs(x))
    np.testing.assert_array_equal(applied(FLOOR, x), np.floor(x))


@rt
def _muladd(x, y, out):
    simd.store8(out, 0, simd.muladd8(simd.load8(x, 0), simd.load8(y, 0), simd.load8(x, 0)))


@settings(deadline=None)
@given(tame8, tame8)
def test_muladd_multiplies_and_adds(x, y):
    exact = x.astype("f8") * y + x
    # one rounding when fused, two when not
    np.testing.assert_allclose(applied(_muladd, x, y), exact, atol=1.2e-7 * 1e6, rtol=0)
    small = np.abs(x.astype("f8") * y) + np.abs(x)
    assert (np.abs(applied(_muladd, x, y) - exact) <= 1.2e-7 * small + 1e-37).all()


@rt
def _noise(seeds, out):
    for i in range(0, out.shape[0], 8):
        simd.store8(out, i, simd.noise8(seeds))


def test_noise_is_that_of_marsaglia_in_every_lane():
    start = (np.arange(1, 9, dtype="u8") * 2654435761 % 2**32).astype("u4")
    seeds, out = start.copy(), np.empty(8 * 50, "f4")
    _noise(seeds, out)
    for lane in range(8):
        x = int(start[lane])
        for i in range(50):
            x ^= x << 13 & 0xFFFFFFFF
            x ^= x >> 17
            x ^= x << 5 & 0xFFFFFFFF
            signed = x - 2**32 if x >= 2**31 else x
            assert out[8 * i + lane] == np.float32(signed) * np.float32(2.0 ** -31)
        assert seeds[lane] == x


def test_noise_is_white_with_mean_zero_and_the_power_of_an_even_spread():
    seeds, out = np.arange(11, 19, dtype="u4") * 7919, np.empty(8 * 20000, "f4")
    _noise(seeds, out)
    x = out.reshape(-1, 8)[100:].astype("f8")  # small seeds take some steps to spread
    count = x.size
    assert np.abs(x).max() <= 1.0
    assert abs(x.mean()) < 4 / np.sqrt(3 * count)  # four standard deviations
    assert x.var() == pytest.approx(1 / 3, rel=4 * np.sqrt(0.8 / count))
    for lag in (1, 2, 3, 16):
        assert abs((x[lag:] * x[:-lag]).mean() * 3) < 4 / np.sqrt(count)
    between = np.corrcoef(x.T) - np.eye(8)
    assert np.abs(between).max() < 5 / np.sqrt(len(x))  # 28 pairs of lanes
