"""Computes what the transformers library says to the random models of `inference::testing`.

    python make.py > logits.json        (needs torch and transformers)

The weights are made here once more, by the rule of `testing::noise`, so that both sides share nothing but it.
"""

import json
import sys

import numpy as np
import torch
from transformers import AutoConfig, AutoModelForCausalLM

TOKENS = [72, 101, 108, 108, 111, 32, 119, 111, 114, 108, 100, 258]
ROWS = [4, 11]
LLAMA3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}
MODELS = [
    ("llama", "llama", {}),
    ("llama, scaled as 3.1", "llama", {"rope_scaling": LLAMA3}),
    ("llama, scaled evenly", "llama", {"rope_scaling": {"rope_type": "linear", "factor": 4.0}}),
    ("mistral", "mistral", {"sliding_window": None}),
    ("qwen2", "qwen2", {}),
    ("qwen3", "qwen3", {"head_dim": 16}),
]


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


def logits(family, extra):
    config = AutoConfig.for_model(
        family,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        vocab_size=259,
        max_position_embeddings=256,
        rms_norm_eps=1e-5,
        rope_theta=10000.0,
        hidden_act="silu",
        tie_word_embeddings=False,
        **extra,
    )
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval().float()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            values = noise(name, parameter.numel())
            values = 1 + 0.2 * values if "norm" in name else 0.6 * values
            parameter.copy_(torch.tensor(values).reshape(parameter.shape))
        rows = model(torch.tensor([TOKENS])).logits[0]
    return [[round(float(score), 5) for score in rows[row]] for row in ROWS]


torch.manual_seed(0)
result = {name: logits(family, extra) for name, family, extra in MODELS}
json.dump({"tokens": TOKENS, "rows": ROWS, "logits": result}, sys.stdout)
print()
