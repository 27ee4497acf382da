#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The pickle reader reads what Python reads, and the writer writes what Python writes.

usage: pickles_are_pythons.py PATH/TO/pickle_answers [VALUES [SEED]]

VALUES random values (default 10,000), pickled by CPython's C and Python picklers, are read back; as many indexes
are written in four protocols; and of VALUES mutations and VALUES random strings of opcodes none is accepted that
Python refuses or reads otherwise. Ours may refuse more.
"""
import io
import pickle
import random
import struct
import subprocess
import sys

CHARACTERS = "aaabcxyz/._-0\n\r\\\t\x00\x1a'\"u\u00e9\u00ff\u0100\u4e2d\ud800\udcff\udfff\uffff\U0001f600\U0010ffff"


def fresh(text):
    """The text as an object of its own, as far as Python makes one."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass")


def text(rng, longest=12):
    length = rng.choice([0, 1, 1, 2, rng.randrange(longest), rng.randrange(longest)])
    piece = "".join(rng.choices(CHARACTERS, k=min(length, 40)))
    return fresh((piece * (length // 40 + 1))[:length])


def scalar(rng, protocol):
    kind = rng.randrange(7)
    if kind == 0:
        return rng.choice([None, True, False])
    if kind == 1:
        bits = rng.choice([1, 8, 16, 31] + ([40, 63] if protocol >= 2 else []))
        return rng.choice([1, -1]) * rng.getrandbits(bits)
    if kind == 2 and protocol >= 1:
        return rng.choice([0.0, -0.0, 1.5, float("inf"), float("nan"), rng.random()])
    if kind == 3 and protocol >= 3:
        return rng.randbytes(rng.choice([0, 1, 5, 255, 256]))
    return text(rng, 12 if rng.random() < 0.95 else 400)


def value(rng, protocol, levels=8):
    if levels == 0 or rng.random() < (0.1 if levels == 8 else 0.6):
        return scalar(rng, protocol)
    count = rng.choice([0, 1, 2, 3, 5])
    if rng.random() < 0.5:
        return [value(rng, protocol, levels - 1) for _ in range(count)]
    return {text(rng): value(rng, protocol, levels - 1) for _ in range(count)}


def shown(thing):
    if thing is None or isinstance(thing, bool):
        return {None: b"N", True: b"T", False: b"F"}[thing]
    if isinstance(thing, int):
        return b"i%d;" % thing
    if isinstance(thing, float):
        return b"f%s;" % struct.pack(">d", thing).hex().encode()
    if isinstance(thing, bytes):
        return b"b%d:%s" % (len(thing), thing)
    if isinstance(thing, str):
        encoded = thing.encode("utf-8", "surrogatepass")
        return b"s%d:%s" % (len(encoded), encoded)
    if isinstance(thing, list):
        return b"l%d:%s" % (len(thing), b"".join(map(shown, thing)))
    if isinstance(thing, dict):
        return b"d%d:%s" % (len(thing), b"".join(shown(key) + shown(item) for key, item in thing.items()))
    raise TypeError(type(thing).__name__)


class DataOnly(pickle.Unpickler):
    def find_class(self, module, name):
        raise pickle.UnpicklingError("code")

    def persistent_load(self, key):
        raise pickle.UnpicklingError("code")


def python_reads(data):
    try:
        return shown(DataOnly(io.BytesIO(data)).load())
    except Exception as error:  # whatever a broken pickle raises
        return b"!" + repr(error).encode("utf-8", "backslashreplace")


def python_dump(thing, protocol, pickler):
    out = io.BytesIO()
    pickler(out, protocol).dump(thing)
    return out.getvalue()


def ask(program, cases):
    sent = b"".join(question + struct.pack("<I", len(data)) + data for question, data in cases)
    answers = subprocess.run([program], input=sent, stdout=subprocess.PIPE, check=True).stdout
    result = []
    at = 0
    while at < len(answers):
        (length,) = struct.unpack_from("<I", answers, at)
        result.append(answers[at + 4:at + 4 + length])
        at += 4 + length
    if len(result) != len(cases):
        sys.exit(f"{len(result)} answers to {len(cases)} cases")
    return result


def pickled_values(rng, count):
    for number in range(count):
        protocol = number % 6
        pickler = pickle.Pickler if rng.random() < 0.5 else pickle._Pickler
        yield python_dump(value(rng, protocol), protocol, pickler)


def check_reading(program, pickles):
    wrong = 0
    for data, answer in zip(pickles, ask(program, [(b"r", data) for data in pickles])):
        expected = python_reads(data)
        if answer != expected or answer.startswith(b"!"):
            wrong += 1
            print(f"read {data!r}: {answer!r}, Python says {expected!r}")
    return wrong


def indexes(rng, count):
    """Lists of flat dicts of text, or one dict, whose equal keys are one object and whose values are not."""
    for number in range(count):
        keys = ["Path", "Revision"] if rng.random() < 0.7 else list(dict.fromkeys(text(rng) + "k" for _ in range(4))) + ["", "\u00e9"]
        size = number if number < 8 else rng.choice([1, 2, 5, 20, 50])
        if number % 500 == 0:
            size = rng.choice([999, 1000, 1001, 2000, 2001, 3500])
        longest = 12 if rng.random() < 0.9 or size > 100 else rng.choice([300, 2000, 20000])
        entries = [{key: text(rng, longest) for key in rng.sample(keys, rng.randrange(len(keys) + 1))}
                   for _ in range(size)]
        yield entries if rng.random() < 0.9 or not entries else entries[0]
    for size in (999, 1000, 1001, 2000):
        yield {"k%d" % i: fresh("value %d" % i) for i in range(size)}
    yield [{"Path": fresh("x" * size)} for size in range(65530 - 40, 65536)]


def check_writing(program, things):
    cases = []
    expected = []
    for thing in things:
        own = pickle.dumps(thing, 4)
        for protocol in (2, 3, 4, 5):
            cases.append((b"%d" % protocol, own))
            expected.append(python_dump(thing, protocol, pickle.Pickler))
    wrong = 0
    for case, answer, bytes_of_python in zip(cases, ask(program, cases), expected):
        if answer != bytes_of_python:
            wrong += 1
            print(f"protocol {case[0]!r} of {case[1][:300]!r}:\n {answer[:300]!r}, Python says\n {bytes_of_python[:300]!r}")
    return wrong, len(cases)


def mutation(rng, data):
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 5])):
        at = rng.randrange(len(data) + 1)
        kind = rng.randrange(5)
        if kind == 0:
            data[at:at + 1] = rng.randbytes(1)
        elif kind == 1:
            data[at:at] = bytes(rng.choices(OPCODES, k=rng.choice([1, 2])))
        elif kind == 2:
            del data[at:at + rng.choice([1, 1, 4])]
        elif kind == 3:
            other = rng.randrange(len(data) + 1)
            data[at:at] = data[other:other + rng.choice([1, 2, 9])]
        elif data:
            data[at % len(data)] ^= 1 << rng.randrange(8)
    return bytes(data)


OPCODES = b"\x95.(]lae}dsu\x8cX\x8dV\x94qrphjgN\x88\x89JKM\x8aIGCBSTU"
VALUE_OPCODES = b"]}\x8cX\x8dVN\x88\x89JKM\x8aIGCBSTUVIS\x94\x94qqrphj"


def argument(rng, code):
    small = rng.choice([0, 0, 1, 2, 3])
    body = bytes(rng.choices(b"ab\xc3\xa9\xed\xa0\x80\xed\xb3\xbf\xf0\x9f\x98\x80\\'u0", k=small))
    body = rng.choice([body, b"k", "\u00e9".encode(), b"\xed\xb2\x80"])
    line = rng.choice([b"0", b"1", b"2", b"00", b"01", b"-1", b"7", b"-0", b"010", b" 1", b"+1", b"1_0", b"'a'", b"'", b"''",
                       b'"a\'"', b"\\u0041", b"\\U0001F600", b"\\u00", b"\\x", b"\\\\u0041", b"a\\", body]) + b"\n"
    number = bytes([small])
    return {
        b"\x95": struct.pack("<Q", rng.choice([0, 1, 2, 3, 10])),
        b"\x8c": bytes([len(body)]) + body, b"U": bytes([len(body)]) + body, b"C": bytes([len(body)]) + body,
        b"\x8a": bytes([len(body)]) + body,
        b"X": struct.pack("<I", len(body)) + body, b"T": struct.pack("<I", len(body)) + body,
        b"B": struct.pack("<I", len(body)) + body, b"\x8d": struct.pack("<Q", len(body)) + body,
        b"V": line, b"p": line, b"g": line, b"I": line, b"S": line,
        b"q": number, b"h": number, b"K": rng.randbytes(1), b"M": rng.randbytes(2), b"J": rng.randbytes(4),
        b"r": struct.pack("<I", rng.choice([0, 1, 2, 300, 5000])), b"j": struct.pack("<I", small),
        b"G": rng.randbytes(8),
    }.get(code, b"")


def opcode_string(rng):
    """Half of them are values in a list, of which Python accepts some."""
    is_list = rng.random() < 0.5
    data = bytearray(b"](" if is_list else rng.choice([b"", b"\x80\x04", b"(", b"](", b"}("]))
    for _ in range(rng.randrange(1, 5 if is_list else 9)):
        code = bytes([rng.choice(VALUE_OPCODES if is_list else OPCODES)])
        if code == b".":
            continue
        data += code + argument(rng, code)
    return bytes(data + rng.choice([b"e."] if is_list else [b".", b"e.", b"u.", b"l.", b"d.", b"a.", b"s."]))


def check_hostile(program, pickles):
    wrong = accepted = 0
    for data, answer in zip(pickles, ask(program, [(b"r", data) for data in pickles])):
        if answer.startswith(b"!"):
            continue
        accepted += 1
        expected = python_reads(data)
        if answer != expected:
            wrong += 1
            print(f"hostile {data!r}: {answer!r}, Python says {expected!r}")
    return wrong, accepted


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 10000
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    pickles = list(pickled_values(rng, count))
    wrong = check_reading(program, pickles)
    wrong_written, written = check_writing(program, indexes(rng, count // 4))
    mutations = [mutation(rng, rng.choice(pickles)) for _ in range(count)]
    strings = [opcode_string(rng) for _ in range(count)]
    wrong_mutations, accepted = check_hostile(program, mutations)
    wrong_strings, accepted_strings = check_hostile(program, strings)
    if accepted < count / 20 or accepted_strings < count / 20:
        sys.exit(f"only {accepted} and {accepted_strings} of {count} hostile pickles are accepted: they prove too little")
    if wrong + wrong_written + wrong_mutations + wrong_strings:
        sys.exit(f"wrong: {wrong} read, {wrong_written} written, {wrong_mutations} mutations, {wrong_strings} strings")
    print(f"{count} pickles read, {written} written, {accepted} mutations and {accepted_strings} strings of opcodes "
          f"accepted, all as Python does")


if __name__ == "__main__":
    main()
