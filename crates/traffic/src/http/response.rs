//! An HTTP/1 answer, decoded as bytes come in. No I/O.

use super::{
    body::{BodySink, MAX_SAMPLE},
    chunked::Chunked,
};
use crate::fault::Fault;

/// Bytes of an answer's head, at most.
pub const MAX_HEAD: usize = 32 * 1024;

/// Header fields of an answer, at most.
const MAX_FIELDS: usize = 100;

/// What a call of [`Decoder::feed`] came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The answer goes on.
    More,
    /// The answer is complete, and so many bytes belonged to it.
    Done(usize),
}

/// Decodes one answer after another.
#[derive(Debug, Default)]
pub struct Decoder {
    state: State,
    /// The head, where it did not come in one piece.
    head: Vec<u8>,
    /// Whether the answer has no body, whatever its head says (the request was HEAD).
    bodiless: bool,
    body_len: u64,
    /// Whether any answer may be a failure; else one that is not a 2xx.
    is_picky: bool,
    /// How the body begins, where the answer may be a failure.
    sample: Vec<u8>,
    /// Every line of the head so far ended with CRLF.
    strict: bool,
    /// The answer's status, once its head is read.
    pub status: u16,
    /// Whether the connection may be used again after this answer.
    pub keep_alive: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Head,
    Sized(u64),
    Chunked(Chunked),
    /// The body ends with the connection.
    UntilClose,
    Done,
}

impl Decoder {
    /// A decoder before its first answer.
    pub fn new() -> Self {
        Self {
            state: State::Head,
            head: Vec::new(),
            bodiless: false,
            body_len: 0,
            is_picky: false,
            sample: Vec::new(),
            strict: true,
            status: 0,
            keep_alive: false,
        }
    }

    /// Expect the next answer; `head_request` when it answers HEAD, `is_picky` when a 2xx may be a failure.
    pub fn reset(&mut self, head_request: bool, is_picky: bool) {
        self.is_picky = is_picky;
        self.sample.clear();
        self.state = State::Head;
        self.bodiless = head_request;
        self.body_len = 0;
        self.strict = true;
        self.status = 0;
        self.head = Vec::new();
    }

    /// How the body of an answer begins that may be a failure, at most [`MAX_SAMPLE`] bytes.
    pub fn sample(&self) -> &[u8] {
        &self.sample
    }

    /// Whether no byte of the answer has come yet.
    pub fn untouched(&self) -> bool {
        self.state == State::Head && self.head.is_empty() && self.status == 0
    }

    /// Read on. The body is appended to `kept`, up to [`MAX_BODY_KEPT`](super::MAX_BODY_KEPT).
    ///
    /// # Errors
    /// `Malformed` and `TooLarge`; the decoder must not be fed any further.
    pub fn feed(&mut self, data: &[u8], mut kept: Option<&mut Vec<u8>>) -> Result<Progress, Fault> {
        let mut used = 0;
        loop {
            let rest = &data[used..];
            let is_sampled = (self.is_picky || !(200..300).contains(&self.status))
                && self.sample.len() < MAX_SAMPLE
                && self.status > 0;
            let sample = if is_sampled { Some(&mut self.sample) } else { None };
            let mut sink = BodySink { seen: &mut self.body_len, kept: kept.as_deref_mut(), sample };
            match &mut self.state {
                State::Head => match self.read_head(rest)? {
                    Some(taken) => used += taken,
                    None => return Ok(Progress::More),
                },
                State::Sized(left) => {
                    let take = rest.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                    sink.push(&rest[..take])?;
                    *left -= take as u64;
                    used += take;
                    if *left > 0 {
                        return Ok(Progress::More);
                    }
                    self.state = State::Done;
                }
                State::Chunked(chunked) => {
                    let (taken, complete) = chunked.feed(rest, &mut sink)?;
                    used += taken;
                    if !complete {
                        return Ok(Progress::More);
                    }
                    self.state = State::Done;
                }
                State::UntilClose => {
                    sink.push(rest)?;
                    return Ok(Progress::More);
                }
                State::Done => return Ok(Progress::Done(used)),
            }
        }
    }

    /// The connection was closed by the target.
    ///
    /// # Errors
    /// `Closed` unless the answer's body ends with the connection.
    pub fn close(&mut self) -> Result<(), Fault> {
        if self.state == State::UntilClose {
            self.state = State::Done;
            Ok(())
        } else {
            Err(Fault::Closed)
        }
    }

    /// Returns how many bytes of `data` the head took, or `None` when it goes on.
    fn read_head(&mut self, data: &[u8]) -> Result<Option<usize>, Fault> {
        if self.head.is_empty() {
            if let Some(taken) = self.parse_head(data)? {
                return Ok(Some(taken));
            }
            self.head.extend_from_slice(data);
        } else {
            let before = self.head.len();
            let room = MAX_HEAD + 1 - before.min(MAX_HEAD);
            self.head.extend_from_slice(&data[..data.len().min(room)]);
            let head = std::mem::take(&mut self.head);
            if let Some(taken) = self.parse_head(&head)? {
                // The head that was kept is incomplete by itself: it never takes less than that.
                return Ok(Some(taken.saturating_sub(before)));
            }
            self.head = head;
        }
        if self.head.len() > MAX_HEAD { Err(Fault::TooLarge) } else { Ok(None) }
    }

    fn parse_head(&mut self, data: &[u8]) -> Result<Option<usize>, Fault> {
        let mut fields = [const { std::mem::MaybeUninit::uninit() }; MAX_FIELDS];
        let mut response = httparse::Response::new(&mut []);
        let config = httparse::ParserConfig::default();
        let parsed = config.parse_response_with_uninit_headers(&mut response, data, &mut fields);
        let taken = match parsed {
            Ok(httparse::Status::Complete(taken)) => taken,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(httparse::Error::TooManyHeaders) => return Err(Fault::TooLarge),
            Err(_) => return Err(Fault::Malformed),
        };
        if taken > MAX_HEAD {
            return Err(Fault::TooLarge);
        }
        let status = response.code.ok_or(Fault::Malformed)?;
        if status == 101 || !(100..=599).contains(&status) {
            return Err(Fault::Malformed);
        }
        self.strict &= !has_bare_lf(&data[..taken]);
        if status < 200 {
            return Ok(Some(taken));
        }
        self.status = status;
        self.keep_alive = response.version == Some(1);
        self.state = self.framing(response.headers, response.version == Some(0))?;
        // A recipient may take a bare LF for the end of a line (RFC 9112, section 2.2), but a server that writes one is not
        // trusted with the place where its next answer begins.
        self.keep_alive &= self.strict;
        Ok(Some(taken))
    }

    /// How the body ends (RFC 9112, section 6.3).
    fn framing(&mut self, fields: &[httparse::Header<'_>], is_old: bool) -> Result<State, Fault> {
        let mut length = None;
        let mut coding = None;
        for field in fields {
            // Most names differ in length already.
            match field.name.len() {
                14 if field.name.eq_ignore_ascii_case("content-length") => {
                    let value = field.value.trim_ascii();
                    if value.is_empty() || value.len() > 18 || !value.iter().all(u8::is_ascii_digit) {
                        return Err(Fault::Malformed);
                    }
                    let value = value.iter().fold(0_u64, |sum, digit| sum * 10 + u64::from(digit - b'0'));
                    if length.replace(value).is_some_and(|other| other != value) {
                        return Err(Fault::Malformed);
                    }
                }
                17 if field.name.eq_ignore_ascii_case("transfer-encoding") => coding = Some(field.value),
                10 if field.name.eq_ignore_ascii_case("connection") => {
                    for option in field.value.split(|byte| *byte == b',') {
                        let option = option.trim_ascii();
                        if option.eq_ignore_ascii_case(b"close") {
                            self.keep_alive = false;
                        } else if option.eq_ignore_ascii_case(b"keep-alive") {
                            self.keep_alive = true;
                        }
                    }
                }
                _ => {}
            }
        }
        if coding.is_some() && (length.is_some() || is_old) {
            // Which of the two another recipient believes is not known (sections 6.1 and 6.3): also where there is no body.
            self.keep_alive = false;
        }
        if self.bodiless || self.status == 204 || self.status == 304 {
            return Ok(State::Done);
        }
        if let Some(coding) = coding {
            let last = coding.rsplit(|byte| *byte == b',').next().unwrap_or_default();
            if last.trim_ascii().eq_ignore_ascii_case(b"chunked") {
                return Ok(State::Chunked(Chunked::new()));
            }
        } else if let Some(length) = length {
            return Ok(State::Sized(length));
        }
        self.keep_alive = false;
        Ok(State::UntilClose)
    }
}

/// Whether a line of a head ends with LF alone. Without a branch, so that it is done for many bytes at a time.
fn has_bare_lf(head: &[u8]) -> bool {
    let pairs = head.iter().zip(head.get(1..).unwrap_or_default());
    pairs.fold(false, |bare, (before, byte)| bare | ((*byte == b'\n') & (*before != b'\r')))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::MAX_BODY_KEPT, *};

    /// Feed in pieces, then close; what came of it: status, body, reusable, bytes that were left.
    fn decode(bytes: &[u8], cuts: &[usize], head: bool) -> Result<(u16, Vec<u8>, bool, usize), Fault> {
        let mut decoder = Decoder::default();
        decoder.reset(head, false);
        let mut body = Vec::new();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        for pair in cuts.windows(2) {
            if let Progress::Done(used) = decoder.feed(&bytes[pair[0]..pair[1]], Some(&mut body))? {
                let left = bytes.len() - pair[0] - used;
                return Ok((decoder.status, body, decoder.keep_alive, left));
            }
        }
        decoder.close()?;
        Ok((decoder.status, body, decoder.keep_alive, 0))
    }

    const GOOD: [(&str, &str, bool); 9] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "", false),
        ("HTTP/1.0 200 OK\r\n\r\nold", "old", false),
        ("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nold", "old", true),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok", "ok", true),
        ("HTTP/1.1 204 No Content\r\n\r\n", "", true),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nT: 1\r\n\r\n",
            "abc0123456789",
            true,
        ),
        ("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", "", true),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nxyz", "xyz", false),
    ];

    #[test]
    fn answers_are_read() {
        for (text, body, reusable) in GOOD {
            let (_, read, keep_alive, left) = decode(text.as_bytes(), &[], false).unwrap();
            assert_eq!(
                (String::from_utf8(read).unwrap().as_str(), keep_alive, left),
                (body, reusable, 0),
                "{text}"
            );
        }
        let head = decode(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", &[], true).unwrap();
        assert_eq!(head, (200, Vec::new(), true, 0));
    }

    #[test]
    fn an_answer_with_a_doubtful_end_is_read_and_its_connection_not_used_again() {
        let both = "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n";
        for (text, body, head) in [
            (format!("HTTP/1.1 200 OK\r\n{both}\r\n2\r\nok\r\n0\r\n\r\n"), "ok", false),
            (format!("HTTP/1.1 200 OK\r\n{both}Connection: keep-alive\r\n\r\n0\r\n\r\n"), "", false),
            (format!("HTTP/1.1 200 OK\r\n{both}\r\n"), "", true),
            (format!("HTTP/1.1 204 No Content\r\n{both}\r\n"), "", false),
            (format!("HTTP/1.1 304 Not Modified\r\n{both}\r\n"), "", false),
            (
                "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                    .to_owned(),
                "",
                false,
            ),
            ("HTTP/1.1 200 OK\nContent-Length: 2\n\nok".to_owned(), "ok", false),
            ("HTTP/1.1 200 OK\nContent-Length: 2\r\n\r\nok".to_owned(), "ok", false),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\nok".to_owned(), "ok", false),
            (
                "HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_owned(),
                "ok",
                false,
            ),
        ] {
            let (status, read, keep_alive, left) = decode(text.as_bytes(), &[], head).unwrap();
            assert_eq!(
                (String::from_utf8(read).unwrap().as_str(), keep_alive, left),
                (body, false, 0),
                "{text}"
            );
            assert!((200..400).contains(&status));
        }
    }

    #[test]
    fn faults_are_named() {
        for (text, fault) in [
            ("SSH-2.0-OpenSSH_9.2\r\n", Fault::Malformed),
            ("HTTP/2 200 OK\r\n\r\n", Fault::Malformed),
            ("HTTP/1.1 99 Low\r\n\r\n", Fault::Malformed),
            ("HTTP/1.1 101 Switching\r\n\r\n", Fault::Malformed),
            ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", Fault::Malformed),
            ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", Fault::Malformed),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz", Fault::Malformed),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", Fault::Malformed),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd", Fault::Malformed),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", Fault::Closed),
            ("HTTP/1.1 200 OK\r\nConte", Fault::Closed),
            ("", Fault::Closed),
        ] {
            assert_eq!(decode(text.as_bytes(), &[], false), Err(fault), "{text}");
        }
    }

    #[test]
    fn how_the_body_of_a_failure_begins_is_kept() {
        let sample = |text: &str, is_picky: bool, cut: usize| {
            let mut decoder = Decoder::default();
            decoder.reset(false, is_picky);
            let (first, second) = text.as_bytes().split_at(cut.min(text.len()));
            for part in [first, second] {
                decoder.feed(part, None).unwrap();
            }
            String::from_utf8(decoder.sample().to_vec()).unwrap()
        };
        let long = "x".repeat(2 * MAX_SAMPLE);
        for cut in [0, 20, 60, 200, 300] {
            let failed =
                "HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
            assert_eq!(sample(failed, false, cut), "abcde", "{cut}");
            let text = format!("HTTP/1.1 500 Oops\r\nContent-Length: {}\r\n\r\n{long}", long.len());
            assert_eq!(sample(&text, false, cut).len(), MAX_SAMPLE, "{cut}");
        }
        let fine = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        assert_eq!((sample(fine, false, 9), sample(fine, true, 9)), (String::new(), "ok".to_owned()));
    }

    #[test]
    fn sizes_are_bounded() {
        let head = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(2 * MAX_HEAD));
        assert_eq!(decode(head.as_bytes(), &[10, 20_000], false), Err(Fault::TooLarge));
        let fields = format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(MAX_FIELDS + 1));
        assert_eq!(decode(fields.as_bytes(), &[], false), Err(Fault::TooLarge));

        let mut decoder = Decoder::default();
        let mut kept = Vec::new();
        let piece = vec![b'x'; 1024 * 1024];
        decoder.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", None).unwrap();
        let fault = (0..100).find_map(|_| decoder.feed(&piece, Some(&mut kept)).err());
        assert_eq!((fault, kept.len()), (Some(Fault::TooLarge), MAX_BODY_KEPT));
    }

    proptest! {
        #[test]
        fn how_the_bytes_arrive_changes_nothing(
            which in 0..GOOD.len(), extra in 0_usize..9, cuts in prop::collection::vec(any::<usize>(), 0..12)
        ) {
            let mut bytes = GOOD[which].0.as_bytes().to_vec();
            let whole = decode(&bytes, &[], false);
            prop_assert_eq!(&decode(&bytes, &cuts, false), &whole);
            // What follows a complete answer is left alone.
            if whole.as_ref().is_ok_and(|(_, _, keep_alive, _)| *keep_alive) {
                bytes.extend(std::iter::repeat_n(b'z', extra));
                let (status, body, ..) = decode(&bytes, &cuts, false)?;
                prop_assert_eq!((status, body), whole.map(|(status, body, ..)| (status, body))?);
            }
        }

        #[test]
        fn broken_bytes_never_panic(
            which in 0..GOOD.len(),
            edits in prop::collection::vec((any::<usize>(), any::<u8>(), 0_u8..3), 0..6),
            cuts in prop::collection::vec(any::<usize>(), 0..6),
        ) {
            let mut bytes = GOOD[which].0.as_bytes().to_vec();
            for (at, byte, kind) in edits {
                let at = at % bytes.len().max(1);
                match kind {
                    0 if !bytes.is_empty() => bytes[at] = byte,
                    1 => bytes.insert(at.min(bytes.len()), byte),
                    _ if !bytes.is_empty() => { bytes.remove(at); }
                    _ => {}
                }
            }
            let whole = decode(&bytes, &[], false);
            let pieces = decode(&bytes, &cuts, false);
            prop_assert_eq!(whole.map(|r| (r.0, r.1)), pieces.map(|r| (r.0, r.1)));
        }

        #[test]
        fn garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
            let _ = decode(&bytes, &[], false);
            let _ = decode(&[b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", bytes.as_slice()].concat(), &[], false);
        }
    }
}
