//! HTTP by hand: a client that can also send what no client would.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// A connection that is kept.
pub struct Connection {
    address: SocketAddr,
    stream: BufReader<TcpStream>,
}

/// What came back.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Connection {
    pub fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .expect("a timeout");
        stream.set_nodelay(true).expect("no delay");
        Self {
            address,
            stream: BufReader::new(stream),
        }
    }

    /// Posts JSON, or what is said to be JSON.
    pub fn post(&mut self, path: &str, body: &[u8]) -> Response {
        self.send("POST", path, &[("Content-Type", "application/json")], body)
    }

    /// Sends a request. Connects anew if the server has closed the connection.
    pub fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nContent-Length: {}\r\n",
            body.len()
        );
        if headers.iter().all(|(name, _)| *name != "Host") {
            head.push_str("Host: localhost\r\n");
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        for _ in 0..2 {
            // A refusal may come before everything is written.
            let _ = self.stream.get_mut().write_all(head.as_bytes());
            let _ = self.stream.get_mut().write_all(body);
            if let Some(response) = self.receive(method != "HEAD") {
                return response;
            }
            *self = Self::open(self.address);
        }
        panic!("no answer to {method} {path}");
    }

    fn receive(&mut self, has_body: bool) -> Option<Response> {
        let mut line = String::new();
        self.stream.read_line(&mut line).ok()?;
        let status = line.split(' ').nth(1)?.parse().ok()?;
        let mut headers = Vec::new();
        loop {
            line.clear();
            self.stream.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut response = Response {
            status,
            headers,
            body: Vec::new(),
        };
        let length = response.header("content-length").filter(|_| has_body);
        let length = length.unwrap_or("0");
        response.body = vec![0; length.parse().expect("a length")];
        self.stream.read_exact(&mut response.body).ok()?;
        Some(response)
    }
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }
}
