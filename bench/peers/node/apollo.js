// Apollo Server 5 with jose. By its Fastify integration: the one for Express costs more.
import { ApolloServer } from "@apollo/server";
import fastifyApollo from "@as-integrations/fastify";

import { application, serve } from "./http.js";
import { rewards } from "./rewards.js";
import { typeDefs } from "./sdl.js";
import * as tokens from "./tokens_jose.js";

const apollo = new ApolloServer({ typeDefs, resolvers: rewards(tokens.readPass), introspection: false });
await apollo.start();
const app = application(tokens);
await app.register(fastifyApollo(apollo), { context: async (request) => ({ caller: request.caller }) });
await serve(app);
