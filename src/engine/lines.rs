//! What another program prints, line by line, whatever its bytes are.

use std::{io, mem};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};

/// A line that is longer comes in pieces.
const MOST_BYTES: usize = 64 << 10;

/// Lines of a pipe. A byte that is not UTF-8 becomes U+FFFD.
#[derive(Debug)]
pub struct Lines<R> {
    reader: BufReader<R>,
    /// What was read of the next line.
    part: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// Those of this pipe.
    pub fn new(pipe: R) -> Self {
        Self { reader: BufReader::new(pipe), part: Vec::new() }
    }

    /// The next line without its end; `None` at the end. Nothing is lost when the future is dropped.
    ///
    /// # Errors
    /// When the pipe cannot be read.
    pub async fn next(&mut self) -> io::Result<Option<String>> {
        loop {
            let read = self.reader.fill_buf().await?;
            if read.is_empty() {
                return Ok((!self.part.is_empty()).then(|| self.take()));
            }
            let read = &read[..read.len().min(MOST_BYTES - self.part.len())];
            let end = read.iter().position(|byte| *byte == b'\n');
            let count = end.map_or(read.len(), |end| end + 1);
            self.part.extend_from_slice(&read[..count]);
            self.reader.consume(count);
            if end.is_some() || self.part.len() == MOST_BYTES {
                return Ok(Some(self.take()));
            }
        }
    }

    /// All bytes that are left.
    ///
    /// # Errors
    /// When the pipe cannot be read.
    pub async fn rest(self) -> io::Result<Vec<u8>> {
        let Self { mut reader, part: mut bytes } = self;
        reader.read_to_end(&mut bytes).await?;
        Ok(bytes)
    }

    fn take(&mut self) -> String {
        let part = mem::take(&mut self.part);
        let line = part.strip_suffix(b"\n").unwrap_or(&part);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        String::from_utf8_lossy(line).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(bytes: &[u8]) -> Vec<String> {
        let mut lines = Lines::new(bytes);
        let mut read = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            read.push(line);
        }
        read
    }

    #[tokio::test]
    async fn bytes_that_are_not_utf_8_end_nothing() {
        let read = lines(b"one\r\n\xe9t\xe9\n\n\xff\xfe\nlast").await;
        assert_eq!(read, ["one", "\u{fffd}t\u{fffd}", "", "\u{fffd}\u{fffd}", "last"]);
        assert_eq!(lines(b"").await, [""; 0]);
    }

    #[tokio::test]
    async fn a_line_without_end_comes_in_pieces() {
        let read = lines(&[b'x'; 3 * MOST_BYTES / 2]).await;
        assert_eq!(read.iter().map(String::len).collect::<Vec<_>>(), [MOST_BYTES, MOST_BYTES / 2]);
    }
}
