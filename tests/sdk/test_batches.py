"""Batches of the official OpenAI and Anthropic clients, through the gateway and as providers' own."""

import io
import json
import time
import unittest

import anthropic
import openai

from harness import MODEL, Stage

# The providers of the stage without batches of their own, and (called after its vendor) one with such.
EMULATED = [f"openai/{MODEL}", f"gemini/{MODEL}", f"ollama/{MODEL}"]
OWN = f"anthropic/{MODEL}"

stage = None


def setUpModule():
    global stage
    stage = Stage()


def tearDownModule():
    stage.close()


def until_over(look, is_over):
    for _ in range(600):
        batch = look()
        if is_over(batch):
            return batch
        time.sleep(0.05)
    raise AssertionError("the batch does not end")


class OpenAiBatches(unittest.TestCase):
    def setUp(self):
        stage.script()
        self.client = openai.OpenAI(base_url=f"{stage.url}/v1", api_key=stage.key, max_retries=0)
        self.addCleanup(self.client.close)

    def upload(self, rows):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        return self.client.files.create(file=("mine.jsonl", io.BytesIO(text.encode())), purpose="batch")

    def row(self, custom_id, model):
        body = {"model": model, "max_tokens": 50, "messages": [{"role": "user", "content": custom_id}]}
        return {"custom_id": custom_id, "method": "POST", "url": "/v1/chat/completions", "body": body}

    def run_batch(self, rows, endpoint="/v1/chat/completions"):
        file = self.upload(rows)
        batch = self.client.batches.create(
            input_file_id=file.id, endpoint=endpoint, completion_window="24h", metadata={"mine": "yes"}
        )
        self.assertEqual(batch.metadata, {"mine": "yes"})
        ended = ("completed", "failed", "cancelled", "expired")
        return until_over(lambda: self.client.batches.retrieve(batch.id), lambda one: one.status in ended)

    def lines(self, file_id):
        text = self.client.files.content(file_id).text
        return {line["custom_id"]: line for line in map(json.loads, text.splitlines())}

    def test_chat_lines(self):
        models = [*EMULATED, OWN]
        batch = self.run_batch([self.row(f"line {n}", models[n % 4]) for n in range(12)])
        self.assertEqual((batch.status, batch.request_counts.completed), ("completed", 12))
        output = self.lines(batch.output_file_id)
        for name, line in output.items():
            reply = openai.types.chat.ChatCompletion.model_validate(line["response"]["body"])
            self.assertEqual(reply.choices[0].message.content, f"You said: {name}")
        self.assertEqual(len(output), 12)
        self.assertIsNone(batch.error_file_id)

    def test_embedding_lines(self):
        rows = [
            {"custom_id": model, "method": "POST", "url": "/v1/embeddings", "body": {"model": model, "input": "hello"}}
            for model in EMULATED
        ]
        batch = self.run_batch(rows, "/v1/embeddings")
        for line in self.lines(batch.output_file_id).values():
            reply = openai.types.CreateEmbeddingResponse.model_validate(line["response"]["body"])
            self.assertEqual(len(reply.data[0].embedding), 16)

    def test_what_is_wrong_is_told_by_line(self):
        batch = self.run_batch([self.row("a", EMULATED[0]), self.row("a", EMULATED[0]), self.row("b", "no/such")])
        self.assertEqual(batch.status, "failed")
        found = sorted((error.line, error.code) for error in batch.errors.data)
        self.assertEqual(found, [(2, "duplicate_custom_id"), (3, "not_found")])

    def test_files_and_lists(self):
        file = self.upload([self.row("a", EMULATED[0])])
        self.assertEqual(self.client.files.retrieve(file.id).filename, "mine.jsonl")
        self.assertIn(file.id, [one.id for one in self.client.files.list(purpose="batch")])
        self.assertEqual(json.loads(self.client.files.content(file.id).text)["custom_id"], "a")
        self.assertTrue(self.client.files.delete(file.id).deleted)
        with self.assertRaises(openai.NotFoundError):
            self.client.files.retrieve(file.id)
        batch = self.run_batch([self.row("a", EMULATED[0])])
        # By pages of one, as the client follows them.
        self.assertIn(batch.id, [one.id for one in self.client.batches.list(limit=1)])
        with self.assertRaises(openai.BadRequestError):
            self.client.files.create(file=("x", io.BytesIO(b"{}")), purpose="fine-tune")

    def test_cancelling(self):
        stage.script(*[{"parts": [{"text": "slow"}], "first_token_ms": 300}] * 100)
        file = self.upload([self.row(f"line {n}", EMULATED[0]) for n in range(100)])
        batch = self.client.batches.create(
            input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
        )
        self.assertIn(self.client.batches.cancel(batch.id).status, ("cancelling", "cancelled"))
        batch = until_over(lambda: self.client.batches.retrieve(batch.id), lambda one: one.status == "cancelled")
        errors = self.lines(batch.error_file_id)
        self.assertTrue(all(line["error"]["code"] == "batch_cancelled" for line in errors.values()))
        self.assertEqual(len(errors) + batch.request_counts.completed, 100)


class AnthropicBatches(unittest.TestCase):
    def setUp(self):
        stage.script()
        self.client = anthropic.Anthropic(base_url=f"{stage.url}/anthropic", api_key=stage.key, max_retries=0)
        self.addCleanup(self.client.close)

    def request(self, custom_id, model):
        messages = [{"role": "user", "content": custom_id}]
        return {"custom_id": custom_id, "params": {"model": model, "max_tokens": 50, "messages": messages}}

    def ended(self, batch):
        look = lambda: self.client.messages.batches.retrieve(batch.id)  # noqa: E731
        return until_over(look, lambda one: one.processing_status == "ended")

    def test_messages(self):
        models = [*EMULATED, OWN]
        requests = [self.request(f"r{n}", models[n % 4]) for n in range(8)]
        batch = self.client.messages.batches.create(requests=requests)
        self.assertEqual(batch.type, "message_batch")
        batch = self.ended(batch)
        self.assertEqual(batch.request_counts.succeeded, 8)
        results = list(self.client.messages.batches.results(batch.id))
        self.assertEqual(len(results), 8)
        for result in results:
            self.assertEqual(result.result.type, "succeeded")
            self.assertEqual(result.result.message.content[0].text, f"You said: {result.custom_id}")
        self.assertIn(batch.id, [one.id for one in self.client.messages.batches.list(limit=1)])
        self.assertEqual(self.client.messages.batches.delete(batch.id).type, "message_batch_deleted")
        with self.assertRaises(anthropic.NotFoundError):
            self.client.messages.batches.retrieve(batch.id)

    def test_errors_and_cancelling(self):
        stage.script({"instead": {"error": {"status": 400, "message": "scripted"}}})
        batch = self.ended(self.client.messages.batches.create(requests=[self.request("r", EMULATED[0])]))
        (result,) = self.client.messages.batches.results(batch.id)
        self.assertEqual((result.result.type, result.result.error.error.type), ("errored", "invalid_request_error"))
        stage.script(*[{"parts": [{"text": "slow"}], "first_token_ms": 300}] * 60)
        requests = [self.request(f"r{n}", EMULATED[0]) for n in range(60)]
        batch = self.client.messages.batches.create(requests=requests)
        self.client.messages.batches.cancel(batch.id)
        batch = self.ended(batch)
        self.assertGreater(batch.request_counts.canceled, 40)
        with self.assertRaises(anthropic.BadRequestError):
            self.client.messages.batches.create(requests=[])


if __name__ == "__main__":
    unittest.main()
