//! A client of the review: HTTP/1.1 over one connection, and nothing that a test would not want to see.

use std::io::{self, BufRead, BufReader, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

/// How long an answer may take; generous, for machines that build beside the test.
const PATIENCE: Duration = Duration::from_mins(1);

/// An answer of the server.
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null where it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The first value of a header field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(':'));
        let mut values = fields.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        values.next().map(|(_, value)| value.trim())
    }

    /// Reads an answer; one without a length goes on until the connection ends.
    pub(crate) fn read(from: &mut impl BufRead) -> io::Result<Self> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if from.read_line(&mut head)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
        let mut answer = Self {
            status: status.ok_or(io::ErrorKind::InvalidData)?,
            head,
            body: Vec::new(),
        };
        let length = answer.field("content-length").map(str::parse);
        match length {
            Some(Ok(length)) => {
                answer.body.resize(length, 0);
                from.read_exact(&mut answer.body)?;
            }
            _ if matches!(answer.status, 204 | 304) => {}
            _ => {
                from.read_to_end(&mut answer.body)?;
            }
        }
        Ok(answer)
    }
}

/// One person in front of one browser.
pub(crate) struct Client {
    host: String,
    connection: BufReader<TcpStream>,
    /// The cookie, as `name=value`.
    pub(crate) cookie: String,
    /// The token against forged requests.
    pub(crate) csrf: String,
}

impl Client {
    /// Comes in by a link of the form `http://host:port/#token=…`.
    pub(crate) fn enter(link: &str) -> io::Result<Self> {
        let (origin, token) = link
            .split_once("/#token=")
            .ok_or(io::ErrorKind::InvalidInput)?;
        let host = origin.trim_start_matches("http://").to_owned();
        let mut client = Self {
            connection: connect(&host)?,
            host,
            cookie: String::new(),
            csrf: String::new(),
        };
        let answer = client.send("POST", "/api/session", &json!({"token": token}))?;
        if answer.status != 200 {
            return Err(io::Error::other(answer.json().to_string()));
        }
        let cookie = answer.field("set-cookie").unwrap_or_default();
        let cookie = cookie.split(';').next().unwrap_or_default();
        cookie.clone_into(&mut client.cookie);
        let opened = answer.json();
        let csrf = opened.get("csrf").and_then(Value::as_str);
        csrf.unwrap_or_default().clone_into(&mut client.csrf);
        Ok(client)
    }

    /// Asks for something; a body of null is none.
    pub(crate) fn send(&mut self, method: &str, path: &str, body: &Value) -> io::Result<Answer> {
        let request = self.request(method, path, body);
        self.exchange(&request).or_else(|_| {
            // The server ends connections that were quiet for a while; browsers come again, too.
            self.connection = connect(&self.host)?;
            self.exchange(&request)
        })
    }

    fn exchange(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.connection.get_mut().write_all(request)?;
        Answer::read(&mut self.connection)
    }

    fn request(&self, method: &str, path: &str, body: &Value) -> Vec<u8> {
        let (host, cookie, csrf) = (&self.host, &self.cookie, &self.csrf);
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n");
        if method == "GET" {
            return format!("{head}\r\n").into_bytes();
        }
        let text = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let length = text.len();
        let change = format!(
            "Origin: http://{host}\r\nX-Mabillon-Csrf: {csrf}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n"
        );
        format!("{head}{change}\r\n{text}").into_bytes()
    }
}

/// A connection to `host:port`.
#[allow(
    clippy::disallowed_methods,
    reason = "it asks the review on this machine, which the test or the chore has started"
)]
pub(crate) fn connect(host: &str) -> io::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(BufReader::new(stream))
}
