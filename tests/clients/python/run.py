# OpenAI's Python client over HTTP. Prints one line for each thing that is tried; exits with 1 if one has failed.
import json
import os
import sys
import traceback

from openai import BadRequestError, NotFoundError, OpenAI, RateLimitError

MODEL = os.environ.get("RILL_MODEL", "simulated")
client = OpenAI(
    base_url=os.environ.get("RILL_URL", "http://localhost:3000") + "/v1",
    api_key=os.environ.get("RILL_API_KEY") or "none",
    max_retries=0,
    timeout=90,
)

# The simulated model calls the functions whose names are in the prompt, once each.
PROMPT = "Ask river_length, river_depth and river_source, then tell me of the Rhine."
RIVERS = {"river_depth": "9 m", "river_length": "1230 km", "river_source": "Lake Toma"}
PARAMETERS = {
    "type": "object",
    "properties": {"river": {"type": "string"}},
    "required": ["river"],
    "additionalProperties": False,
}
TOOLS = [{"type": "function", "name": name, "parameters": PARAMETERS, "strict": True} for name in RIVERS]
CHAT_TOOLS = [{"type": "function", "function": {"name": name, "parameters": PARAMETERS}} for name in RIVERS]


def equal(actual, expected):
    if actual != expected:
        raise AssertionError(f"{actual!r} is not {expected!r}")


def holds(condition, what):
    if not condition:
        raise AssertionError(what)


def rejection(kind, work):
    try:
        work()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")


def streamed():
    text = ""
    with client.responses.stream(model=MODEL, input="Why do rivers bend?") as stream:
        for event in stream:
            if event.type == "response.output_text.delta":
                text += event.delta
        response = stream.get_final_response()
    equal(response.status, "completed")
    equal(response.output_text, text)
    holds(text, "no text")


def whole():
    response = client.responses.create(model=MODEL, input="/echo hello")
    equal(response.output_text, "hello")
    holds(response.usage.total_tokens > 0, "no usage")


def loop(first, following, **options):
    """Asks until the model calls no more functions, six rounds at most."""
    called = []
    fields = {"input": [{"role": "user", "content": PROMPT}]}
    for _ in range(6):
        response = client.responses.create(model=MODEL, tools=TOOLS, **first, **fields, **options)
        calls = [item for item in response.output if item.type == "function_call"]
        if not calls:
            equal(sorted(called), sorted(RIVERS))
            holds(response.output_text, "no text")
            return fields
        outputs = []
        for call in calls:
            holds(isinstance(json.loads(call.arguments)["river"], str), "no river")
            called.append(call.name)
            outputs.append({"type": "function_call_output", "call_id": call.call_id, "output": RIVERS[call.name]})
        fields = following(fields, response, outputs)
    raise AssertionError("the loop did not end after six rounds")


def stored_loop():
    loop({}, lambda _, response, outputs: {"previous_response_id": response.id, "input": outputs})


def encrypted_loop():
    def following(fields, response, outputs):
        items = [item.model_dump(exclude_none=True) for item in response.output]
        return {"input": [*fields["input"], *items, *outputs]}

    fields = loop(
        {"parallel_tool_calls": False},
        following,
        store=False,
        include=["reasoning.encrypted_content"],
        reasoning={"effort": "medium", "summary": "auto"},
    )
    encrypted = [item for item in fields["input"] if item.get("type") == "reasoning" and item.get("encrypted_content")]
    equal(len(encrypted), 3)


def chat():
    messages = [{"role": "user", "content": "/echo hello"}]
    equal(client.chat.completions.create(model=MODEL, messages=messages).choices[0].message.content, "hello")
    text, usage = "", None
    chunks = client.chat.completions.create(
        model=MODEL, messages=messages, stream=True, stream_options={"include_usage": True}
    )
    for chunk in chunks:
        usage = chunk.usage or usage
        text += "".join(choice.delta.content or "" for choice in chunk.choices)
    equal(text, "hello")
    holds(usage.total_tokens > 0, "no usage")


def chat_loop():
    called = []
    messages = [{"role": "user", "content": PROMPT}]
    for _ in range(6):
        message = client.chat.completions.create(model=MODEL, messages=messages, tools=CHAT_TOOLS).choices[0].message
        if not message.tool_calls:
            equal(sorted(called), sorted(RIVERS))
            return holds(message.content, "no text")
        messages.append(message)
        for call in message.tool_calls:
            called.append(call.function.name)
            messages.append({"role": "tool", "tool_call_id": call.id, "content": RIVERS[call.function.name]})
    raise AssertionError("the loop did not end after six rounds")


def errors():
    rejection(BadRequestError, lambda: client.responses.create(model=MODEL, input="x", temperature="hot"))
    busy = rejection(
        RateLimitError, lambda: client.responses.create(model=MODEL, input="/fail 429 after=1 hello")
    )
    equal(busy.code, "rate_limit_exceeded")
    rejection(NotFoundError, lambda: client.responses.retrieve("resp_" + "0" * 32))


def error_amid_a_stream():
    codes = []
    for event in client.responses.create(model=MODEL, input="/failed server_error 5 hello", stream=True):
        if event.type == "response.failed":
            codes.append(event.response.error.code)
    equal(codes, ["server_error"])


failed = False
for name, thing in {
    "a streamed answer": streamed,
    "a whole answer": whole,
    "an agent loop, stored": stored_loop,
    "an agent loop, store: false with encrypted reasoning": encrypted_loop,
    "Chat Completions, streamed and whole": chat,
    "Chat Completions, an agent loop": chat_loop,
    "errors by their types": errors,
    "an error amid a stream": error_amid_a_stream,
}.items():
    try:
        thing()
        print(f"ok - {name}", flush=True)
    except Exception as error:
        failed = True
        print(f"FAILED - {name}: {' '.join(str(error).split())[:400]}", flush=True)
        if os.environ.get("RILL_DEBUG"):
            traceback.print_exc()
sys.exit(1 if failed else 0)
