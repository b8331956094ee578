"""A chat in the terminal on an event loop: one line is one answer. Events come to `WOTNOT_LISTEN`."""

import asyncio
import os

import wotnot
import wotnot.aio


async def line() -> str:
    return await asyncio.to_thread(input)


async def answer(chat: wotnot.aio.Conversation, prompt: wotnot.Prompt) -> None:
    match prompt:
        case wotnot.Choice(options=options):
            for option in options:
                print(f"  [{option.label}]")
            picks = {option.label: option.answer for option in options}
            message = picks.get(said := await line())
            await (chat.send(message) if message else chat.send_text(said))
        case wotnot.Slider(min=least, max=most):
            print(f"  {least} to {most}")
            await chat.send_slider(float(await line()))
        case _:
            await chat.send_text(await line())


async def main() -> None:
    webhook = wotnot.Webhook(os.environ["WOTNOT_WEBHOOK_TOKEN"], listen=os.environ["WOTNOT_LISTEN"])
    async with wotnot.aio.Client(
        os.environ["WOTNOT_TOKEN"],
        bot_key=os.environ["WOTNOT_BOT_KEY"],
        base_url=os.environ.get("WOTNOT_BASE_URL"),
        webhook=webhook,
    ) as client:
        chat = await client.start_conversation(visitor_id="terminal", text=await line())
        async for event in chat.events(timeout=10):
            if event.type == "message" and event.by != "visitor":
                print(event.text)
                if event.prompt is not None:
                    await answer(chat, event.prompt)
            elif event.type == "status" and event.payload.get("is_closed"):
                return


if __name__ == "__main__":
    asyncio.run(main())
