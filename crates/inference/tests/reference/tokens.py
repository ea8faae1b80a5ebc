"""Makes small vocabularies in GGUF files, for `tokens.mjs` to ask llama.cpp what it makes of some texts.

    python tokens.py FOLDER TEXTS...        (needs gguf, tokenizers and sentencepiece)

TEXTS are files to learn the vocabularies from, such as the handbook.
"""

import io
import json
import sys
from pathlib import Path

import gguf
import numpy as np
import sentencepiece
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

WAYS = ["llama-bpe", "qwen2", "tekken", "smollm", "default"]
SPECIAL = ["<|im_start|>", "<|im_end|>"]
folder = Path(sys.argv[1])
texts = [line for path in sys.argv[2:] for line in Path(path).read_text().splitlines()]


def write(name, fill):
    writer = gguf.GGUFWriter(folder / f"{name}.gguf", "llama")
    writer.add_block_count(1)
    writer.add_context_length(128)
    writer.add_embedding_length(32)
    writer.add_feed_forward_length(32)
    writer.add_head_count(2)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(16)
    size = fill(writer)
    table = np.zeros((size, 32), dtype=np.float32)
    square, row = np.zeros((32, 32), dtype=np.float32), np.ones(32, dtype=np.float32)
    writer.add_tensor("token_embd.weight", table)
    writer.add_tensor("output.weight", table)
    writer.add_tensor("output_norm.weight", row)
    for part in ["attn_norm", "ffn_norm"]:
        writer.add_tensor(f"blk.0.{part}.weight", row)
    for part in ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"]:
        writer.add_tensor(f"blk.0.{part}.weight", square)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def pairs(way):
    def fill(writer):
        tokens = [token for token, _ in sorted(vocabulary.items(), key=lambda entry: entry[1])] + SPECIAL
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre(way)
        writer.add_token_list(tokens)
        writer.add_token_types([1] * len(vocabulary) + [3] * len(SPECIAL))
        writer.add_token_merges([" ".join(merge) for merge in merges])
        writer.add_eos_token_id(len(tokens) - 1)
        writer.add_bos_token_id(len(tokens) - 1)
        writer.add_add_bos_token(False)
        return len(tokens)

    return fill


def pieces(writer):
    tokens = [learned.id_to_piece(id) for id in range(learned.get_piece_size())]
    kind = lambda id: 2 if learned.is_unknown(id) else 3 if learned.is_control(id) else 6 if learned.is_byte(id) else 1
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_scores([learned.get_score(id) for id in range(len(tokens))])
    writer.add_token_types([kind(id) for id in range(len(tokens))])
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    return len(tokens)


learning = Tokenizer(models.BPE())
learning.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
learning.decoder = decoders.ByteLevel()
alphabet = pre_tokenizers.ByteLevel.alphabet()
learning.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=420, initial_alphabet=alphabet, show_progress=False))
model = json.loads(learning.to_str())["model"]
vocabulary, merges = model["vocab"], model["merges"]
for way in WAYS:
    write(way, pairs(way))

proto = io.BytesIO()
sentencepiece.SentencePieceTrainer.train(
    sentence_iterator=iter(texts),
    model_writer=proto,
    vocab_size=500,
    model_type="bpe",
    byte_fallback=True,
    character_coverage=0.98,
    normalization_rule_name="identity",
    remove_extra_whitespaces=False,
    minloglevel=2,
)
learned = sentencepiece.SentencePieceProcessor(model_proto=proto.getvalue())
write("pieces", pieces)
