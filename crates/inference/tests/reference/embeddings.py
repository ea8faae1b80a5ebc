"""Computes sentence vectors with numpy alone: those of the random encoder of `inference::testing`, or of a model's folder.

    python embeddings.py > embeddings.json                   (needs numpy)
    python embeddings.py FOLDER > embeddings-minilm.json     (needs numpy and safetensors)

Nothing here is shared with the program: the tokenizer is the textbook's, the weights of the random model are made
once more by the rule of `testing::noise`, and everything is computed in double precision, a text at a time.
"""

import json
import math
import sys
import unicodedata
from pathlib import Path

import numpy as np

TEXTS = [
    "The dragons of the cave",
    "A fireball burning",
    "a",
    "Ice, cold. ICE!",
    "Dragons burn the cave of ice, fire of a dragon burning the ice of the cave, and so on and on.",
    "Drágön fïre",
]
REAL_TEXTS = [
    "A prone creature can only crawl.",
    "How does a creature that lies on the ground move?",
    "Fireball: a bright streak flashes from your pointing finger.",
    "La créature est à terre, 3.5 m away -- isn't it?",
    "",
    "word " * 400,
]
WORDS = ["the", "dragon", "##s", "fire", "##ball", "burn", "##ing", "cold", "ice", "a", "of", "cave"]


def noise(name, count):
    mask = (1 << 64) - 1
    start = 0xCBF29CE484222325
    for byte in name.encode():
        start = ((start ^ byte) * 0x100000001B3) & mask
    with np.errstate(over="ignore"):
        mixed = np.uint64(start) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(40)).astype(np.float32) / np.float32(1 << 24) - np.float32(0.5)


class Random:
    """Weights by name, of the shapes that are asked for."""

    def __getitem__(self, name):
        hidden, feed = 32, 64
        rows = {"word": len(vocabulary()), "position": 40, "token_type": 2}
        if name.startswith("embeddings.") and "LayerNorm" not in name:
            shape = (rows[name.split(".")[1].removesuffix("_embeddings")], hidden)
        elif "LayerNorm" in name:
            shape = (hidden,)
        else:
            out = feed if "intermediate" in name else hidden
            into = feed if ".output.dense" in name and "attention" not in name else hidden
            shape = (out, into) if name.endswith("weight") else (out,)
        middle = 1.0 if name.endswith("LayerNorm.weight") else 0.0
        values = np.float32(middle) + np.float32(0.8) * noise(name, int(np.prod(shape)))
        return values.reshape(shape).astype(np.float64)


def vocabulary():
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", ","]
    for letter in "abcdefghijklmnopqrstuvwxyz":
        tokens += [letter, "##" + letter]
    return tokens + [word for word in WORDS if word not in tokens]


def is_punctuation(char):
    return unicodedata.category(char).startswith("P") or 33 <= ord(char) <= 47 or 58 <= ord(char) <= 64 \
        or 91 <= ord(char) <= 96 or 123 <= ord(char) <= 126


def tokens(text, ids, context):
    text = unicodedata.normalize("NFD", text.lower())
    text = "".join(char for char in text if unicodedata.category(char) != "Mn")
    spaced = "".join(f" {char} " if is_punctuation(char) else char for char in text)
    pieces = []
    for word in spaced.split():
        start, found = 0, []
        while start < len(word):
            end = len(word)
            while end > start:
                piece = ("##" if start else "") + word[start:end]
                if piece in ids:
                    break
                end -= 1
            if end == start:
                found = ["[UNK]"]
                break
            found.append(piece)
            start = end
        pieces += found
    return [ids[piece] for piece in ["[CLS]"] + pieces[: context - 2] + ["[SEP]"]]


def norm(rows, weights, name):
    mean = rows.mean(axis=1, keepdims=True)
    spread = ((rows - mean) ** 2).mean(axis=1, keepdims=True)
    return (rows - mean) / np.sqrt(spread + 1e-12) * weights[name + ".weight"] + weights[name + ".bias"]


def linear(rows, weights, name):
    return rows @ weights[name + ".weight"].T + weights[name + ".bias"]


def embed(ids, weights, layers, heads, first):
    table = weights["embeddings.word_embeddings.weight"][ids]
    rows = table + weights["embeddings.position_embeddings.weight"][: len(ids)]
    rows = norm(rows + weights["embeddings.token_type_embeddings.weight"][0], weights, "embeddings.LayerNorm")
    erf = np.vectorize(math.erf)
    for layer in range(layers):
        at = f"encoder.layer.{layer}"
        parts = [linear(rows, weights, f"{at}.attention.self.{part}") for part in ("query", "key", "value")]
        query, key, value = [np.stack(np.split(part, heads, axis=1)) for part in parts]
        scores = query @ key.transpose(0, 2, 1) / math.sqrt(query.shape[2])
        scores = np.exp(scores - scores.max(axis=2, keepdims=True))
        seen = np.concatenate(list(scores / scores.sum(axis=2, keepdims=True) @ value), axis=1)
        rows = norm(linear(seen, weights, f"{at}.attention.output.dense") + rows, weights, f"{at}.attention.output.LayerNorm")
        up = linear(rows, weights, f"{at}.intermediate.dense")
        up = up * 0.5 * (1 + erf(up / math.sqrt(2)))
        rows = norm(linear(up, weights, f"{at}.output.dense") + rows, weights, f"{at}.output.LayerNorm")
    vector = rows[0] if first else rows.mean(axis=0)
    return vector / np.linalg.norm(vector)


def main():
    if len(sys.argv) > 1:
        from safetensors.numpy import load_file

        folder = Path(sys.argv[1])
        weights = {name: table.astype(np.float64) for name, table in load_file(folder / "model.safetensors").items()}
        config = json.loads((folder / "config.json").read_text())
        ids = json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]
        context = json.loads((folder / "sentence_bert_config.json").read_text())["max_seq_length"]
        layers, heads, texts, forms = config["num_hidden_layers"], config["num_attention_heads"], REAL_TEXTS, ["mean"]
    else:
        weights, layers, heads, context, texts, forms = Random(), 2, 4, 24, TEXTS, ["mean", "first"]
        ids = {token: number for number, token in enumerate(vocabulary())}
    read = [tokens(text, ids, context) for text in texts]
    vectors = {
        form: [[round(float(value), 7) for value in embed(text, weights, layers, heads, form == "first")] for text in read]
        for form in forms
    }
    out = {"texts": texts, "tokens": [len(text) for text in read], **vectors}
    print(json.dumps(out, separators=(",", ":")))


main()
