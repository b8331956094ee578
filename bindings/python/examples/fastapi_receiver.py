"""A FastAPI app that takes the webhook's posts: `uvicorn fastapi_receiver:app`."""

import os

import fastapi
import wotnot.aio

app = fastapi.FastAPI()
client = wotnot.aio.Client(os.environ["WOTNOT_TOKEN"], webhook=wotnot.Webhook(os.environ["WOTNOT_WEBHOOK_TOKEN"]))


@app.post("/wotnot/events")
async def receive(request: fastapi.Request) -> fastapi.Response:
    try:
        reply = await client.accept_webhook(await request.body(), request.headers.get("Authorization"))
    except wotnot.WotnotError as error:
        reply = error.reply or wotnot.Reply(500, "{}")
    return fastapi.Response(reply.body, reply.status, media_type="application/json")
