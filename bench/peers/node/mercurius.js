// Mercurius with its JIT, and fast-jwt: the fastest of the three, by its authors' own advice.
import mercurius from "mercurius";

import { application, serve } from "./http.js";
import { rewards } from "./rewards.js";
import { typeDefs } from "./sdl.js";
import * as tokens from "./tokens_fast_jwt.js";

const app = application(tokens);
await app.register(mercurius, {
  schema: typeDefs,
  resolvers: rewards(tokens.readPass),
  jit: 1, // compiled at a document's first request
  context: (request) => ({ caller: request.caller }),
});
await serve(app);
