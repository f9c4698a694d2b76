//! TLS that loads certificate roots when the first certificate arrives: those of the system, or of
//! files that replace them.
//!
//! Loading the system's takes longer than a whole request on loopback, and fails on a machine without
//! any, even if no request uses TLS.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_platform_verifier::Verifier;

/// TLS 1.2 and 1.3 without a client certificate. It trusts the roots in these files and folders; the
/// platform's verifier decides if there are none.
///
/// # Errors
/// If the provider supports neither version; ring does.
pub(super) fn client_config(roots: Vec<PathBuf>) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = LazyVerifier {
        provider: Arc::clone(&provider),
        roots,
        loaded: OnceLock::new(),
    };
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

/// A verifier that is created when the first certificate arrives.
#[derive(Debug)]
struct LazyVerifier {
    provider: Arc<CryptoProvider>,
    roots: Vec<PathBuf>,
    loaded: OnceLock<Result<Arc<dyn ServerCertVerifier>, Error>>,
}

impl LazyVerifier {
    fn loaded(&self) -> Result<&dyn ServerCertVerifier, Error> {
        let load = || {
            let provider = Arc::clone(&self.provider);
            if self.roots.is_empty() {
                Ok(Arc::new(Verifier::new(provider)?) as Arc<dyn ServerCertVerifier>)
            } else {
                verifier_of(&self.roots, provider)
            }
        };
        match self.loaded.get_or_init(load) {
            Ok(verifier) => Ok(&**verifier),
            Err(error) => Err(error.clone()),
        }
    }
}

/// A verifier that trusts the roots in these files and folders only.
///
/// The platform's verifier reads `SSL_CERT_FILE` and `SSL_CERT_DIR` itself on Linux, but not on Windows
/// and macOS.
fn verifier_of(
    roots: &[PathBuf],
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    let mut store = RootCertStore::empty();
    for path in roots {
        let (file, folder): (Option<&Path>, Option<&Path>) = if path.is_dir() {
            (None, Some(path))
        } else {
            (Some(path), None)
        };
        let found = rustls_native_certs::load_certs_from_paths(file, folder);
        store.add_parsable_certificates(found.certs);
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(store.into(), provider).build();
    // The only failure without revocation lists.
    Ok(verifier.map_err(|_| Error::General("no CA certificates".to_owned()))?)
}

impl ServerCertVerifier for LazyVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.loaded()?.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        )
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.loaded()?.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.loaded()?.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    use rustls::crypto::ring::sign::any_supported_type;
    use rustls::pki_types::PrivateKeyDer;
    use rustls::server::{ClientHello, ResolvesServerCert};
    use rustls::sign::CertifiedKey;
    use rustls::version::{TLS12, TLS13};
    use rustls::{
        CertificateError, ClientConnection, ServerConfig, ServerConnection,
        SupportedProtocolVersion,
    };

    use super::*;

    /// A server's certificate and key, which need not belong together.
    #[derive(Debug)]
    struct Shown(Arc<CertifiedKey>);

    impl ResolvesServerCert for Shown {
        fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
            Some(Arc::clone(&self.0))
        }
    }

    /// Performs a handshake with a client that trusts the root in a file.
    fn handshake(
        root: &Path,
        shown: CertifiedKey,
        version: &'static SupportedProtocolVersion,
    ) -> Result<(), Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = LazyVerifier {
            provider: Arc::clone(&provider),
            roots: vec![root.to_owned()],
            loaded: OnceLock::new(),
        };
        let client = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[version])?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        let server = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Shown(Arc::new(shown))));
        let name = ServerName::try_from("acme.example").unwrap();
        let mut client = ClientConnection::new(Arc::new(client), name)?;
        let mut server = ServerConnection::new(Arc::new(server))?;
        while client.is_handshaking() || server.is_handshaking() {
            let mut wire = Vec::new();
            while client.wants_write() {
                client.write_tls(&mut wire).unwrap();
            }
            server.read_tls(&mut wire.as_slice()).unwrap();
            server.process_new_packets()?;
            let mut wire = Vec::new();
            while server.wants_write() {
                server.write_tls(&mut wire).unwrap();
            }
            client.read_tls(&mut wire.as_slice()).unwrap();
            client.process_new_packets()?;
        }
        Ok(())
    }

    #[test]
    fn a_server_must_have_the_key_of_its_certificate() {
        let authority_key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let file = tempfile::NamedTempFile::new().unwrap();
        let root = params.self_signed(&authority_key).unwrap();
        std::fs::write(file.path(), root.pem()).unwrap();
        let authority = Issuer::new(params, &authority_key);
        let (own, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let leaf = CertificateParams::new(["acme.example".to_owned()])
            .unwrap()
            .signed_by(&own, &authority)
            .unwrap();
        let shown = |key: &KeyPair| {
            let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
            CertifiedKey::new(vec![leaf.der().clone()], any_supported_type(&key).unwrap())
        };
        for version in [&TLS12, &TLS13] {
            let good = handshake(file.path(), shown(&own), version);
            assert_eq!(good, Ok(()), "{version:?}");
            let forged = handshake(file.path(), shown(&other), version);
            let bad_signature = Error::InvalidCertificate(CertificateError::BadSignature);
            assert_eq!(forged, Err(bad_signature), "{version:?}");
        }
    }
}
