//! The page's server: files of `www` on the loopback address, with the content security policy of the manifest.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::manifest::Manifest;
use crate::shell;

/// Longest request head that is read, in bytes.
const MAX_HEAD_BYTES: u64 = 16 * 1024;

/// A server that has its port but does not answer yet.
pub struct Server {
    listener: TcpListener,
    port: u16,
    site: Arc<Site>,
}

/// What the answers are made of.
struct Site {
    folder: PathBuf,
    policy: String,
}

/// One answer.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    status: &'static str,
    content_type: &'static str,
    body: Vec<u8>,
}

impl Server {
    /// Takes `port`, or the manifest's port or the next free one after it.
    pub fn bind(manifest: &Manifest, port: Option<u16>) -> Result<Self, String> {
        let candidates = port.map_or(manifest.port..=manifest.port.saturating_add(20), |port| port..=port);
        let mut trouble = String::new();
        for port in candidates {
            match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
                Ok(listener) => {
                    let port = listener.local_addr().map_err(|error| error.to_string())?.port();
                    let folder = shell::root().join("www");
                    let policy = manifest.content_security_policy.clone();
                    return Ok(Self { listener, port, site: Arc::new(Site { folder, policy }) });
                }
                Err(error) => {
                    trouble = format!("port {port}: {error} (choose another with --port N)");
                }
            }
        }
        Err(trouble)
    }

    /// The page's address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Answers until the program ends.
    pub fn run(self) {
        for stream in self.listener.incoming().flatten() {
            let site = Arc::clone(&self.site);
            // A visitor who goes away in the middle of an answer is no trouble of the server's.
            std::thread::spawn(move || {
                let _ = site.talk(stream);
            });
        }
    }
}

impl Site {
    fn talk(&self, mut stream: TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let mut reader = BufReader::new(stream.try_clone()?.take(MAX_HEAD_BYTES));
        let mut request = String::new();
        reader.read_line(&mut request)?;
        // The rest of the head says nothing that matters, but has to be read before the connection is closed.
        let mut line = String::new();
        while request.len() > 2 && reader.read_line(&mut line)? > 2 {
            line.clear();
        }
        let answer = self.answer(&request);
        let head = format!(
            "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
             Content-Security-Policy: {}\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
            answer.status,
            answer.content_type,
            answer.body.len(),
            self.policy
        );
        stream.write_all(head.as_bytes())?;
        if !request.starts_with("HEAD ") {
            stream.write_all(&answer.body)?;
        }
        stream.flush()
    }

    fn answer(&self, request: &str) -> Answer {
        let mut words = request.split_whitespace();
        let (Some("GET" | "HEAD"), Some(target)) = (words.next(), words.next()) else {
            return plain("405 Method Not Allowed", "only GET and HEAD");
        };
        let Some(path) = local_path(target) else {
            return plain("404 Not Found", "no such file");
        };
        let mut file = self.folder.join(path);
        if file.is_dir() {
            file.push("index.html");
        }
        match std::fs::read(&file) {
            Ok(body) => Answer { status: "200 OK", content_type: content_type(&file), body },
            // Browsers ask for it unasked, and would report an error that is none of the page's.
            Err(_) if file.ends_with("favicon.ico") => plain("204 No Content", ""),
            Err(_) => plain("404 Not Found", "no such file"),
        }
    }
}

fn plain(status: &'static str, text: &str) -> Answer {
    Answer { status, content_type: "text/plain; charset=utf-8", body: text.as_bytes().to_vec() }
}

/// The path below `www` that a request's target names; `None` for what is not to be served.
fn local_path(target: &str) -> Option<PathBuf> {
    let encoded = target.split(['?', '#']).next()?.strip_prefix('/')?;
    let path = PathBuf::from(percent_decoded(encoded)?);
    let ordinary = path.components().all(|part| match part {
        Component::Normal(name) => name.to_str().is_some_and(|name| !name.starts_with('.') && name != "node_modules"),
        _ => false,
    });
    ordinary.then_some(path)
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            bytes.push(digit(rest.next())? * 16 + digit(rest.next())?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn content_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt" | "md" | "ts") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ordinary_files_below_www_are_served() {
        assert_eq!(local_path("/"), Some(PathBuf::new()));
        assert_eq!(local_path("/pkg/terrarium_bg.wasm?v=1"), Some("pkg/terrarium_bg.wasm".into()));
        assert_eq!(local_path("/a%20b.js"), Some("a b.js".into()));
        let refused = ["/../Cargo.toml", "/%2e%2e/Cargo.toml", "//etc/passwd", "/a/../../b", "/.npmrc", "/%", "/%ff", "x"];
        for target in refused.into_iter().chain(["/node_modules/axe-core/axe.js"]) {
            assert_eq!(local_path(target), None, "{target}");
        }
    }

    /// A whole conversation over a real connection.
    fn ask(request: &str) -> String {
        let manifest = Manifest::load().unwrap();
        let server = Server::bind(&manifest, Some(0)).unwrap();
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, server.port)).unwrap();
        std::thread::spawn(move || server.run());
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[test]
    fn a_file_comes_with_its_type_and_the_policy() {
        let answer = ask("GET /package.json HTTP/1.1\r\nHost: x\r\n\r\n");
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.contains("\r\nContent-Type: application/json\r\n"), "{answer}");
        assert!(answer.contains("\r\nContent-Security-Policy: base-uri 'none'; "), "{answer}");
        assert!(answer.ends_with("}\n"), "{answer}");
        let head = ask("HEAD /package.json HTTP/1.1\r\n\r\n");
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    }

    #[test]
    fn other_requests_are_refused() {
        assert!(ask("GET /../Cargo.toml HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404 "));
        assert!(ask("GET /absent HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404 "));
        assert!(ask("POST / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405 "));
        assert!(ask("\r\n").starts_with("HTTP/1.1 405 "));
    }
}
