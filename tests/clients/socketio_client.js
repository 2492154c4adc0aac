// A client of Socket.IO, by its own library for JavaScript: does what it is told on standard input and says what happens,
// one JSON object a line. It ends with its input.
//
// usage: socketio_client.js LIBRARY
// told:  {"do": "open", "socket": "a", "url": ..., "hears": [event, ...], "options": {...}}
//        {"do": "emit", "socket": "a", "arguments": [event, ...], "ack": true}
//        {"do": "close", "socket": "a"}
// says:  {"socket": "a", "event": ..., "arguments": [...]}

const lines = require("node:readline").createInterface({ input: process.stdin });
const io = require(process.argv[2]);

const sockets = new Map();

function say(socket, event, ...values) {
  console.log(JSON.stringify({ socket, event, arguments: values }));
}

function open({ socket: name, url, hears, options }) {
  // `forceNew`: two sockets to one address would share a connection.
  const socket = io(url, { forceNew: true, reconnection: false, ...options });
  sockets.set(name, socket);
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

function emit({ socket: name, arguments: values, ack }) {
  const acknowledged = (...answer) => say(name, "ack", ...answer);
  sockets.get(name).emit(...values, ...(ack ? [acknowledged] : []));
}

const known = { open, emit, close: ({ socket }) => sockets.get(socket).close() };

lines.on("line", (line) => {
  const told = JSON.parse(line);
  known[told.do](told);
});
lines.on("close", () => process.exit());
