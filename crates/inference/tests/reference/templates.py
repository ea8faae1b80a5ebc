"""Writes down conversations by chat templates as the transformers library does it, in Python's Jinja.

    python templates.py > templates.json        (needs transformers and jinja2)
"""

import json
import sys
from pathlib import Path

from transformers.utils import chat_template_utils

HERE = Path(__file__).parent
OWN = HERE.parents[1] / "src" / "template"
USER = {"role": "user", "content": " What is 2 < 3 & \"so on\"?\n"}
ANSWER = {"role": "assistant", "content": "<think>\nhm\n</think>\n\nTrue. "}
MORE = {"role": "user", "content": "Und auf Deutsch? 😀"}
SYSTEM = {"role": "system", "content": "Be brief.\n"}
CALL = {
    "role": "assistant",
    "content": "",
    "tool_calls": [
        {"id": "1", "type": "function", "function": {"name": "add", "arguments": {"a": [1, 2], "b": "ü <x>"}}}
    ],
}
RESULTS = [{"role": "tool", "content": "3", "tool_call_id": "1", "name": "add"}] * 2
TALKS = {
    "one question": [USER],
    "with instructions": [SYSTEM, USER, ANSWER, MORE],
    "two questions": [USER, MORE],
    "tools": [USER, CALL, *RESULTS],
}


def written(path, messages, thinks):
    template = chat_template_utils._compile_jinja_template(path.read_text())
    template.globals["strftime_now"] = lambda form: {"%d %b %Y": "21 Nov 2026"}[form]
    try:
        return template.render(
            messages=messages,
            add_generation_prompt=True,
            bos_token="<s>",
            eos_token="</s>",
            enable_thinking=thinks,
        )
    except Exception as error:
        return {"refused": str(error)}


cases = []
for path in [*sorted(OWN.glob("*.jinja")), *sorted((HERE / "templates").glob("*.jinja"))]:
    for talk, messages in TALKS.items():
        for thinks in [True, False] if "thinking" in path.name else [True]:
            cases.append(
                {
                    "template": path.stem,
                    "talk": talk,
                    "messages": messages,
                    "thinks": thinks,
                    "written": written(path, messages, thinks),
                }
            )
json.dump(cases, sys.stdout, ensure_ascii=False, indent=1)
print()
