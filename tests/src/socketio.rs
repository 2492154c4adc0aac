//! A client of Socket.IO 5, on Engine.IO 4 over WebSocket, as far as tests and loads need one.
//!
//! It has no task of its own. What comes is read, and pings are answered, while somebody waits for something: ten
//! thousand of them are ten thousand connections and little else, and one that nobody waits on is a client that does
//! not read.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::PATIENCE;

/// Bytes that each socket reads at a time. The library's default would take a gigabyte for ten thousand.
const READ_AT_A_TIME: usize = 1 << 10;

/// A socket about to be opened.
#[derive(Clone, Debug)]
pub struct Dial {
    /// `127.0.0.1:PORT`
    address: String,
    path: String,
    namespace: String,
    auth: Option<Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
    receives: Option<u32>,
}

impl Dial {
    /// To a server at `http://ADDRESS:PORT`, on the path and the namespace that clients take by default.
    ///
    /// # Panics
    ///
    /// When that is not the shape of the address.
    #[must_use]
    pub fn to(url: &str) -> Self {
        Self {
            address: url
                .strip_prefix("http://")
                .expect("an address as http://ADDRESS:PORT")
                .to_owned(),
            path: "/socket.io/".to_owned(),
            namespace: String::new(),
            auth: None,
            headers: Vec::new(),
            receives: None,
        }
    }

    /// On another path.
    #[must_use]
    pub fn path(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// Into another namespace, which begins with a slash.
    #[must_use]
    pub fn namespace(mut self, namespace: &str) -> Self {
        self.namespace = format!("{namespace},");
        self
    }

    /// With what clients call `auth`.
    #[must_use]
    pub fn auth(mut self, auth: Value) -> Self {
        self.auth = Some(auth);
        self
    }

    /// With a header of the request.
    ///
    /// # Panics
    ///
    /// When it is none.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = name.parse().expect("a header's name");
        let value = value.parse().expect("a header's value");
        self.headers.push((name, value));
        self
    }

    /// Has the system hold about so many bytes that nobody has read, before the other side can send no more.
    #[must_use]
    pub fn receives(mut self, bytes: u32) -> Self {
        self.receives = Some(bytes);
        self
    }

    /// Opens it.
    ///
    /// # Panics
    ///
    /// When the server does not let it, or not in time.
    pub async fn open(&self) -> Socket {
        let opened = self.try_open().await;
        opened.unwrap_or_else(|why| panic!("{}{}: {why}", self.address, self.path))
    }

    /// Opens it, or says why the server did not let it.
    ///
    /// # Errors
    ///
    /// When the connection, the handshake or the namespace is refused, or nothing comes in time.
    pub async fn try_open(&self) -> Result<Socket, String> {
        let stream = within("a connection", self.connect()).await?;
        let stream = stream.map_err(|error| format!("no connection: {error}"))?;
        let handshake = within("a WebSocket", self.handshake(stream)).await?;
        let stream = handshake.map_err(|error| format!("no WebSocket: {error}"))?;
        let mut socket = Socket {
            stream,
            namespace: self.namespace.clone(),
            id: String::new(),
            ping_interval: Duration::ZERO,
        };
        let open = within("the handshake of Engine.IO", socket.packet()).await??;
        let open: Value = open
            .strip_prefix('0')
            .and_then(|open| serde_json::from_str(open).ok())
            .ok_or_else(|| format!("no handshake of Engine.IO: {open}"))?;
        socket.ping_interval =
            Duration::from_millis(open["pingInterval"].as_u64().unwrap_or_default());

        let auth = self.auth.as_ref().map(Value::to_string).unwrap_or_default();
        socket.send(format!("40{}{auth}", self.namespace)).await?;
        let answer = within("the answer to CONNECT", socket.packet()).await??;
        let connected: Value = answer
            .strip_prefix("40")
            .and_then(|rest| rest.strip_prefix(self.namespace.as_str()))
            .and_then(|connected| serde_json::from_str(connected).ok())
            .ok_or_else(|| format!("not connected to the namespace: {answer}"))?;
        socket.id = connected["sid"].as_str().unwrap_or_default().to_owned();
        Ok(socket)
    }

    async fn connect(&self) -> std::io::Result<TcpStream> {
        let address: SocketAddr = self.address.parse().expect("an address and a port");
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        if let Some(bytes) = self.receives {
            socket.set_recv_buffer_size(bytes)?;
        }
        let stream = socket.connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    async fn handshake(&self, stream: TcpStream) -> Result<WebSocketStream<TcpStream>, Error> {
        let url = format!(
            "ws://{}{}?EIO=4&transport=websocket",
            self.address, self.path
        );
        let mut request = url.into_client_request()?;
        request.headers_mut().extend(self.headers.iter().cloned());
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_AT_A_TIME)
            .write_buffer_size(0);
        let (stream, _) = client_async_with_config(request, stream, Some(config)).await?;
        Ok(stream)
    }
}

/// A socket that is open.
#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
    /// With the comma that ends it, empty for the default one.
    namespace: String,
    /// What the server calls it, in its namespace.
    pub id: String,
    /// How often the server says that it pings.
    pub ping_interval: Duration,
}

impl Socket {
    /// Emits an event.
    ///
    /// # Panics
    ///
    /// When the socket is closed, or the server takes nothing for too long.
    pub async fn emit(&mut self, event: &str, data: &Value) {
        let packet = format!("42{}{}", self.namespace, json!([event, data]));
        let sent = within("the server to read", self.send(packet)).await;
        let sent = sent.and_then(|sent| sent);
        sent.unwrap_or_else(|why| panic!("{event} was not emitted: {why}"));
    }

    /// Sends a packet of Socket.IO as it is, without Engine.IO's `4` before it.
    ///
    /// # Panics
    ///
    /// As [`Self::emit`].
    pub async fn raw(&mut self, packet: &str) {
        self.try_raw(packet).await.expect("the packet is sent");
    }

    /// The same, or says why it is not sent.
    ///
    /// # Errors
    ///
    /// When the socket is closed, or the server takes nothing for too long.
    pub async fn try_raw(&mut self, packet: &str) -> Result<(), String> {
        let sent = within("the server to read", self.send(format!("4{packet}"))).await;
        sent.and_then(|sent| sent)
    }

    /// Sends binary data, which belongs to the packet before it.
    ///
    /// # Panics
    ///
    /// As [`Self::emit`].
    pub async fn raw_binary(&mut self, data: &'static [u8]) {
        let sent = within(
            "the server to read",
            self.stream.send(Message::binary(data)),
        )
        .await;
        let sent = sent.and_then(|sent| sent.map_err(|error| error.to_string()));
        sent.expect("the data is sent");
    }

    /// The next packet of Socket.IO as it is, without Engine.IO's `4` before it.
    ///
    /// # Panics
    ///
    /// When none comes.
    pub async fn raw_packet(&mut self) -> String {
        let came = within("a packet", self.packet()).await;
        let packet = came.and_then(|came| came).expect("a packet");
        packet.strip_prefix('4').unwrap_or(&packet).to_owned()
    }

    /// The data of the next event, which has this name.
    ///
    /// # Panics
    ///
    /// When none comes, or another one does.
    pub async fn event(&mut self, name: &str) -> Value {
        let came = within(name, self.next_event()).await;
        match came.and_then(|came| came) {
            Ok((came, data)) if came == name => data,
            Ok((came, data)) => panic!("waited for {name}, and {came} came: {data}"),
            Err(why) => panic!("waited for {name}: {why}"),
        }
    }

    /// The next event, however long it takes: its name and its data. Others may be waited for meanwhile.
    ///
    /// # Errors
    ///
    /// When the socket is closed, by whomever, or what comes is no event.
    pub async fn next_event(&mut self) -> Result<(String, Value), String> {
        let packet = self.packet().await?;
        let event: Vec<Value> = packet
            .strip_prefix("42")
            .and_then(|rest| rest.strip_prefix(self.namespace.as_str()))
            .and_then(|event| serde_json::from_str(event).ok())
            .ok_or_else(|| format!("{packet} came, which is no event"))?;
        let mut event = event.into_iter();
        match event.next() {
            Some(Value::String(name)) => Ok((name, event.next().unwrap_or_default())),
            _ => Err(format!("{packet} came, an event without a name")),
        }
    }

    /// Asks for the session `id`, or a new one, and gives the one that the server confirms: what a widget does first.
    ///
    /// # Panics
    ///
    /// As [`Self::event`].
    pub async fn session(&mut self, id: Option<&str>) -> String {
        self.emit("session_request", &json!({ "session_id": id }))
            .await;
        let confirmed = self.event("session_confirm").await;
        let confirmed = confirmed.as_str().expect("a session's id is a string");
        confirmed.to_owned()
    }

    /// Says something in a session.
    ///
    /// # Panics
    ///
    /// As [`Self::emit`].
    pub async fn utter(&mut self, session: &str, text: &str) {
        let message = json!({ "message": text, "session_id": session });
        self.emit("user_uttered", &message).await;
    }

    /// Waits for a ping, and answers it.
    ///
    /// # Errors
    ///
    /// When the socket is closed, or something else comes.
    pub async fn ping(&mut self) -> Result<(), String> {
        match self.next().await? {
            None => Ok(()),
            Some(packet) => Err(format!("{packet} came")),
        }
    }

    /// Answers pings until the socket is closed or something else comes; says what it was. Others may be waited for
    /// meanwhile.
    pub async fn idle(&mut self) -> String {
        loop {
            if let Err(why) = self.ping().await {
                return why;
            }
        }
    }

    /// Leaves, as a client does that is closed.
    pub async fn close(mut self) {
        // Whoever has been closed already has left too.
        let _ = self.send(format!("41{}", self.namespace)).await;
        let _ = self.stream.close(None).await;
    }

    /// The next packet that is no ping.
    async fn packet(&mut self) -> Result<String, String> {
        loop {
            if let Some(packet) = self.next().await? {
                return Ok(packet);
            }
        }
    }

    /// The next packet, or `None` when it was a ping, which is answered.
    async fn next(&mut self) -> Result<Option<String>, String> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(packet))) if packet.as_str() == "2" => {
                    self.send("3".to_owned()).await?;
                    return Ok(None);
                }
                Some(Ok(Message::Text(packet))) => return Ok(Some(packet.as_str().to_owned())),
                // Those of WebSocket the library answers.
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(other)) => return Err(format!("{other:?} came")),
                Some(Err(error)) => return Err(error.to_string()),
                None => return Err("the connection is closed".to_owned()),
            }
        }
    }

    async fn send(&mut self, packet: String) -> Result<(), String> {
        let sent = self.stream.send(Message::text(packet)).await;
        sent.map_err(|error| error.to_string())
    }
}

async fn within<T>(what: &str, future: impl Future<Output = T>) -> Result<T, String> {
    let done = timeout(PATIENCE, future).await;
    done.map_err(|_| format!("waited {PATIENCE:?} for {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PythonServer;

    #[tokio::test]
    async fn it_speaks_as_others_expect() {
        let server = PythonServer::socketio_echo();
        let mut socket = Dial::to(server.url()).open().await;
        assert!(!socket.id.is_empty());
        assert_eq!(socket.ping_interval, Duration::from_secs(25));
        let own = socket.session(None).await;
        assert_eq!(own.len(), 32, "{own}");
        let known = socket.session(Some("s-1")).await;
        assert_eq!(known, "s-1");
        socket.utter("s-1", "hi \"you\" \u{1f642}").await;
        let answer = socket.event("bot_uttered").await;
        assert_eq!(answer, json!({"text": "echo: hi \"you\" \u{1f642}"}));
        socket.close().await;

        let elsewhere = Dial::to(server.url()).namespace("/nobody").try_open().await;
        let why = elsewhere.expect_err("there is no such namespace");
        assert!(why.contains("44/nobody,"), "{why}");
        let elsewhere = Dial::to(server.url()).path("/nowhere/").try_open().await;
        let why = elsewhere.expect_err("there is nothing");
        assert!(why.contains("no WebSocket") && why.contains("404"), "{why}");
    }
}
