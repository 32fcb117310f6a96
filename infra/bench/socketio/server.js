// Socket.IO with Redis, as its documentation sets it up: each client joins one room and is told so.
const { createServer } = require("node:http");
const { Server } = require("socket.io");
const { createAdapter } = require("@socket.io/redis-adapter");
const { createClient } = require("redis");

const [port, redisUrl] = process.argv.slice(2);

async function main() {
  const pub = createClient({ url: redisUrl });
  const sub = pub.duplicate();
  await Promise.all([pub.connect(), sub.connect()]);
  const http = createServer((request, response) => response.end("ok"));
  const io = new Server(http, { adapter: createAdapter(pub, sub) });
  io.on("connection", (socket) => {
    socket.on("join", async (room, ack) => {
      await socket.join(room);
      ack("ok");
    });
  });
  http.listen({ port: Number(port), host: "127.0.0.1", backlog: 4096 });
}

main().catch((failure) => {
  console.error(failure);
  process.exit(1);
});
