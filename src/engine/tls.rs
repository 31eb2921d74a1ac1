//! An engine behind TLS that proves who it is, and to which stackctl does: the `ca.pem`, `cert.pem` and `key.pem` of the
//! `docker` command.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use bollard::{ClientVersion, Docker, errors::Error};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{
        CertificateDer, PrivateKeyDer, ServerName,
        pem::{self, PemObject},
    },
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::tunnel::{self, Dialing, Tunnel};
use crate::{fs, tls};

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The processor lacks what the arithmetic needs.
    #[error("TLS needs an x86-64 processor with AES, AVX2, ADX and PCLMULQDQ or a 64-bit ARM one")]
    Processor,
    /// The address has no host or no port.
    #[error("{0:?} is not of the form HOST:PORT")]
    Address(String),
    /// A file cannot be read, or holds something else.
    #[error("failed to read {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: rustls::pki_types::pem::Error,
    },
    /// rustls refuses what the files hold.
    #[error("the certificates cannot be used")]
    Setup(#[from] rustls::Error),
}

/// The engine at `tcp://HOST:PORT` with the files of `folder`; nothing is sent yet. Without a `ca.pem` the machine's own roots
/// are trusted, without a `cert.pem` nothing is proved to the engine.
///
/// # Errors
/// When a file or the address is wrong, or TLS cannot work here.
pub fn open(
    address: &str,
    folder: &Path,
    seconds: u64,
    version: &ClientVersion,
) -> Result<Result<Docker, Error>, TlsError> {
    let authority =
        address.split_once("://").map_or(address, |(_, rest)| rest).trim_end_matches('/').to_owned();
    let no_address = || TlsError::Address(authority.clone());
    let (host, _) = authority.rsplit_once(':').ok_or_else(no_address)?;
    let name = ServerName::try_from(host.trim_start_matches('[').trim_end_matches(']').to_owned());
    let name = name.map_err(|_| no_address())?;
    let connector = TlsConnector::from(Arc::new(configuration(folder)?));
    let dial = move || -> Dialing {
        let (connector, name, authority) = (connector.clone(), name.clone(), authority.clone());
        Box::pin(async move {
            let socket = TcpStream::connect(authority).await?;
            let stream = connector.connect(name, socket).await?;
            Ok(Tunnel { stream: Box::new(stream), opening: None, _child: None })
        })
    };
    Ok(tunnel::open(dial, seconds, version))
}

fn configuration(folder: &Path) -> Result<ClientConfig, TlsError> {
    let mut roots = RootCertStore::empty();
    match certificates(&folder.join("ca.pem"))? {
        Some(trusted) => {
            for certificate in trusted {
                roots.add(certificate)?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(tls::provider().ok_or(TlsError::Processor)?))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    let Some(own) = certificates(&folder.join("cert.pem"))? else {
        return Ok(builder.with_no_client_auth());
    };
    let path = folder.join("key.pem");
    let key = fs::read(&path).map_err(pem::Error::Io).and_then(|text| PrivateKeyDer::from_pem_slice(&text));
    let key = key.map_err(|source| TlsError::File { path, source })?;
    Ok(builder.with_client_auth_cert(own, key)?)
}

/// The certificates of a file; `None` where there is no such file.
fn certificates(path: &Path) -> Result<Option<Vec<CertificateDer<'static>>>, TlsError> {
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read(path).map_err(pem::Error::Io);
    let read = text.and_then(|text| CertificateDer::pem_slice_iter(&text).collect());
    read.map(Some).map_err(|source| TlsError::File { path: path.to_owned(), source })
}

/// Why a connection was refused, where the reason is TLS.
pub fn reason(error: &io::Error) -> Option<String> {
    error.get_ref()?.downcast_ref::<rustls::Error>().map(ToString::to_string)
}
