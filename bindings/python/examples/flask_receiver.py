"""A Flask app that takes the webhook's posts: `flask --app flask_receiver run`."""

import os

import flask
import wotnot

app = flask.Flask(__name__)
client = wotnot.Client(os.environ["WOTNOT_TOKEN"], webhook=wotnot.Webhook(os.environ["WOTNOT_WEBHOOK_TOKEN"]))


@app.post("/wotnot/events")
def receive() -> flask.Response:
    try:
        reply = client.accept_webhook(flask.request.get_data(), flask.request.headers.get("Authorization"))
    except wotnot.WotnotError as error:
        reply = error.reply or wotnot.Reply(500, "{}")
    return flask.Response(reply.body, reply.status, mimetype="application/json")
