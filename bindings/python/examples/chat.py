"""A chat in the terminal: one line is one answer. Events come to `WOTNOT_LISTEN`.

Settings are in the variables below, or all in `WOTNOT_CONFIG` (of a gateway).
"""

import json
import os

import wotnot


def answer(chat: wotnot.Conversation, prompt: wotnot.Prompt) -> None:
    match prompt:
        case wotnot.Choice(options=options):
            for option in options:
                print(f"  [{option.label}]")
            picks = {option.label: option.answer for option in options}
            message = picks.get(said := input())
            chat.send(message) if message else chat.send_text(said)
        case wotnot.Slider(min=least, max=most):
            print(f"  {least} to {most}")
            chat.send_slider(float(input()))
        case _:
            chat.send_text(input())


def client_of_environment() -> wotnot.Client:
    if config := os.environ.get("WOTNOT_CONFIG"):
        return wotnot.Client.from_config(json.loads(config))
    return wotnot.Client(
        os.environ["WOTNOT_TOKEN"],
        bot_key=os.environ["WOTNOT_BOT_KEY"],
        base_url=os.environ.get("WOTNOT_BASE_URL"),
        webhook=wotnot.Webhook(os.environ["WOTNOT_WEBHOOK_TOKEN"], listen=os.environ["WOTNOT_LISTEN"]),
    )


def main() -> None:
    with client_of_environment() as client:
        chat = client.start_conversation(visitor_id="terminal", text=input())
        for event in chat.events(timeout=10):
            if event.type == "message" and event.by != "visitor":
                print(event.text)
                if event.prompt is not None:
                    answer(chat, event.prompt)
            elif event.closed:
                return


if __name__ == "__main__":
    main()
