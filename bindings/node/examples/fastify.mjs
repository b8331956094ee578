// Takes the service's webhook in a Fastify application.
import fastify from "fastify";

export function receiver(client) {
  const app = fastify({ bodyLimit: 1024 * 1024 });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (request, body, done) => done(null, body));
  app.setErrorHandler((error, request, response) => {
    const { status, body } = error.reply ?? { status: 500, body: '{"ok":false}' };
    response.code(status).type("application/json").send(body);
  });
  app.post("/wotnot/events", (request, response) => {
    const reply = client.acceptWebhook(request.body, { authorization: request.headers.authorization });
    response.code(reply.status).type("application/json").send(reply.body);
  });
  return app;
}
