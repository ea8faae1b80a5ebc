"""The official Ollama client against Familiar, whatever wire format serves it."""

import base64
import json
import unittest

import ollama

from harness import HELLO, MODEL, PIXEL, TWO_CALLS, UPSTREAMS, WEATHER, EveryUpstream, Stage, interrupted, scripted_error

stage = None

TOOLS = [{"type": "function", "function": {"name": "weather", "description": "", "parameters": WEATHER}}]


def setUpModule():
    global stage
    stage = Stage()


def tearDownModule():
    stage.close()


def client_with(key):
    return ollama.Client(host=f"{stage.url}/ollama", headers={"authorization": f"Bearer {key}"})


class Ollama(EveryUpstream):
    def setUp(self):
        self.client = client_with(stage.key)
        self.addCleanup(self.client.close)

    def ask(self, model, **more):
        messages = more.pop("messages", [{"role": "user", "content": "hello"}])
        return self.client.chat(model=model, messages=messages, **more)

    def test_text(self):
        def check(model, _):
            stage.script(HELLO)
            reply = self.ask(model, options={"num_predict": 50, "temperature": 0.5})
            self.assertEqual((reply.message.role, reply.message.content), ("assistant", "Hello, you."))
            self.assertEqual((reply.done, reply.done_reason), (True, "stop"))
            self.assertEqual((reply.prompt_eval_count, reply.eval_count), (11, 5))
            self.assertGreater(reply.total_duration, 0)
            self.assertIn("T", reply.created_at)

        self.each(check)

    def test_streamed_text(self):
        def check(model, _):
            stage.script(HELLO)
            pieces = list(self.ask(model, stream=True))
            self.assertEqual("".join(piece.message.content or "" for piece in pieces), "Hello, you.")
            self.assertEqual([piece.done for piece in pieces], [False] * (len(pieces) - 1) + [True])
            self.assertEqual((pieces[-1].eval_count, pieces[-1].done_reason), (5, "stop"))

        self.each(check)

    def test_generate(self):
        def check(model, _):
            stage.script(HELLO, HELLO)
            reply = self.client.generate(model=model, prompt="hello", system="be kind")
            self.assertEqual((reply.response, reply.done), ("Hello, you.", True))
            self.assertIn("be kind", str(stage.last_request()[1]))
            pieces = list(self.client.generate(model=model, prompt="hello", stream=True))
            self.assertEqual("".join(piece.response for piece in pieces), "Hello, you.")
            with self.assertRaises(ollama.ResponseError) as caught:
                self.client.generate(model=model, prompt="hello", raw=True)
            self.assertEqual(caught.exception.status_code, 400)
            self.assertIn("`raw`", caught.exception.error)

        self.each(check)

    def test_parallel_tools_and_their_results(self):
        """BerriAI/litellm#35711: a stream never yielded the calls that the whole reply had."""

        def check(model, _):
            for stream in (False, True):
                stage.script(TWO_CALLS)
                reply = self.ask(model, tools=TOOLS, stream=stream)
                messages = [piece.message for piece in reply] if stream else [reply.message]
                calls = [call for message in messages for call in message.tool_calls or []]
                asked = [(call.function.name, dict(call.function.arguments)) for call in calls]
                self.assertEqual(asked, [("weather", {"city": "Oslo"}), ("weather", {"city": "Rome"})])
                stage.script(HELLO)
                messages = [{"role": "user", "content": "weather?"}, ollama.Message(role="assistant", tool_calls=calls)]
                messages += [{"role": "tool", "tool_name": "weather", "content": f"sun {number}"} for number in (1, 2)]
                self.assertEqual(self.ask(model, messages=messages, tools=TOOLS).message.content, "Hello, you.")
                sent = str(stage.last_request()[1])
                self.assertLess(0, sent.find("sun 1"))
                self.assertLess(sent.find("sun 1"), sent.find("sun 2"))

        self.each(check)

    def test_thinking(self):
        thinking = {"parts": [{"reasoning": "Hm, well."}, {"text": "Hello, you."}]}

        def check(model, name):
            stage.script(thinking, thinking)
            reply = self.ask(model, think=True)
            self.assertEqual((reply.message.thinking, reply.message.content), ("Hm, well.", "Hello, you."), name)
            pieces = [piece.message for piece in self.ask(model, think="low", stream=True)]
            self.assertEqual("".join(message.thinking or "" for message in pieces), "Hm, well.", name)

        self.each(check)

    def test_vision(self):
        def check(model, _):
            stage.script(HELLO)
            picture = base64.b64decode(PIXEL)
            self.ask(model, messages=[{"role": "user", "content": "what is this?", "images": [picture]}])
            self.assertIn(PIXEL, str(stage.last_request()[1]))

        self.each(check)

    def test_structured_output(self):
        def check(model, name):
            stage.script({"parts": [{"text": '{"city":"Oslo"}'}]})
            reply = self.ask(model, format=WEATHER)
            self.assertEqual(json.loads(reply.message.content), {"city": "Oslo"})
            self.assertIn("city", str(stage.last_request()[1]), name)

        self.each(check)

    def test_embeddings(self):
        for name in ("openai", "gemini", "ollama"):
            with self.subTest(upstream=name):
                stage.script()
                reply = self.client.embed(model=f"{name}/{MODEL}", input=["one", "two"])
                self.assertEqual(len(reply.embeddings), 2)
                single = self.client.embeddings(model=f"{name}/{MODEL}", prompt="one")
                self.assertEqual(list(single.embedding), list(reply.embeddings[0]))

    def test_models(self):
        names = [model.model for model in self.client.list().models]
        for name in UPSTREAMS:
            self.assertIn(f"{name}/{MODEL}", names)
        shown = self.client.show(f"openai/{MODEL}")
        self.assertIn("completion", shown.capabilities)
        self.assertEqual(shown.details.family, "openai")

    def test_errors_become_the_sdks_own_exceptions(self):
        fresh = stage.fresh_model()

        def check(_, name):
            for status in (400, 429):
                for stream in (False, True):
                    stage.script(*scripted_error(status))
                    with self.assertRaises(ollama.ResponseError) as caught:
                        reply = self.ask(f"{name}/{fresh}", stream=stream)
                        list(reply)
                    self.assertEqual(caught.exception.status_code, status)
                    self.assertIn("scripted", caught.exception.error)

        self.each(check)
        for model, key, status in ((f"openai/{MODEL}", "fam-nobody", 401), ("no-such-model", stage.key, 404)):
            with self.assertRaises(ollama.ResponseError) as caught:
                client_with(key).chat(model=model, messages=[{"role": "user", "content": "hello"}])
            self.assertEqual(caught.exception.status_code, status)

    def test_an_error_in_mid_stream_is_an_error(self):
        fresh = stage.fresh_model()

        def check(_, name):
            stage.script(interrupted())
            with self.assertRaises(ollama.ResponseError) as caught:
                list(self.ask(f"{name}/{fresh}", stream=True))
            self.assertIn("scripted overload", caught.exception.error)

        self.each(check)

    def test_the_upstream_is_told_when_the_caller_leaves(self):
        def check(model, _):
            stage.script({"parts": [{"text": "word " * 500}], "tokens_per_second": 20})
            client = client_with(stage.key)
            stream = client.chat(model=model, messages=[{"role": "user", "content": "hello"}], stream=True)
            next(stream)
            stream.close()
            client.close()
            self.assertTrue(stage.wait_for_disconnect())

        self.each(check)


if __name__ == "__main__":
    unittest.main()
