"""Measures ONNX Runtime with the same model and sentences: python onnx_runtime.py MODEL SENTENCES

The graph is built here from the safetensors file, node for node as BERT is computed, and optimised by ONNX Runtime
itself (all levels, its own fusions). Sentences go in batches of 32, sorted by length within 512 of them, and filled up
to the longest of a batch, as `sentence-transformers` does.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file
from tokenizers import Tokenizer

BATCH = 32


class Graph:
    def __init__(self):
        self.nodes, self.weights, self.count = [], [], 0

    def op(self, kind, *inputs, **attributes):
        self.count += 1
        out = f"{kind}_{self.count}"
        self.nodes.append(helper.make_node(kind, list(inputs), [out], **attributes))
        return out

    def weight(self, array):
        self.count += 1
        name = f"w_{self.count}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name


def model(folder, config):
    weights = load_file(folder / "model.safetensors")
    graph, hidden, heads = Graph(), config["hidden_size"], config["num_attention_heads"]
    head = hidden // heads

    def linear(rows, name):
        product = graph.op("MatMul", rows, graph.weight(weights[name + ".weight"].T))
        return graph.op("Add", product, graph.weight(weights[name + ".bias"]))

    def norm(rows, name):
        scale, bias = graph.weight(weights[name + ".weight"]), graph.weight(weights[name + ".bias"])
        return graph.op("LayerNormalization", rows, scale, bias, axis=-1, epsilon=config["layer_norm_eps"])

    words = graph.op("Gather", graph.weight(weights["embeddings.word_embeddings.weight"]), "ids")
    kind = weights["embeddings.token_type_embeddings.weight"][0]
    places = graph.weight(weights["embeddings.position_embeddings.weight"] + kind)
    rows = norm(graph.op("Add", words, graph.op("Gather", places, "places")), "embeddings.LayerNorm")
    split = graph.weight(np.array([0, 0, heads, head], dtype=np.int64))
    join = graph.weight(np.array([0, 0, hidden], dtype=np.int64))
    for layer in range(config["num_hidden_layers"]):
        at = f"encoder.layer.{layer}"

        def part(name, order):
            shaped = graph.op("Reshape", linear(rows, f"{at}.attention.self.{name}"), split)
            return graph.op("Transpose", shaped, perm=order)

        query, key, value = part("query", [0, 2, 1, 3]), part("key", [0, 2, 3, 1]), part("value", [0, 2, 1, 3])
        scale = graph.weight(np.array(1 / head**0.5, dtype=np.float32))
        scores = graph.op("Add", graph.op("Mul", graph.op("MatMul", query, key), scale), "mask")
        seen = graph.op("MatMul", graph.op("Softmax", scores, axis=-1), value)
        seen = graph.op("Reshape", graph.op("Transpose", seen, perm=[0, 2, 1, 3]), join)
        rows = norm(graph.op("Add", linear(seen, f"{at}.attention.output.dense"), rows), f"{at}.attention.output.LayerNorm")
        up = graph.op("Gelu", linear(rows, f"{at}.intermediate.dense"))
        rows = norm(graph.op("Add", linear(up, f"{at}.output.dense"), rows), f"{at}.output.LayerNorm")
    inputs = [
        helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "length"]),
        helper.make_tensor_value_info("places", TensorProto.INT64, ["length"]),
        helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["batch", 1, 1, "length"]),
    ]
    output = helper.make_tensor_value_info(rows, TensorProto.FLOAT, ["batch", "length", hidden])
    made = helper.make_graph(graph.nodes, "bert", inputs, [output], graph.weights)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def main():
    folder, sentences = Path(sys.argv[1]), Path(sys.argv[2]).read_text().splitlines()
    config = json.loads((folder / "config.json").read_text())
    context = json.loads((folder / "sentence_bert_config.json").read_text())["max_seq_length"]
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(context)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(
        model(folder, config).SerializeToString(), options, providers=["CPUExecutionProvider"]
    )

    def embed(batch):
        encoded = [encoding.ids for encoding in tokenizer.encode_batch(batch)]
        length = max(map(len, encoded))
        ids = np.zeros((len(batch), length), dtype=np.int64)
        filled = np.zeros((len(batch), length), dtype=np.float32)
        for row, tokens in enumerate(encoded):
            ids[row, : len(tokens)] = tokens
            filled[row, : len(tokens)] = 1
        mask = (filled - 1)[:, None, None, :] * np.float32(1e9)
        rows = session.run(None, {"ids": ids, "places": np.arange(length), "mask": mask})[0]
        vectors = (rows * filled[:, :, None]).sum(axis=1) / filled.sum(axis=1, keepdims=True)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), int(filled.sum())

    reference = folder_reference()
    if reference:
        vectors, _ = embed(reference["texts"])
        worst = min(float((one * np.array(other)).sum()) for one, other in zip(vectors, reference["mean"]))
        assert worst > 0.9999, f"this is not the same model: {worst}"
    embed(sentences[:1])
    began, tokens = time.perf_counter(), 0
    for start in range(0, len(sentences), 512):
        part = sorted(sentences[start : start + 512], key=len)
        for batch in range(0, len(part), BATCH):
            tokens += embed(part[batch : batch + BATCH])[1]
    took = time.perf_counter() - began
    alone = []
    for sentence in sentences[:50]:
        start = time.perf_counter()
        embed([sentence])
        alone.append((time.perf_counter() - start) * 1e3)
    one = sorted(alone)[len(alone) // 2]
    print(f"ONNX Runtime {onnxruntime.__version__}: {len(sentences) / took:.1f} sentences/s, {tokens} tokens in {took:.2f} s, one alone {one:.1f} ms")


def folder_reference():
    """The vectors of numpy, where the model is the one that they were computed for."""
    if "minilm" not in str(Path(sys.argv[1]).resolve()).lower():
        return None
    return json.loads((Path(__file__).parent / "embeddings-minilm.json").read_text())


main()
