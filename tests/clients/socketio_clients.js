// Clients of Socket.IO, by its own library for JavaScript: they do what they are told on standard input and say what happens,
// one JSON object a line. They end with the input.
//
// usage: socketio_clients.js LIBRARY
// told:  {"do": "open", "client": "a", "url": ..., "hears": [event, ...], "options": {...}}
//        {"do": "emit", "client": "a", "arguments": [event, ...], "ack": true}
//        {"do": "close", "client": "a"}
// says:  {"client": "a", "event": ..., "arguments": [...]}

const lines = require("node:readline").createInterface({ input: process.stdin });
const io = require(process.argv[2]);

const clients = new Map();

function say(client, event, ...values) {
  console.log(JSON.stringify({ client, event, arguments: values }));
}

function open({ client: name, url, hears, options }) {
  // `forceNew`: two clients of one address would share a connection.
  const socket = io(url, { forceNew: true, reconnection: false, ...options });
  clients.set(name, socket);
  const engine = socket.io.engine;
  engine.once("upgrade", (transport) => say(name, "upgrade", transport.name));
  socket.on("connect", () => say(name, "connect", engine.transport.name));
  socket.on("disconnect", () => say(name, "disconnect"));
  // Version 2 has the first for the connection and the second for the namespace, the later ones the first for both.
  socket.on("connect_error", (error) => say(name, "connect_error", error.message));
  socket.on("error", (error) => say(name, "connect_error", error.message ?? error));
  for (const event of hears) {
    socket.on(event, (...values) => say(name, event, ...values));
  }
}

function emit({ client: name, arguments: values, ack }) {
  const acknowledged = (...answer) => say(name, "ack", ...answer);
  clients.get(name).emit(...values, ...(ack ? [acknowledged] : []));
}

const known = { open, emit, close: ({ client }) => clients.get(client).close() };

lines.on("line", (line) => {
  const told = JSON.parse(line);
  known[told.do](told);
});
lines.on("close", () => process.exit());
