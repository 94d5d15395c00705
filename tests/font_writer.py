"""Writes small SoundFont 2 files for tests."""
import struct

import numpy as np

# generators by their numbers in the specification, 8.1.2
START, Q, PAN, DELAY, ATTACK, HOLD, DECAY, SUSTAIN, RELEASE, HOLD_KEY, DECAY_KEY = 0, 9, 17, *range(33, 41)
INSTRUMENT, KEYS, VELOCITIES, ATTENUATION, COARSE, FINE, SAMPLE, MODES, SCALE, EXCLUSIVE, ROOT = (
    41, 43, 44, 48, 51, 52, 53, 54, 56, 57, 58)
MONO = 1
VELOCITY_TO_CUTOFF = (0x0102, 8, 0, 0x0D02, 0)  # as TimGM6mb has it: the default's sources, amount 0
VELOCITY_TO_ATTENUATION = (0x0502, 48, 480, 0, 0)


def chunk(name, body):
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1)


def sample(sound, loop=None, rate=48000, key=69, correction=0, kind=MONO):
    return {"sound": np.asarray(sound), "loop": loop or (0, 0), "rate": rate, "key": key, "correction": correction,
            "kind": kind}


def bags(owners, terminal_kinds):
    """Tables of bags, generators and modulators; an owner is a list of zones, a zone a list of pairs and 5-tuples."""
    bag, generators, modulators, first = b"", b"", b"", []
    g = m = n = 0
    for zones in owners:
        first.append(n)
        for zone in zones:
            bag += struct.pack("<HH", g, m)
            n += 1
            # ranges come first, the instrument or sample last [8.1.2]
            for item in sorted(zone, key=lambda item: (item[0] in terminal_kinds, item[0] not in (KEYS, VELOCITIES))):
                if len(item) == 2:
                    generators += struct.pack("<Hh", *item)
                    g += 1
                else:
                    modulators += struct.pack("<HHhHH", *item)
                    m += 1
    first.append(n)
    return first, bag + struct.pack("<HH", g, m), generators + bytes(4), modulators + bytes(10)


def build(samples, instruments, presets):
    """Bytes of a SoundFont; presets: (bank, program, zones)."""
    data, headers = b"", b""
    for number, one in enumerate(samples):
        start = len(data) // 2
        data += np.round(one["sound"] * 32767).astype("<i2").tobytes() + bytes(92)
        headers += struct.pack("<20s5IBbHH", f"sample {number}".encode(), start, start + one["sound"].size,
                               start + one["loop"][0], start + one["loop"][1], one["rate"], one["key"],
                               one["correction"], 0, one["kind"])
    headers += struct.pack("<20s5IBbHH", b"EOS", 0, 0, 0, 0, 0, 0, 0, 0, 0)
    first, ibag, igen, imod = bags(instruments, (SAMPLE,))
    inst = b"".join(struct.pack("<20sH", b"instrument", bag) for bag in first)
    first, pbag, pgen, pmod = bags([zones for _, _, zones in presets], (INSTRUMENT,))
    phdr = b"".join(struct.pack("<20sHHHIII", f"sound {program}".encode(), program, bank, bag, 0, 0, 0)
                    for (bank, program, _), bag in zip([*presets, (0, 0, None)], first, strict=True))
    tables = ((b"phdr", phdr), (b"pbag", pbag), (b"pmod", pmod), (b"pgen", pgen), (b"inst", inst), (b"ibag", ibag),
              (b"imod", imod), (b"igen", igen), (b"shdr", headers))
    body = (b"sfbk" + chunk(b"LIST", b"INFO" + chunk(b"ifil", struct.pack("<HH", 2, 1)))
            + chunk(b"LIST", b"sdta" + chunk(b"smpl", data))
            + chunk(b"LIST", b"pdta" + b"".join(chunk(*table) for table in tables)))
    return chunk(b"RIFF", body)


ONE = sample(np.ones(256), (64, 192))


def one_zone(*items, over=(), one=ONE):
    """A font of one sample and one zone; `items` in the instrument's zone, `over` in the preset's."""
    return build([one], [[[(SAMPLE, 0), (MODES, 1), *items]]], [(0, 0, [[(INSTRUMENT, 0), *over]])])
