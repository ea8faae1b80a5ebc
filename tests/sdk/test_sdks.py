"""The official OpenAI and Anthropic clients against Familiar, whatever wire format serves them.

Run with `python -m unittest discover tests/sdk`. Each test runs once for every upstream format.
"""

import base64
import json
import struct
import time
import unittest

import anthropic
import openai
import pydantic

from harness import HELLO, MODEL, PIXEL, TWO_CALLS, UPSTREAMS, WEATHER, EveryUpstream, Stage



class Place(pydantic.BaseModel):
    city: str


stage = None


def setUpModule():
    global stage
    stage = Stage()


def tearDownModule():
    stage.close()


class OpenAi(EveryUpstream):
    def setUp(self):
        self.client = openai.OpenAI(base_url=f"{stage.url}/v1", api_key=stage.key, max_retries=0)
        self.addCleanup(self.client.close)

    def ask(self, model, **more):
        messages = more.pop("messages", [{"role": "user", "content": "hello"}])
        return self.client.chat.completions.create(model=model, messages=messages, **more)

    def test_text(self):
        def check(model, _):
            stage.script(HELLO)
            reply = self.ask(model, max_tokens=50, temperature=0.5)
            self.assertEqual(reply.choices[0].message.content, "Hello, you.")
            self.assertEqual(reply.choices[0].message.role, "assistant")
            self.assertEqual(reply.choices[0].finish_reason, "stop")
            self.assertEqual((reply.usage.prompt_tokens, reply.usage.completion_tokens), (11, 5))

        self.each(check)

    def test_streamed_text(self):
        def check(model, _):
            stage.script(HELLO)
            stream = self.ask(model, stream=True, stream_options={"include_usage": True})
            chunks = list(stream)
            text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
            self.assertEqual(text, "Hello, you.")
            self.assertEqual([c.choices[0].finish_reason for c in chunks if c.choices][-1], "stop")
            self.assertEqual(chunks[-1].usage.completion_tokens, 5)
            self.assertTrue(all(c.id == chunks[0].id for c in chunks))

        self.each(check)

    def test_usage_is_not_streamed_unasked(self):
        def check(model, _):
            stage.script(HELLO)
            chunks = list(self.ask(model, stream=True))
            self.assertTrue(all(c.choices for c in chunks), chunks)
            self.assertTrue(all(c.usage is None for c in chunks), chunks)

        self.each(check)

    def test_parallel_tools_and_their_results(self):
        tools = [{"type": "function", "function": {"name": "weather", "description": "", "parameters": WEATHER}}]

        def check(model, _):
            stage.script(TWO_CALLS)
            reply = self.ask(model, tools=tools)
            calls = reply.choices[0].message.tool_calls
            self.assertEqual([c.function.arguments.replace(" ", "") for c in calls], ['{"city":"Oslo"}', '{"city":"Rome"}'])
            self.assertEqual(reply.choices[0].finish_reason, "tool_calls")
            stage.script(HELLO)
            messages = [{"role": "user", "content": "weather?"}, reply.choices[0].message]
            messages += [{"role": "tool", "tool_call_id": c.id, "content": "sunny"} for c in calls]
            self.assertEqual(self.ask(model, messages=messages, tools=tools).choices[0].message.content, "Hello, you.")
            self.assertEqual(str(stage.last_request()[1]).count("sunny"), 2)

        self.each(check)

    def test_streamed_tools(self):
        tools = [{"type": "function", "function": {"name": "weather", "description": "", "parameters": WEATHER}}]

        def check(model, _):
            stage.script(TWO_CALLS)
            arguments = {}
            for chunk in self.ask(model, tools=tools, stream=True):
                for call in (chunk.choices[0].delta.tool_calls or []) if chunk.choices else []:
                    arguments[call.index] = arguments.get(call.index, "") + (call.function.arguments or "")
            found = [arguments[index].replace(" ", "") for index in sorted(arguments)]
            self.assertEqual(found, ['{"city":"Oslo"}', '{"city":"Rome"}'])

        self.each(check)

    def test_vision(self):
        content = [
            {"type": "text", "text": "what is this?"},
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
        ]

        def check(model, _):
            stage.script(HELLO)
            self.ask(model, messages=[{"role": "user", "content": content}])
            self.assertIn(PIXEL, str(stage.last_request()[1]))

        self.each(check)

    def test_structured_output(self):
        schema = {**WEATHER, "additionalProperties": False}
        shape = {"type": "json_schema", "json_schema": {"name": "place", "schema": schema, "strict": True}}

        def check(model, name):
            answer = '{"city":"Oslo"}'
            part = {"text": answer}
            stage.script({"parts": [part]})
            reply = self.ask(model, response_format=shape)
            self.assertIn("city", str(stage.last_request()[1]), name)
            self.assertTrue(reply.choices[0].message.content is not None)

        self.each(check)

    def test_embeddings(self):
        for name in ("openai", "gemini", "ollama"):
            with self.subTest(upstream=name):
                stage.script()
                reply = self.client.embeddings.create(model=f"{name}/{MODEL}", input=["one", "two"])
                self.assertEqual([item.index for item in reply.data], [0, 1])
                self.assertTrue(reply.data[0].embedding and isinstance(reply.data[0].embedding[0], float))
                raw = self.client.embeddings.create(model=f"{name}/{MODEL}", input="one", encoding_format="base64")
                decoded = base64.b64decode(raw.data[0].embedding)
                self.assertEqual(len(decoded) % struct.calcsize("<f"), 0)

    def test_models(self):
        ids = [model.id for model in self.client.models.list()]
        for name in UPSTREAMS:
            self.assertIn(f"{name}/{MODEL}", ids)
        self.assertEqual(self.client.models.retrieve(f"openai/{MODEL}").id, f"openai/{MODEL}")

    def test_errors_become_the_sdks_own_exceptions(self):
        fresh = stage.fresh_model()

        def check(_, name):
            model = f"{name}/{fresh}"
            for status, exception in ((400, openai.BadRequestError), (429, openai.RateLimitError)):
                # Every round of the gateway's retries meets the same error.
                stage.script(*[{"instead": {"error": {"status": status, "message": "scripted"}}}] * 3)
                with self.assertRaises(exception) as caught:
                    self.ask(model)
                self.assertIn("scripted", str(caught.exception))

        self.each(check)

    def test_an_unknown_key_and_an_unknown_model(self):
        stranger = self.client.with_options(api_key="fam-nobody")
        with self.assertRaises(openai.AuthenticationError):
            stranger.chat.completions.create(model=f"openai/{MODEL}", messages=[{"role": "user", "content": "x"}])
        with self.assertRaises(openai.NotFoundError):
            self.ask("no-such-model")

    def test_an_error_in_mid_stream_is_an_error(self):
        fresh = stage.fresh_model()

        def check(_, name):
            model = f"{name}/{fresh}"
            error = {"status": 529, "message": "scripted overload"}
            stage.script({"parts": [{"text": "one two three four"}], "tokens_per_second": 20, "interruption": {"after": 2, "what": {"error": error}}})
            with self.assertRaises(openai.APIError):
                list(self.ask(model, stream=True))

        self.each(check)

    def test_the_upstream_is_told_when_the_caller_leaves(self):
        def check(model, _):
            stage.script({"parts": [{"text": "word " * 500}], "tokens_per_second": 20})
            stream = self.ask(model, stream=True)
            next(iter(stream))
            stream.close()
            deadline = time.monotonic() + 5
            while not stage.upstream_report()["disconnects"] and time.monotonic() < deadline:
                time.sleep(0.02)
            self.assertEqual(len(stage.upstream_report()["disconnects"]), 1)

        self.each(check)


class Responses(EveryUpstream):
    def setUp(self):
        self.client = openai.OpenAI(base_url=f"{stage.url}/v1", api_key=stage.key, max_retries=0)
        self.addCleanup(self.client.close)
        self.tools = [{"type": "function", "name": "weather", "description": "", "parameters": WEATHER, "strict": False}]

    def ask(self, model, **more):
        return self.client.responses.create(model=model, **{"input": "hello", **more})

    def test_text(self):
        def check(model, _):
            stage.script(HELLO)
            reply = self.ask(model, instructions="be kind", max_output_tokens=50, temperature=0.5)
            self.assertEqual(reply.output_text, "Hello, you.")
            self.assertEqual((reply.status, reply.object, reply.error), ("completed", "response", None))
            self.assertEqual((reply.usage.input_tokens, reply.usage.output_tokens, reply.usage.total_tokens), (11, 5, 16))
            self.assertIn("be kind", str(stage.last_request()[1]))

        self.each(check)

    def test_streamed_text(self):
        def check(model, _):
            stage.script(HELLO)
            events = list(self.ask(model, stream=True))
            self.assertEqual("".join(e.delta for e in events if e.type == "response.output_text.delta"), "Hello, you.")
            self.assertEqual([e.sequence_number for e in events], list(range(len(events))))
            kinds = [e.type for e in events]
            self.assertEqual(kinds[:3], ["response.created", "response.in_progress", "response.output_item.added"])
            self.assertEqual(kinds[-1], "response.completed")
            self.assertEqual(events[-1].response.usage.output_tokens, 5)
            self.assertEqual(events[-1].response.id, events[0].response.id)

        self.each(check)

    def test_the_sdk_adds_a_stream_up(self):
        def check(model, _):
            stage.script(HELLO)
            with self.client.responses.stream(model=model, input="hello") as stream:
                snapshots = [e.snapshot for e in stream if e.type == "response.output_text.delta"]
                whole = stream.get_final_response()
            self.assertEqual(snapshots[-1], "Hello, you.")
            self.assertEqual((whole.output_text, whole.usage.input_tokens), ("Hello, you.", 11))

        self.each(check)

    def test_parallel_tools_and_their_results(self):
        def check(model, _):
            stage.script(TWO_CALLS)
            reply = self.ask(model, tools=self.tools)
            calls = [item for item in reply.output if item.type == "function_call"]
            self.assertEqual([json.loads(c.arguments) for c in calls], [{"city": "Oslo"}, {"city": "Rome"}])
            self.assertEqual(reply.status, "completed")
            stage.script(HELLO)
            items = [{"role": "user", "content": "weather?"}, *reply.output]
            items += [{"type": "function_call_output", "call_id": c.call_id, "output": "sunny"} for c in calls]
            self.assertEqual(self.ask(model, input=items, tools=self.tools).output_text, "Hello, you.")
            self.assertEqual(str(stage.last_request()[1]).count("sunny"), 2)

        self.each(check)

    def test_streamed_tools(self):
        def check(model, _):
            stage.script(TWO_CALLS)
            with self.client.responses.stream(model=model, input="weather?", tools=self.tools) as stream:
                pieces = [e for e in stream if e.type == "response.function_call_arguments.delta"]
                whole = stream.get_final_response()
            calls = [json.loads(item.arguments) for item in whole.output if item.type == "function_call"]
            self.assertEqual(calls, [{"city": "Oslo"}, {"city": "Rome"}])
            self.assertEqual(json.loads(pieces[-1].snapshot), {"city": "Rome"})

        self.each(check)

    def test_thinking_comes_and_goes_back(self):
        def check(model, name):
            stage.script({"parts": [{"reasoning": "let me see"}, *TWO_CALLS["parts"]]})
            with self.client.responses.stream(model=model, input="weather?", tools=self.tools) as stream:
                thought = "".join(e.delta for e in stream if e.type == "response.reasoning_summary_text.delta")
                whole = stream.get_final_response()
            self.assertEqual(thought, "let me see")
            self.assertEqual(whole.output[0].summary[0].text, "let me see")
            stage.script(HELLO)
            items = [{"role": "user", "content": "weather?"}, *whole.output]
            items += [
                {"type": "function_call_output", "call_id": item.call_id, "output": "sunny"}
                for item in whole.output
                if item.type == "function_call"
            ]
            self.ask(model, input=items, tools=self.tools)
            if name in ("anthropic", "responses"):
                self.assertIn("let me see", str(stage.last_request()[1]))

        self.each(check)

    def test_vision(self):
        content = [
            {"type": "input_text", "text": "what is this?"},
            {"type": "input_image", "image_url": f"data:image/png;base64,{PIXEL}", "detail": "auto"},
        ]

        def check(model, _):
            stage.script(HELLO)
            self.ask(model, input=[{"role": "user", "content": content}])
            self.assertIn(PIXEL, str(stage.last_request()[1]))

        self.each(check)

    def test_structured_output(self):
        def check(model, name):
            stage.script({"parts": [{"text": '{"city":"Oslo"}'}]})
            reply = self.client.responses.parse(model=model, input="where?", text_format=Place)
            self.assertEqual(reply.output_parsed, Place(city="Oslo"), name)
            self.assertIn("city", str(stage.last_request()[1]), name)
            stage.script({"parts": [{"text": '{"city":"Rome"}'}]})
            with self.client.responses.stream(model=model, input="where?", text_format=Place) as stream:
                self.assertEqual(stream.get_final_response().output_parsed, Place(city="Rome"), name)

        self.each(check)

    def test_an_answer_that_is_cut_off(self):
        def check(model, _):
            stage.script({"parts": [{"text": "once upon"}], "stop": "length"})
            reply = self.ask(model, max_output_tokens=16)
            self.assertEqual((reply.status, reply.incomplete_details.reason), ("incomplete", "max_output_tokens"))
            stage.script({"parts": [{"text": "once upon"}], "stop": "length"})
            self.assertEqual(list(self.ask(model, stream=True))[-1].type, "response.incomplete")

        self.each(check)

    def test_errors_become_the_sdks_own_exceptions(self):
        fresh = stage.fresh_model()

        def check(_, name):
            for status, exception in ((400, openai.BadRequestError), (429, openai.RateLimitError)):
                stage.script(*[{"instead": {"error": {"status": status, "message": "scripted"}}}] * 3)
                with self.assertRaises(exception) as caught:
                    self.ask(f"{name}/{fresh}")
                self.assertIn("scripted", str(caught.exception))

        self.each(check)
        with self.assertRaises(openai.AuthenticationError):
            self.client.with_options(api_key="fam-nobody").responses.create(model=f"openai/{MODEL}", input="x")
        with self.assertRaises(openai.NotFoundError):
            self.ask("no-such-model")

    def test_an_error_in_mid_stream_is_an_error(self):
        fresh = stage.fresh_model()

        def check(_, name):
            error = {"status": 529, "message": "scripted overload"}
            interruption = {"after": 2, "what": {"error": error}}
            for way in ("create", "stream"):
                stage.script({"parts": [{"text": "one two three four"}], "tokens_per_second": 20, "interruption": interruption})
                with self.assertRaises(openai.APIError):
                    if way == "create":
                        list(self.ask(f"{name}/{fresh}", stream=True))
                    else:
                        with self.client.responses.stream(model=f"{name}/{fresh}", input="x") as stream:
                            stream.get_final_response()

        self.each(check)

    def test_what_is_not_kept_here_is_told_so(self):
        for call in (self.client.responses.retrieve, self.client.responses.delete, self.client.responses.cancel):
            with self.assertRaises(openai.NotFoundError) as caught:
                call("resp_1")
            self.assertIn("not stored here", str(caught.exception))
        stage.script(HELLO)
        self.assertEqual(self.ask(f"responses/{MODEL}", previous_response_id="resp_1").output_text, "Hello, you.")
        for name in ("openai", "anthropic", "gemini", "ollama"):
            with self.subTest(upstream=name), self.assertRaises(openai.BadRequestError) as caught:
                self.ask(f"{name}/{MODEL}", previous_response_id="resp_1")
            self.assertIn("previous_response_id", str(caught.exception))

    def test_the_upstream_is_told_when_the_caller_leaves(self):
        def check(model, _):
            stage.script({"parts": [{"text": "word " * 500}], "tokens_per_second": 20})
            stream = self.ask(model, stream=True)
            next(iter(stream))
            stream.close()
            deadline = time.monotonic() + 5
            while not stage.upstream_report()["disconnects"] and time.monotonic() < deadline:
                time.sleep(0.02)
            self.assertEqual(len(stage.upstream_report()["disconnects"]), 1)

        self.each(check)


class Anthropic(EveryUpstream):
    def setUp(self):
        self.client = anthropic.Anthropic(base_url=f"{stage.url}/anthropic", api_key=stage.key, max_retries=0)
        self.addCleanup(self.client.close)
        self.tools = [{"name": "weather", "description": "", "input_schema": WEATHER}]

    def ask(self, model, **more):
        messages = more.pop("messages", [{"role": "user", "content": "hello"}])
        return self.client.messages.create(model=model, max_tokens=100, messages=messages, **more)

    def test_text(self):
        def check(model, _):
            stage.script(HELLO)
            reply = self.ask(model, system="be kind")
            self.assertEqual([(b.type, b.text) for b in reply.content], [("text", "Hello, you.")])
            self.assertEqual((reply.stop_reason, reply.role, reply.type), ("end_turn", "assistant", "message"))
            self.assertEqual((reply.usage.input_tokens, reply.usage.output_tokens), (11, 5))

        self.each(check)

    def test_streamed_text(self):
        def check(model, _):
            stage.script(HELLO)
            with self.client.messages.stream(
                model=model, max_tokens=100, messages=[{"role": "user", "content": "hello"}]
            ) as stream:
                self.assertEqual("".join(stream.text_stream), "Hello, you.")
                whole = stream.get_final_message()
            self.assertEqual((whole.stop_reason, whole.usage.output_tokens), ("end_turn", 5))

        self.each(check)

    def test_parallel_tools_and_their_results(self):
        def check(model, _):
            stage.script(TWO_CALLS)
            reply = self.ask(model, tools=self.tools)
            calls = [block for block in reply.content if block.type == "tool_use"]
            self.assertEqual([c.input for c in calls], [{"city": "Oslo"}, {"city": "Rome"}])
            self.assertEqual(reply.stop_reason, "tool_use")
            stage.script(HELLO)
            results = [{"type": "tool_result", "tool_use_id": c.id, "content": "sunny"} for c in calls]
            messages = [
                {"role": "user", "content": "weather?"},
                {"role": "assistant", "content": reply.content},
                {"role": "user", "content": results},
            ]
            self.assertEqual(self.ask(model, messages=messages, tools=self.tools).content[0].text, "Hello, you.")
            self.assertEqual(str(stage.last_request()[1]).count("sunny"), 2)

        self.each(check)

    def test_streamed_tools(self):
        def check(model, _):
            stage.script(TWO_CALLS)
            with self.client.messages.stream(
                model=model, max_tokens=100, tools=self.tools, messages=[{"role": "user", "content": "weather?"}]
            ) as stream:
                whole = stream.get_final_message()
            calls = [block.input for block in whole.content if block.type == "tool_use"]
            self.assertEqual(calls, [{"city": "Oslo"}, {"city": "Rome"}])

        self.each(check)

    def test_vision(self):
        source = {"type": "base64", "media_type": "image/png", "data": PIXEL}
        content = [{"type": "image", "source": source}, {"type": "text", "text": "what is this?"}]

        def check(model, _):
            stage.script(HELLO)
            self.ask(model, messages=[{"role": "user", "content": content}])
            self.assertIn(PIXEL, str(stage.last_request()[1]))

        self.each(check)

    def test_counting_tokens(self):
        counted = self.client.messages.count_tokens(
            model=f"anthropic/{MODEL}", messages=[{"role": "user", "content": "hello there, how are you?"}]
        )
        self.assertGreater(counted.input_tokens, 0)

    def test_errors_become_the_sdks_own_exceptions(self):
        fresh = stage.fresh_model()

        def check(_, name):
            model = f"{name}/{fresh}"
            for status, exception in ((400, anthropic.BadRequestError), (429, anthropic.RateLimitError)):
                stage.script(*[{"instead": {"error": {"status": status, "message": "scripted"}}}] * 3)
                with self.assertRaises(exception):
                    self.ask(model)

        self.each(check)
        with self.assertRaises(anthropic.AuthenticationError):
            self.client.with_options(api_key="fam-nobody").messages.create(
                model=f"openai/{MODEL}", max_tokens=5, messages=[{"role": "user", "content": "x"}]
            )

    def test_an_error_in_mid_stream_is_an_error(self):
        fresh = stage.fresh_model()

        def check(_, name):
            model = f"{name}/{fresh}"
            error = {"status": 529, "message": "scripted overload"}
            stage.script({"parts": [{"text": "one two three four"}], "tokens_per_second": 20, "interruption": {"after": 2, "what": {"error": error}}})
            with self.assertRaises(anthropic.APIStatusError):
                list(self.ask(model, stream=True))

        self.each(check)


if __name__ == "__main__":
    unittest.main()
