#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A pickle made to harm is refused as what it is, in a second of the processor and with little memory.

usage: hostile_pickles_are_refused.py PATH/TO/pickle_answers
"""
import os
import pickle
import struct
import subprocess
import sys
import tempfile

SECONDS = 1
MEMORY = 256 << 20  # and twice the file


def text(value):
    return b"\x8c" + bytes([len(value)]) + value


def frame(body, length=None):
    return b"\x95" + struct.pack("<Q", len(body) if length is None else length) + body


def calls():
    """All the ways to name, make or call something."""
    bodies = {
        "GLOBAL": b"cos\nsystem\n(S'true'\ntR", "STACK_GLOBAL": text(b"os") + text(b"system") + b"\x93",
        "INST": b"(S'true'\nios\nsystem\n", "OBJ": b"(cos\nsystem\nS'true'\no", "REDUCE": b"NNR", "BUILD": b"NNb",
        "NEWOBJ": b"NN\x81", "NEWOBJ_EX": b"NNN\x92", "PERSID": b"Pid\n", "BINPERSID": b"NQ",
        "EXT1": b"\x82\x01", "EXT2": b"\x83\x01\x00", "EXT4": b"\x84\x01\x00\x00\x00",
        "GLOBAL of a harmless name": b"cbuiltins\nlist\n", "GLOBAL without a line": b"c",
    }
    wrappings = {
        "alone": lambda body: body + b".", "in protocol 2": lambda body: b"\x80\x02" + body + b".",
        "in a frame": lambda body: b"\x80\x04" + frame(body + b"."),
        "in an entry": lambda body: b"\x80\x04](}(" + text(b"Path") + body + b"ue.",
        "behind an entry": lambda body: pickle.dumps([{"Path": "a", "Revision": "b"}], 2)[:-1] + body + b".",
    }
    for name, body in bodies.items():
        for how, wrap in wrappings.items():
            yield f"{name} {how}", wrap(body), "code"


def lengths():
    for size in (1, 2**31 - 1, 2**31, 2**32 - 1):
        for name, code in (("BINUNICODE", b"X"), ("BINBYTES", b"B"), ("BINSTRING", b"T")):
            yield f"{name} of {size} bytes", code + struct.pack("<I", size), "corrupt"
    for size in (2**32, 2**60, 2**63, 2**64 - 1):
        yield f"BINUNICODE8 of {size} bytes", b"\x8d" + struct.pack("<Q", size) + b"a.", "corrupt"
        yield f"BINBYTES8 of {size} bytes", b"\x8e" + struct.pack("<Q", size) + b"a.", "unsupported"
        yield f"BYTEARRAY8 of {size} bytes", b"\x96" + struct.pack("<Q", size) + b"a.", "unsupported"
        yield f"FRAME of {size} bytes", frame(b"N.", size), "corrupt"
    yield "LONG1 of 255 bytes", b"\x8a\xff" + b"1" * 255 + b".", "unsupported"
    yield "LONG4 of 2 GiB", b"\x8b\xff\xff\xff\x7f.", "unsupported"
    yield "LONG of a million digits", b"L" + b"9" * 10**6 + b"L\n.", "unsupported"
    yield "INT of a million digits", b"I" + b"9" * 10**6 + b"\n.", "corrupt"
    yield "FRAME of one byte less", frame(b"N.", 1), None
    yield "FRAME of one byte more", frame(b"N.", 3), "corrupt"
    yield "FRAME in a frame", frame(frame(b"N.")), "corrupt"
    yield "FRAME that cuts an argument", frame(text(b"abc")[:3], 3) + b"bc.", "corrupt"
    yield "FRAME that cuts a line", frame(b"Vab", 3) + b"\n.", "corrupt"


def memos():
    for index in (4 << 20, 2**31 - 1, 2**31, 2**32 - 1):
        yield f"LONG_BINPUT at {index}", b"Nr" + struct.pack("<I", index) + b".", "limit"
        yield f"PUT at {index}", b"Np%d\n." % index, "limit"
        yield f"LONG_BINGET at {index}", b"j" + struct.pack("<I", index) + b".", "corrupt"
    yield "PUT at -1", b"Np-1\n.", "corrupt"
    yield "PUT at 2^70", b"Np%d\n." % 2**70, "corrupt"
    yield "GET of a million digits", b"g" + b"0" * 10**6 + b"\n.", "corrupt"
    yield "the last index", b"Nr" + struct.pack("<I", (4 << 20) - 1) + b".", None
    yield "indexes far apart", b"N" + b"".join(b"r" + struct.pack("<I", i) for i in range(5000, 4 << 20, 1000)) + b".", None
    yield "indexes from above", b"N" + b"".join(b"r" + struct.pack("<I", i) for i in range(10**6, 0, -1)) + b".", None
    yield "all indexes", b"N" + b"\x94" * (4 << 20) + b".", None
    yield "one index more", b"N" + b"\x94" * ((4 << 20) + 1) + b".", "limit"
    long = b"X" + struct.pack("<I", 1 << 20) + b"t" * (1 << 20)
    yield "a long text a million times", b"](" + long + b"\x94" + b"h\0" * 10**6 + b"e.", "limit"
    yield "a long text as each Path", b"](" + b"".join(
        b"}(" + text(b"Path") + (long + b"q\0" if i == 0 else b"h\0") + b"u" for i in range(10**5)) + b"e.", "limit"
    yield "a list in itself", b"]q\0h\0a.", "shape"
    yield "a dict in itself", b"}q\0" + text(b"k") + b"h\0s.", "shape"
    yield "a list in two places", b"](]q\0h\0e.", "shape"
    bomb = b"]q\0"
    for level in range(1, 60):
        bomb += b"](h%ch%ceq%c" % (level - 1, level - 1, level)
    yield "lists that double 60 times", bomb + b".", "shape"


def masses():
    yield "a million MARKs", b"(" * 10**6 + b".", "limit"
    yield "20 million MARKs", b"(" * (20 << 20), "limit"
    yield "a million lists deep", b"]" * 10**6 + b"a" * (10**6 - 1) + b".", "limit"
    yield "a million lists deep, made late", b"(" * 8 + b"l" + b"(" * 10**6, "limit"
    yield "nine lists deep", b"]" * 9 + b"a" * 8 + b".", "limit"
    yield "60 million values", b"N" * (60 << 20) + b".", "limit"
    yield "20 million empty dicts", b"}" * (20 << 20) + b".", "limit"
    yield "10 million items", b"](" + (b"N" * 1000 + b"e(") * 10000 + b"e.", "limit"
    yield "lists of a million items", b"](" + (b"](" + b"N" * 10**6 + b"e") * 20 + b"e.", "limit"
    yield "a million and one items", b"](" + b"N" * (10**6 + 1) + b"e.", "limit"
    yield "a million items, one by one", b"]" + b"Na" * 10**6 + b".", None
    yield "a million items", b"](" + b"N" * 10**6 + b"e.", None
    yield "10 million empty batches", b"]" + b"(e" * (10 << 20) + b".", None
    yield "2 million empty frames", (b"\x95" + b"\0" * 8) * (2 << 20) + b"N.", None
    keys = b"".join(text(b"k" * 247 + b"%08d" % i) + b"N" for i in range(65000))
    yield "long keys that differ late", b"(" + keys + b"d.", None
    dicts = b"(" + b"".join(text(b"k%d" % (i % 7)) + b"N" for i in range(65000)) + b"d"
    yield "dicts of the same keys", b"(" + dicts * 40 + b"l.", None
    yield "a dict of too many keys", b"(" + (text(b"k") + b"N") * 70000 + b"d.", "limit"
    yield "a key of a MiB", b"(X" + struct.pack("<I", 1 << 20) + b"k" * (1 << 20) + b"Nd.", "limit"
    yield "a text of 40 MiB", b"X" + struct.pack("<I", 40 << 20) + b"\xc3\xa9" * (40 << 19) + b".", None
    yield "a line of 40 MiB", b"V" + b"\xe9" * (40 << 20) + b"\n.", None
    yield "a line that does not end", b"V" * (20 << 20), "corrupt"
    yield "lines that do not end", b"S'" * (10 << 20), "corrupt"
    yield "65 MiB", b"N" * (65 << 20), "limit"


def texts():
    for name, body in (("overlong", b"\xc0\x80"), ("overlong of three", b"\xe0\x80\x80"), ("overlong of four", b"\xf0\x80\x80\x80"),
                       ("above U+10FFFF", b"\xf4\x90\x80\x80"), ("a stray byte", b"\x80"), ("cut", b"\xe2\x82"), ("0xff", b"\xff")):
        yield f"text that is {name}", text(body) + b".", "corrupt"
    yield "a byte order mark", b"\xef\xbb\xbf]\x94.", "corrupt"
    yield "nothing", b"", "corrupt"
    yield "no STOP", b"\x80\x04]", "corrupt"
    yield "a second PROTO", b"\x80\x04\x80\x04N.", "corrupt"
    yield "protocol 255", b"\x80\xffN.", "unsupported"
    yield "POP that hides a value", b"cos\nsystem\n0N.", "code"
    yield "a tuple", b"(t.", "unsupported"
    yield "JSON", b'[{"Path": "a"}]', "corrupt"
    yield "bytes behind STOP", b"N." + b"cos\nsystem\n(S'true'\ntR.", None


def ask(program, data):
    """The answer, the seconds of the processor and the most memory at once."""
    with tempfile.TemporaryFile() as question, tempfile.TemporaryFile() as answer:
        question.write(b"?" + struct.pack("<I", len(data)) + data)
        question.seek(0)
        child = subprocess.Popen([program], stdin=question, stdout=answer)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        answer.seek(4)
        text = answer.read().decode()
    if child.returncode != 0:
        text = f"!exit status {child.returncode}"
    return text, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def main():
    program = sys.argv[1]
    wrong = count = slowest = largest = 0
    for family in (calls, lengths, memos, masses, texts):
        for name, data, expected in family():
            for _ in range(3):  # A busy machine adds to each run.
                answer, seconds, memory = ask(program, data)
                if seconds <= SECONDS:
                    break
            count += 1
            slowest = max(slowest, seconds)
            largest = max(largest, memory)
            kind = answer[1:].split(" ")[0] if answer.startswith("!") else None
            if kind != expected or seconds > SECONDS or memory > MEMORY + 2 * len(data):
                wrong += 1
                print(f"{name}: {answer[:200]}, {seconds:.2f} s, {memory >> 20} MiB; expected: {expected or 'a value'}")
    if count < 100:
        sys.exit(f"only {count} pickles")
    if wrong:
        sys.exit(f"{wrong} of {count} pickles do harm")
    print(f"{count} pickles do none; the slowest takes {slowest:.2f} s of the processor, the largest {largest >> 20} MiB")


if __name__ == "__main__":
    main()
