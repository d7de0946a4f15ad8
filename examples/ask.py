"""Asks over HTTP and resumes after a lost connection. Python 3.8 or newer, standard library only.

Run: python3 examples/ask.py http://localhost:3000/v1 'How do rivers form?'
"""
import http.client
import json
import sys
import time
import urllib.error
import urllib.request
import uuid

url, question = sys.argv[1:3]
# The key makes a repeat harmless. In the background the answer goes on while this client is away.
headers = {"content-type": "application/json", "idempotency-key": str(uuid.uuid4())}
body = json.dumps({"input": question, "stream": True, "background": True}).encode()
response_id, last = None, -1


def request():
    if response_id is None:
        return urllib.request.Request(f"{url}/responses", body, headers)
    return urllib.request.Request(f"{url}/responses/{response_id}?stream=true&starting_after={last}")


while True:
    try:
        with urllib.request.urlopen(request(), timeout=60) as answer:
            for line in answer:
                if not line.startswith(b"data: {"):
                    continue
                event = json.loads(line[6:])
                if event["sequence_number"] <= last:
                    continue
                last = event["sequence_number"]
                response_id = response_id or event.get("response", {}).get("id")
                if event["type"] == "response.output_text.delta":
                    print(event["delta"], end="", flush=True)
                elif event["type"] == "rill:response.restarted":
                    print("\n(The answer begins again.)")
                elif event["type"] in ("response.completed", "response.incomplete", "response.failed"):
                    print(f"\n[{event['type']}]")
                    sys.exit()
    except urllib.error.HTTPError as error:
        sys.exit(error.read().decode())
    except (OSError, http.client.HTTPException, json.JSONDecodeError) as error:
        print(f"connection lost: {error}", file=sys.stderr)
    time.sleep(0.5)
