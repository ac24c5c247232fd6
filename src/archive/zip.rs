//! A ZIP file that is sent while it is written, so that little of it is in memory at any time.

use std::{
    io::{self, Write},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use chrono::{DateTime, Datelike, Timelike, Utc};
use domain::{Error, Result};
use tokio::sync::mpsc::Sender;
use zip::{
    CompressionMethod, ZipWriter,
    write::{SimpleFileOptions, StreamWriter},
};

/// How much is gathered before it is sent, in bytes.
const CHUNK: usize = 64 << 10;

/// What is sent.
pub type Sent = io::Result<Bytes>;

/// A ZIP file in progress. Whoever receives it determines the pace.
pub struct Zip {
    writer: ZipWriter<StreamWriter<Buffer>>,
    written: Buffer,
    to: Sender<Sent>,
}

/// What is written and has yet to be sent.
#[derive(Clone, Debug, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How a file is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// As it is, because media are compressed already.
    Stored,
    /// Compressed.
    Deflated,
}

impl Zip {
    /// A file that is sent to this receiver.
    pub fn new(to: Sender<Sent>) -> Self {
        let written = Buffer::default();
        Self { writer: ZipWriter::new_stream(written.clone()), written, to }
    }

    /// Begins a file; what is added from now on belongs to it.
    pub fn begin(&mut self, name: &str, packing: Packing, at: DateTime<Utc>) -> Result<()> {
        let method = match packing {
            Packing::Stored => CompressionMethod::Stored,
            Packing::Deflated => CompressionMethod::Deflated,
        };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(time(at))
            .unix_permissions(0o644);
        self.writer.start_file(name, options).map_err(Error::internal)
    }

    /// Adds to the file that was begun last.
    pub async fn add(&mut self, bytes: &[u8]) -> Result<()> {
        for part in bytes.chunks(CHUNK) {
            self.writer.write_all(part).map_err(Error::internal)?;
            if self.written.bytes().len() >= CHUNK {
                send(&self.written, &self.to).await?;
            }
        }
        Ok(())
    }

    /// Ends the ZIP file.
    pub async fn end(self) -> Result<()> {
        let Self { writer, written, to } = self;
        writer.finish().map_err(Error::internal)?;
        send(&written, &to).await
    }
}

async fn send(written: &Buffer, to: &Sender<Sent>) -> Result<()> {
    let bytes = mem::take(&mut *written.bytes());
    // Nobody receives it any more: the client has gone.
    to.send(Ok(bytes.into())).await.map_err(|_| Error::NotFound("client"))
}

/// A time as ZIP has it: from 1980 on, without a zone.
fn time(at: DateTime<Utc>) -> zip::DateTime {
    let byte = |number: u32| u8::try_from(number).unwrap_or_default();
    let year = u16::try_from(at.year()).unwrap_or_default();
    let [month, day, hour] = [at.month(), at.day(), at.hour()].map(byte);
    let [minute, second] = [at.minute(), at.second()].map(byte);
    let time = zip::DateTime::from_date_and_time(year, month, day, hour, minute, second);
    time.unwrap_or_default()
}
