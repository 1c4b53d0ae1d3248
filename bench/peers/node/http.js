// One Fastify for all three: the raw body beside the parsed one, the caller before any GraphQL, keep-alive by default.
import Fastify from "fastify";

import { gate } from "./gate.js";

export function application(tokens) {
  const app = Fastify();
  const caller = gate(tokens);
  app.decorateRequest("rawBody", null);
  app.decorateRequest("caller", null);
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => {
    request.rawBody = body;
    try {
      done(null, JSON.parse(body));
    } catch (error) {
      error.statusCode = 400;
      done(error);
    }
  });
  app.addHook("preHandler", async (request) => {
    request.caller = await caller(request.headers, request.method, request.rawBody);
  });
  return app;
}

export async function serve(app) {
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
  await app.listen({ host: "127.0.0.1", port: 0 });
  console.log(`peer serves at http://127.0.0.1:${app.server.address().port}`);
}
