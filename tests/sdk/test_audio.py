"""The official OpenAI client's audio calls against Familiar."""

import io
import struct
import unittest

import openai

from harness import Stage

stage = None
MODEL = "openai/scripted-model"


def setUpModule():
    global stage
    stage = Stage()


def tearDownModule():
    stage.close()


def recording(seconds=1):
    """Silence as WAVE."""
    data = b"\0\0" * 8000 * seconds
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16, b"data", len(data))
    file = io.BytesIO(head + data)
    file.name = "said.wav"
    return file


class Audio(unittest.TestCase):
    def setUp(self):
        self.client = openai.OpenAI(base_url=f"{stage.url}/v1", api_key=stage.key, max_retries=0)
        self.addCleanup(self.client.close)

    def test_speech(self):
        stage.script()
        spoken = self.client.audio.speech.create(model=MODEL, voice="alloy", input="good evening")
        self.assertEqual(spoken.content, b"\xff\xfbgood \xff\xfbevening")
        with self.client.audio.speech.with_streaming_response.create(
            model=MODEL, voice="alloy", input="good evening to you", response_format="wav"
        ) as response:
            self.assertEqual(b"".join(response.iter_bytes()), b"\xff\xfbgood \xff\xfbevening \xff\xfbto \xff\xfbyou")
            self.assertEqual(response.headers["content-type"], "audio/wav")

    def test_speech_as_events(self):
        stage.script({"parts": [{"text": "one two"}]})
        with self.client.audio.speech.with_streaming_response.create(
            model=MODEL, voice="alloy", input="x", stream_format="sse"
        ) as response:
            text = "".join(response.iter_text())
        self.assertEqual(text.count("speech.audio.delta"), 2)
        self.assertEqual(text.count("speech.audio.done"), 1)

    def test_transcription(self):
        stage.script({"parts": [{"text": "Good evening."}]})
        heard = self.client.audio.transcriptions.create(model=MODEL, file=recording())
        self.assertEqual(heard.text, "Good evening.")
        self.assertEqual(heard.usage.type, "tokens")
        stage.script({"parts": [{"text": "Good evening."}]})
        told = self.client.audio.transcriptions.create(
            model=MODEL, file=recording(2), response_format="verbose_json", timestamp_granularities=["word", "segment"]
        )
        self.assertEqual((told.text, told.segments[0].text), ("Good evening.", "Good evening."))
        self.assertGreater(told.duration, 1.9)
        for form, expected in (("text", "Good evening.\n"), ("srt", "1\n00:00:00,000"), ("vtt", "WEBVTT")):
            stage.script({"parts": [{"text": "Good evening."}]})
            told = self.client.audio.transcriptions.create(model=MODEL, file=recording(), response_format=form)
            self.assertTrue(told.startswith(expected), told)

    def test_streamed_transcription(self):
        stage.script({"parts": [{"text": "one two three"}]})
        events = list(self.client.audio.transcriptions.create(model=MODEL, file=recording(), stream=True))
        self.assertEqual("".join(e.delta for e in events if e.type == "transcript.text.delta"), "one two three")
        self.assertEqual((events[-1].type, events[-1].text), ("transcript.text.done", "one two three"))
        broken = {"after": 2, "what": {"error": {"status": 500, "message": "broke"}}}
        stage.script({"parts": [{"text": "one two three four"}], "tokens_per_second": 50, "interruption": broken})
        with self.assertRaises(openai.APIError):
            list(self.client.audio.transcriptions.create(model=MODEL, file=recording(), stream=True))

    def test_translation(self):
        stage.script({"parts": [{"text": "Good evening."}]})
        self.assertEqual(self.client.audio.translations.create(model=MODEL, file=recording()).text, "Good evening.")
        self.assertEqual(stage.upstream_report()["requests"][-1]["path"], "/v1/audio/translations")

    def test_errors_become_the_sdks_own_exceptions(self):
        stage.script({"instead": {"error": {"status": 400, "message": "scripted"}}})
        with self.assertRaises(openai.BadRequestError):
            self.client.audio.transcriptions.create(model=MODEL, file=recording())
        with self.assertRaises(openai.NotFoundError):
            self.client.audio.speech.create(model="anthropic/scripted-model", voice="alloy", input="x")
        with self.assertRaises(openai.AuthenticationError):
            self.client.with_options(api_key="fam-nobody").audio.speech.create(model=MODEL, voice="alloy", input="x")


if __name__ == "__main__":
    unittest.main()
