// GraphQL Yoga with jose, in Fastify, with the caches of parsing and validation that it has by default.
import { createSchema, createYoga } from "graphql-yoga";

import { application, serve } from "./http.js";
import { rewards } from "./rewards.js";
import { typeDefs } from "./sdl.js";
import * as tokens from "./tokens_jose.js";

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers: rewards(tokens.readPass) }),
  graphiql: false,
  landingPage: false,
  logging: false,
});
const app = application(tokens);
app.post("/graphql", async (request, reply) => {
  const answer = await yoga.handleNodeRequestAndResponse(request, reply, { caller: request.caller });
  for (const [name, value] of answer.headers) reply.header(name, value);
  return reply.status(answer.status).send(await answer.text());
});
await serve(app);
