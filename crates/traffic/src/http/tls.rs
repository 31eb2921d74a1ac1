//! TLS for `https` targets, HTTP/1.1 only. Where the processor lacks what it takes, such a target is refused with a clear error.

use std::{
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use mio::net::TcpStream;
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, InvalidDnsNameError, ServerName, UnixTime, pem::PemObject},
};

use stackctl_base::{fs, tls};

/// Why an `https` target cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The processor lacks what the arithmetic needs.
    #[error("TLS needs an x86-64 processor with AES, AVX2, ADX and PCLMULQDQ or a 64-bit ARM one")]
    Processor,
    /// The host cannot stand in a certificate.
    #[error("the host cannot be named in a certificate")]
    Name(#[from] InvalidDnsNameError),
    /// rustls refused its configuration.
    #[error("TLS cannot be set up")]
    Setup(#[from] rustls::Error),
    /// The certificates to trust cannot be read.
    #[error("failed to read the certificates of ca_file {path}")]
    CaFile {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
}

/// Whom a TLS connection trusts.
#[derive(Debug, Clone, Copy)]
pub struct Trust<'a> {
    /// A PEM file with certificates beside the machine's own.
    pub ca_file: Option<&'a PathBuf>,
    /// Any certificate.
    pub insecure: bool,
}

/// What every TLS connection to the target shares: trusted roots, session tickets.
#[derive(Debug, Clone)]
pub struct Tls {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl Tls {
    /// For one host. Trusts the machine's roots (`SSL_CERT_FILE` and `SSL_CERT_DIR` name others), or Mozilla's where
    /// the machine has none, and what `trust` adds.
    ///
    /// # Errors
    /// When TLS cannot work here at all, or the file of certificates holds none.
    pub fn new(host: &str, trust: Trust<'_>) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        if let Some(path) = trust.ca_file {
            let read = certificates(path).and_then(|found| {
                let (added, _) = roots.add_parsable_certificates(found);
                let none =
                    || io::Error::new(io::ErrorKind::InvalidData, "there is no certificate in it (PEM)");
                if added == 0 { Err(none()) } else { Ok(()) }
            });
            read.map_err(|source| TlsError::CaFile { path: path.display().to_string(), source })?;
        }
        let provider = Arc::new(tls::provider().ok_or(TlsError::Processor)?);
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?;
        let builder = if trust.insecure {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Anyone(provider)))
        } else {
            builder.with_root_certificates(roots)
        };
        let mut config = builder.with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), name: ServerName::try_from(host.to_owned())? })
    }
}

/// The certificates of a PEM file.
fn certificates(path: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let bytes = fs::read(path)?;
    let invalid = |error| io::Error::new(io::ErrorKind::InvalidData, format!("not PEM: {error}"));
    CertificateDer::pem_slice_iter(&bytes).collect::<Result<_, _>>().map_err(invalid)
}

/// Trusts any certificate: whoever answers at the target's address is the target. Signatures are still checked, so that a broken
/// server is one.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// One TLS connection over a socket that does not block.
#[derive(Debug)]
pub struct TlsStream {
    socket: TcpStream,
    session: ClientConnection,
}

impl TlsStream {
    pub fn new(tls: &Tls, socket: TcpStream) -> io::Result<Self> {
        let session = ClientConnection::new(Arc::clone(&tls.config), tls.name.clone()).map_err(invalid)?;
        Ok(Self { socket, session })
    }

    pub fn socket(&mut self) -> &mut TcpStream {
        &mut self.socket
    }

    /// Move the handshake on. `Ok(true)` once it is complete.
    pub fn handshake(&mut self) -> io::Result<bool> {
        while self.session.is_handshaking() {
            if self.session.wants_write() {
                match self.session.write_tls(&mut self.socket) {
                    Ok(_) => continue,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                    Err(error) => return Err(error),
                }
            }
            match self.receive() {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        self.flush()?;
        Ok(true)
    }

    /// Take records off the socket.
    fn receive(&mut self) -> io::Result<usize> {
        let read = self.session.read_tls(&mut self.socket)?;
        if let Err(error) = self.session.process_new_packets() {
            // The alert tells the target why; that it may not arrive changes nothing.
            let _ = self.session.write_tls(&mut self.socket);
            return Err(invalid(error));
        }
        Ok(read)
    }

    fn flush(&mut self) -> io::Result<()> {
        while self.session.wants_write() {
            match self.session.write_tls(&mut self.socket) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl Read for TlsStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.session.reader().read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return done,
            }
            if self.receive()? == 0 {
                // The peer left without a close_notify: the HTTP framing tells whether something is missing.
                return Ok(0);
            }
            self.flush()?;
        }
    }
}

impl Write for TlsStream {
    /// Takes what fits the session's buffer; what the socket does not take yet goes out with later calls.
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.flush()?;
        let taken = self.session.writer().write(data)?;
        self.flush()?;
        if taken == 0 { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(taken) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Self::flush(self)
    }
}

fn invalid(error: rustls::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
