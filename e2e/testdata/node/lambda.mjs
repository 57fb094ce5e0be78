// Lambda's Invoke API for one function.
import { createServer } from "node:http";

const { handler } = await import(process.env.FUNCTION);

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    const result = await handler(JSON.parse(Buffer.concat(chunks)));
    response.end(JSON.stringify(result ?? null));
  } catch (error) {
    console.error(error);
    response.writeHead(200, { "X-Amz-Function-Error": "Unhandled" }).end(JSON.stringify({ errorMessage: error.message, errorType: error.name }));
  }
});
server.listen(Number(process.env.PORT), "127.0.0.1");
