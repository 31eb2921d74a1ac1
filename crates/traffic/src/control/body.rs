//! What another control server answers, read with a bound: it may be any server.

use reqwest::Response;
use serde_json::Value;

/// The most bytes of an answer that are read. One of ours has some thousand.
pub const MOST_BYTES: usize = 8 << 20;

/// Why an answer holds no JSON.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It broke off.
    #[error("failed to read the response")]
    Broken(#[from] reqwest::Error),
    /// It has no end.
    #[error("the response is larger than {} MiB", MOST_BYTES >> 20)]
    TooLarge,
    /// It is something else.
    #[error("the response is not JSON")]
    Other(#[from] serde_json::Error),
}

/// The JSON of an answer.
///
/// # Errors
/// When it breaks off, has more than [`MOST_BYTES`], or is something else.
pub async fn json(mut response: Response) -> Result<Value, BodyError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if bytes.len() + chunk.len() > MOST_BYTES {
            return Err(BodyError::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(serde_json::from_slice(&bytes)?)
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    use super::*;

    /// The answer of a server that sends `text` up to `times` times, and how often it could.
    async fn answer(text: &'static str, times: usize) -> Result<Value, BodyError> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/status", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut head = [0; 4_096];
            let _ = connection.read(&mut head).await;
            let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").await;
            for _ in 0..times {
                if connection.write_all(text.as_bytes()).await.is_err() {
                    break;
                }
            }
        });
        json(reqwest::Client::builder().no_proxy().build().unwrap().get(url).send().await.unwrap()).await
    }

    #[tokio::test]
    async fn an_answer_without_end_is_not_read_to_its_end() {
        assert_eq!(answer("{\"mode\":\"steady\"}", 1).await.unwrap()["mode"], "steady");
        assert!(matches!(answer("nothing", 1).await, Err(BodyError::Other(_))));
        let endless = "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[";
        assert!(matches!(answer(endless, usize::MAX).await, Err(BodyError::TooLarge)));
    }
}
