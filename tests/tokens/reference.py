"""What Python's tiktoken makes of the strings of `crates/tokens/src/testing.rs`: `cargo xtask bench tokens`.

tiktoken wants to load its ranks from the network; here it gets those that Familiar has.
"""

import json
import sys
import time
import zlib
from pathlib import Path

import tiktoken
import tiktoken_ext.openai_public as public

DATA = Path(__file__).parents[2] / "crates" / "tokens" / "data"
LINE = 100


def ranks(name):
    packed = (DATA / f"{name}.ranks").read_bytes()
    count, raw = int.from_bytes(packed[:4], "little"), zlib.decompress(packed[4:])
    lengths, grouped = raw[:count], raw[count:]
    cursors, at = {}, 0
    for length in range(256):
        cursors[length] = at
        at += length * lengths.count(length)
    found = {}
    for rank, length in enumerate(lengths):
        found[grouped[cursors[length] : cursors[length] + length]] = rank
        cursors[length] += length
    return found


def encoding(name):
    # The patterns and marks are tiktoken's own; it checks the hash of a file, so the ranks are given as they are.
    public.load_tiktoken_bpe = lambda *_, **__: ranks(name)
    return tiktoken.Encoding(**getattr(public, name)())


def digest(numbers):
    value = 0xCBF29CE484222325
    for number in numbers:
        for byte in number.to_bytes(4, "little"):
            value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def write(corpus, folder):
    for name in ("o200k_base", "cl100k_base"):
        reference = encoding(name)
        lines = []
        for begin in range(0, len(corpus), LINE):
            tokens = [reference.encode_ordinary(text) for text in corpus[begin : begin + LINE]]
            counts = " ".join(str(len(one)) for one in tokens)
            lines.append(f"{counts} {digest(token for one in tokens for token in one):016x}\n")
        (Path(folder) / f"{name}.txt").write_text("".join(lines))


def gather(corpus, path):
    """The texts to measure with: the corpus, documents and source of the house, and long runs."""
    root = Path(__file__).parents[2]
    text = lambda pattern: "".join(file.read_text() for file in sorted(root.glob(pattern)))
    runs = {"a": "letters", " ": "spaces", "=": "signs", "\n": "lines", "字": "han"}
    texts = [["corpus", corpus], ["prose", [text("docs/**/*.md")]], ["code", [text("crates/gateway/src/**/*.rs")]]]
    for piece, name in runs.items():
        texts += [[f"{name} x {length:,}", [piece * length]] for length in (100_000, 1_000_000)]
    Path(path).write_text(json.dumps(texts))


def measure(texts):
    for name in ("o200k_base", "cl100k_base"):
        begin = time.perf_counter()
        reference = encoding(name)
        count = len(reference.encode_ordinary("hello"))
        print(f"{name}\tload\t{count}\t{time.perf_counter() - begin:.6f}")
        for label, some in texts:
            best, tokens = float("inf"), "-"
            try:
                for _ in range(5):
                    begin = time.perf_counter()
                    tokens = sum(len(reference.encode_ordinary(text)) for text in some)
                    best = min(best, time.perf_counter() - begin)
            except BaseException as error:  # Rust panics come as such
                tokens = "fails: " + type(error).__name__
            print(f"{name}\t{label}\t{tokens}\t{best:.6f}", flush=True)


if __name__ == "__main__":
    mode, path = sys.argv[1:3]
    data = json.loads(Path(path).read_text())
    if mode == "fixtures":
        write(data, sys.argv[3])
    elif mode == "texts":
        gather(data, sys.argv[3])
    else:
        measure(data)
