"""The official google-genai client against Familiar, whatever wire format serves it."""

import asyncio
import base64
import unittest

import pydantic
from google import genai
from google.genai import errors, types

from harness import HELLO, MODEL, PIXEL, TWO_CALLS, UPSTREAMS, EveryUpstream, Stage, interrupted, scripted_error

stage = None

WEATHER = types.Tool(
    function_declarations=[
        types.FunctionDeclaration(
            name="weather",
            description="The weather of a city.",
            parameters=types.Schema(
                type=types.Type.OBJECT, properties={"city": types.Schema(type=types.Type.STRING)}, required=["city"]
            ),
        )
    ]
)


class Place(pydantic.BaseModel):
    city: str


def setUpModule():
    global stage
    stage = Stage()


def tearDownModule():
    stage.close()


def client_with(key):
    return genai.Client(api_key=key, http_options=types.HttpOptions(base_url=f"{stage.url}/gemini"))


class Gemini(EveryUpstream):
    def setUp(self):
        self.client = client_with(stage.key)
        self.addCleanup(self.client.close)

    def ask(self, model, contents="hello", **config):
        return self.client.models.generate_content(
            model=model, contents=contents, config=types.GenerateContentConfig(**config)
        )

    def stream(self, model, contents="hello", **config):
        return self.client.models.generate_content_stream(
            model=model, contents=contents, config=types.GenerateContentConfig(**config)
        )

    def test_text(self):
        def check(model, name):
            stage.script(HELLO)
            reply = self.ask(model, system_instruction="be kind", max_output_tokens=50, temperature=0.5, top_k=40)
            self.assertEqual(reply.text, "Hello, you.")
            self.assertEqual(reply.candidates[0].finish_reason, types.FinishReason.STOP)
            self.assertEqual(reply.candidates[0].content.role, "model")
            usage = reply.usage_metadata
            self.assertEqual((usage.prompt_token_count, usage.candidates_token_count), (11, 5))
            self.assertIn("be kind", str(stage.last_request()[1]), name)

        self.each(check)

    def test_streamed_text(self):
        def check(model, _):
            stage.script(HELLO)
            chunks = list(self.stream(model))
            self.assertEqual("".join(chunk.text or "" for chunk in chunks), "Hello, you.")
            self.assertEqual(chunks[-1].candidates[0].finish_reason, types.FinishReason.STOP)
            self.assertEqual(chunks[-1].usage_metadata.candidates_token_count, 5)

        self.each(check)

    def test_the_asynchronous_client(self):
        async def run(model):
            stage.script(HELLO, HELLO)
            client = client_with(stage.key)
            reply = await client.aio.models.generate_content(model=model, contents="hello")
            pieces = [c.text or "" async for c in await client.aio.models.generate_content_stream(model=model, contents="hello")]
            await client.aio.aclose()
            return reply.text, "".join(pieces)

        self.each(lambda model, _: self.assertEqual(asyncio.run(run(model)), ("Hello, you.", "Hello, you.")))

    def check_calls_and_results(self, model, content):
        """The calls of an answer, sent back with results that name the tool and no id."""
        calls = [part.function_call for part in content.parts if part.function_call]
        self.assertEqual([(c.name, c.args) for c in calls], [("weather", {"city": "Oslo"}), ("weather", {"city": "Rome"})])
        results = [types.Part.from_function_response(name=c.name, response={"result": f"sun in {c.args['city']}"}) for c in calls]
        contents = [types.Content(role="user", parts=[types.Part(text="weather?")]), content, types.Content(role="user", parts=results)]
        stage.script(HELLO)
        self.assertEqual(self.ask(model, contents, tools=[WEATHER]).text, "Hello, you.")
        sent = str(stage.last_request()[1])
        self.assertLess(0, sent.find("sun in Oslo"))
        self.assertLess(sent.find("sun in Oslo"), sent.find("sun in Rome"))

    def test_parallel_tools_and_their_results(self):
        def check(model, _):
            stage.script(TWO_CALLS)
            self.check_calls_and_results(model, self.ask(model, "weather?", tools=[WEATHER]).candidates[0].content)

        self.each(check)

    def test_streamed_tools(self):
        def check(model, _):
            stage.script(TWO_CALLS)
            chunks = list(self.stream(model, "weather?", tools=[WEATHER]))
            parts = [part for chunk in chunks for part in chunk.candidates[0].content.parts or []]
            self.check_calls_and_results(model, types.Content(role="model", parts=parts))

        self.each(check)

    def test_functions_are_called_by_the_client_itself(self):
        asked = []

        def weather(city: str) -> str:
            """The weather of a city."""
            asked.append(city)
            return "sunny"

        def check(model, _):
            asked.clear()
            stage.script(TWO_CALLS, HELLO)
            self.assertEqual(self.ask(model, "weather?", tools=[weather]).text, "Hello, you.")
            self.assertEqual(asked, ["Oslo", "Rome"])

        self.each(check)

    def test_a_conversation_with_thoughts(self):
        thinking = {"parts": [{"reasoning": "Hm, well."}, {"text": "Hello, you."}]}

        def check(model, name):
            stage.script(thinking)
            config = types.GenerateContentConfig(thinking_config=types.ThinkingConfig(include_thoughts=True))
            chat = self.client.chats.create(model=model, config=config)
            parts = [part for chunk in chat.send_message_stream("hello") for part in chunk.candidates[0].content.parts or []]
            self.assertEqual("".join(part.text for part in parts if part.thought), "Hm, well.", name)
            self.assertEqual("".join(part.text for part in parts if not part.thought), "Hello, you.")
            stage.script(HELLO)
            self.assertEqual(chat.send_message("and then?").text, "Hello, you.")
            # The client keeps a streamed answer in the pieces in which it came.
            body = stage.last_request()[1]
            said = body[{"gemini": "contents", "responses": "input"}.get(name, "messages")]
            self.assertRegex(str(said), r"Hello, .*you\.")

        self.each(check)

    def test_vision(self):
        def check(model, _):
            stage.script(HELLO)
            picture = types.Part.from_bytes(data=base64.b64decode(PIXEL), mime_type="image/png")
            self.ask(model, [picture, "what is this?"])
            # The client writes the alphabet for addresses; everyone but Gemini wants the standard one.
            self.assertIn(PIXEL, str(stage.last_request()[1]).replace("-", "+").replace("_", "/"))

        self.each(check)

    def test_structured_output(self):
        def check(model, name):
            stage.script({"parts": [{"text": '{"city":"Oslo"}'}]})
            reply = self.ask(model, response_mime_type="application/json", response_schema=Place)
            self.assertEqual(reply.parsed, Place(city="Oslo"))
            self.assertIn("city", str(stage.last_request()[1]), name)

        self.each(check)

    def test_embeddings(self):
        for name in ("openai", "gemini", "ollama"):
            with self.subTest(upstream=name):
                stage.script()
                config = types.EmbedContentConfig(task_type="RETRIEVAL_QUERY", output_dimensionality=8)
                reply = self.client.models.embed_content(model=f"{name}/{MODEL}", contents=["one", "two"], config=config)
                self.assertEqual([len(one.values) for one in reply.embeddings], [len(reply.embeddings[0].values)] * 2)
                self.assertNotEqual(reply.embeddings[0].values, reply.embeddings[1].values)

    def test_models_and_counting(self):
        names = [model.name for model in self.client.models.list()]
        for name in UPSTREAMS:
            self.assertIn(f"models/{name}/{MODEL}", names)
        self.assertEqual(self.client.models.get(model=f"openai/{MODEL}").name, f"models/openai/{MODEL}")
        counted = self.client.models.count_tokens(model=f"openai/{MODEL}", contents="hello there, how are you?")
        self.assertGreater(counted.total_tokens, 3)

    def test_errors_become_the_sdks_own_exceptions(self):
        fresh = stage.fresh_model()

        def check(_, name):
            for status, kind in ((400, "INVALID_ARGUMENT"), (429, "RESOURCE_EXHAUSTED")):
                for ask in (self.ask, lambda model: list(self.stream(model))):
                    stage.script(*scripted_error(status))
                    with self.assertRaises(errors.ClientError) as caught:
                        ask(f"{name}/{fresh}")
                    self.assertEqual((caught.exception.code, caught.exception.status), (status, kind))
                    self.assertIn("scripted", caught.exception.message)

        self.each(check)
        for model, key, code in ((f"openai/{MODEL}", "fam-nobody", 401), ("no-such-model", stage.key, 404)):
            client = client_with(key)
            with self.assertRaises(errors.ClientError) as caught:
                client.models.generate_content(model=model, contents="hello")
            self.assertEqual(caught.exception.code, code)

    def test_an_error_in_mid_stream_is_an_error(self):
        fresh = stage.fresh_model()

        def check(_, name):
            stage.script(interrupted())
            with self.assertRaises(errors.APIError) as caught:
                list(self.stream(f"{name}/{fresh}"))
            self.assertIn("scripted overload", caught.exception.message)

        self.each(check)

    def test_the_upstream_is_told_when_the_caller_leaves(self):
        def check(model, _):
            stage.script({"parts": [{"text": "word " * 500}], "tokens_per_second": 20})
            client = client_with(stage.key)
            stream = client.models.generate_content_stream(model=model, contents="hello")
            next(stream)
            stream.close()
            client.close()
            self.assertTrue(stage.wait_for_disconnect())

        self.each(check)


if __name__ == "__main__":
    unittest.main()
