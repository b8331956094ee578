// Takes the service's webhook in an Express application.
import express from "express";

export function receiver(client) {
  const app = express();
  app.post("/wotnot/events", express.text({ type: "*/*", limit: "1mb" }), (request, response) => {
    try {
      const reply = client.acceptWebhook(request.body, { authorization: request.headers.authorization });
      response.status(reply.status).type("json").send(reply.body);
    } catch (error) {
      if (!error.reply) throw error;
      response.status(error.reply.status).type("json").send(error.reply.body);
    }
  });
  return app;
}
