//! Connections to Postgres: TLS by `ssl` mode. Knows neither the store nor users' databases.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use stk_contract::config::Ssl;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

/// What a URL asks for by `sslmode`, as libpq reads it: `require` encrypts and does not verify.
pub fn mode_of(config: &Config) -> Ssl {
    match config.get_ssl_mode() {
        SslMode::Disable => Ssl::Disable,
        SslMode::Require => Ssl::Require,
        _ => Ssl::Prefer,
    }
}

/// Sets what the driver is to do about TLS.
pub fn set_mode(config: &mut Config, mode: Ssl) {
    config.ssl_mode(match mode {
        Ssl::Disable => SslMode::Disable,
        Ssl::Prefer => SslMode::Prefer,
        Ssl::Require | Ssl::VerifyFull => SslMode::Require,
    });
}

/// A TLS connector: it verifies certificate and host name under `verify-full` only, as libpq does.
pub fn tls(mode: Ssl) -> MakeRustlsConnect {
    if mode == Ssl::VerifyFull {
        // The constructor takes the process' provider; where none is set, ring becomes it, and a second try is no error.
        let _ = ring::default_provider().install_default();
        return MakeRustlsConnect::with_webpki_roots();
    }
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .expect("ring supports the default protocol versions")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Unverified(provider)))
        .with_no_client_auth();
    MakeRustlsConnect::new(config)
}

/// Accepts any certificate: encryption without authentication, what `prefer` and `require` promise.
#[derive(Debug)]
struct Unverified(Arc<CryptoProvider>);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
