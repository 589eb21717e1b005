//! A private Redis.

use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::process::{Server, free_port};

/// A Redis of our own on a free port of the loopback interface.
#[derive(Debug)]
pub struct Redis {
    process: Server,
    port: u16,
    home: TempDir,
}

impl Redis {
    /// Starts an empty one.
    pub fn start() -> Result<Self> {
        let home = tempfile::Builder::new().prefix("gavel-redis-").tempdir()?;
        let mut attempts = 0;
        loop {
            // Somebody else can take the port between our look and the server's bind.
            let port = free_port()?;
            match Self::run(home.path(), port) {
                Ok(process) => return Ok(Self { process, port, home }),
                Err(error) if attempts >= 5 => return Err(error),
                Err(_) => attempts += 1,
            }
        }
    }

    fn run(home: &Path, port: u16) -> Result<Server> {
        let program = find("redis-server")?;
        let port_text = port.to_string();
        let directory = home.to_string_lossy();
        let arguments = [
            "--port",
            &port_text,
            "--bind",
            "127.0.0.1",
            "--dir",
            &directory,
            "--save",
            "",
            "--appendonly",
            "no",
        ];
        let mut process = Server::start(&program, &arguments, None, "KILL", home.join("log"))?;
        process.wait_until(|| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok())?;
        Ok(process)
    }

    /// Its address, as `REDIS_URL` has it.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Its port on the loopback interface.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A section of what it tells about itself.
    pub async fn info(&self, section: &str) -> Result<String> {
        let client = redis::Client::open(self.url())?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        Ok(redis::cmd("INFO")
            .arg(section)
            .query_async(&mut connection)
            .await?)
    }

    /// Kills it; everything in it is lost.
    pub fn crash(&mut self) -> Result<()> {
        self.process.stop("KILL")
    }

    /// Starts it again, empty, on the same port.
    pub fn restart(&mut self) -> Result<()> {
        self.process.stop("KILL")?;
        self.process = Self::run(self.home.path(), self.port)?;
        Ok(())
    }

    /// Sends it a signal, such as `STOP` and `CONT`.
    pub fn signal(&self, signal: &str) -> Result<()> {
        self.process.signal(signal)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.stop("KILL");
    }
}

fn find(name: &str) -> Result<PathBuf> {
    ["/usr/bin", "/usr/local/bin", "/usr/sbin"]
        .iter()
        .map(|directory| Path::new(directory).join(name))
        .find(|path| path.exists())
        .with_context(|| format!("there is no {name}: install the package redis-server"))
}
