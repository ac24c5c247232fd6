//! An SMTP server on loopback that can misbehave on request.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
    time::sleep,
};

use super::received::Received;

/// How the server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It accepts every mail.
    Kind,
    /// It accepts every mail, but responds slowly.
    Slow,
    /// It temporarily rejects all recipients.
    Busy,
    /// It responds to this command with this, and accepts everything else.
    Answering(&'static str, &'static str),
    /// It never responds about recipients at `slow.example`, and accepts everyone else's mail.
    Stuck,
    /// It disconnects in the middle of every mail.
    Rude,
    /// It accepts every mail and disconnects before confirming it.
    Absent,
    /// It sends nothing at all.
    Silent,
}

/// The server. It stops when this is dropped.
#[derive(Debug)]
pub struct Smtp {
    address: SocketAddr,
    desk: Arc<Mutex<Desk>>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Desk {
    mood: Mood,
    mails: Vec<Received>,
    turned_away: usize,
}

impl Smtp {
    /// Starts on a free port.
    pub async fn start() -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap()).await
    }

    /// Starts on this port.
    pub async fn start_at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let desk = Desk { mood: Mood::Kind, mails: vec![], turned_away: 0 };
        let desk = Arc::new(Mutex::new(desk));
        let shared = Arc::clone(&desk);
        let task = tokio::spawn(async move {
            // They end with this task.
            let mut clients = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                clients.spawn(attend(client, Arc::clone(&shared)));
            }
        });
        Self { address, desk, task }
    }

    /// The address on which it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL in the settings.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Changes how it behaves.
    pub fn set(&self, mood: Mood) {
        self.desk.lock().unwrap().mood = mood;
    }

    /// The mails that it has accepted.
    pub fn mails(&self) -> Vec<Received> {
        self.desk.lock().unwrap().mails.clone()
    }

    /// How many mails it has rejected.
    pub fn turned_away(&self) -> usize {
        self.desk.lock().unwrap().turned_away
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves a client; its errors are ignored.
async fn attend(client: TcpStream, desk: Arc<Mutex<Desk>>) {
    let _ = converse(client, &desk).await;
}

async fn converse(client: TcpStream, desk: &Mutex<Desk>) -> io::Result<()> {
    let mut client = BufReader::new(client);
    if desk.lock().unwrap().mood == Mood::Silent {
        desk.lock().unwrap().turned_away += 1;
        return client.read_to_end(&mut vec![]).await.map(drop);
    }
    let mood = desk.lock().unwrap().mood;
    if let Mood::Answering("connect", answer) = mood {
        desk.lock().unwrap().turned_away += 1;
        client.write_all(answer.as_bytes()).await?;
        return client.write_all(b"\r\n").await;
    }
    client.write_all(b"220 test ESMTP\r\n").await?;
    let mut line = String::new();
    while client.read_line(&mut line).await? > 0 {
        let mood = desk.lock().unwrap().mood;
        let verb = line.split([' ', '\r']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match (verb.as_str(), mood) {
            (verb, Mood::Answering(command, answer)) if verb == command => {
                desk.lock().unwrap().turned_away += 1;
                client.write_all(answer.as_bytes()).await?;
                "\r\n"
            }
            ("EHLO", _) => "250-test\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n",
            ("RCPT", Mood::Busy) => {
                desk.lock().unwrap().turned_away += 1;
                "451 4.3.2 come again\r\n"
            }
            ("RCPT", Mood::Stuck) if line.contains("@slow.example>") => {
                desk.lock().unwrap().turned_away += 1;
                return client.read_to_end(&mut vec![]).await.map(drop);
            }
            ("DATA", Mood::Rude) => {
                desk.lock().unwrap().turned_away += 1;
                return Ok(());
            }
            ("DATA", _) => {
                client.write_all(b"354 go on\r\n").await?;
                let mail = read_mail(&mut client).await?;
                if let Mood::Answering("content", answer) = mood {
                    desk.lock().unwrap().turned_away += 1;
                    client.write_all(format!("{answer}\r\n").as_bytes()).await?;
                    line.clear();
                    continue;
                }
                desk.lock().unwrap().mails.push(Received::read(&mail));
                match mood {
                    Mood::Absent => return Ok(()),
                    Mood::Slow => sleep(Duration::from_millis(500)).await,
                    _ => {}
                }
                "250 taken\r\n"
            }
            ("AUTH", _) => "235 welcome\r\n",
            ("QUIT", _) => "221 bye\r\n",
            _ => "250 ok\r\n",
        };
        client.write_all(answer.as_bytes()).await?;
        line.clear();
    }
    Ok(())
}

/// Reads up to the line with a single dot.
async fn read_mail(client: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
    let mut mail = vec![];
    loop {
        let mut line = vec![];
        if client.read_until(b'\n', &mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match line.as_slice() {
            b".\r\n" => return Ok(mail),
            [b'.', rest @ ..] => mail.extend(rest),
            line => mail.extend(line),
        }
    }
}
