//! Why a connection to the public URL fails: its certificate, or that nobody speaks TLS or HTTP there.

use std::{error::Error, io};

use chrono::DateTime;
use domain::error::innermost;
use rustls::{AlertDescription, CertificateError, pki_types::UnixTime};
use url::Url;

use super::{Finding, Part};

/// What to do about an issuer that is not known.
const ISSUER: &str = "Let the proxy send the whole chain (of certbot, fullchain.pem). If you are the issuer yourself, \
    this machine has to know it (on Debian `update-ca-certificates`, elsewhere SSL_CERT_FILE), and so \
    have the devices of all users.";

/// What to do about a certificate that is that of an authority.
const OWN: &str = "Obtain one from an authority, such as with certbot. One that you make yourself must not be that of an \
    authority (`openssl req -x509 -addext basicConstraints=critical,CA:FALSE …`); this machine has to know \
    it, and so have the devices of all users.";

/// Judges why a request failed.
pub fn judge(url: &Url, error: &reqwest::Error) -> Finding {
    let part = Part::Network;
    let host = url.host_str().unwrap_or_default();
    let Some(cause) = find::<rustls::Error>(error) else {
        return part.problem(
            format!("What answers at {url} does not speak HTTP: {}.", innermost(error)),
            "Correct --public-url, or let the proxy listen there; if it provides TLS, begin --public-url \
             with https.",
        );
    };
    match cause {
        rustls::Error::InvalidCertificate(wrong) => judge_certificate(host, wrong),
        rustls::Error::AlertReceived(AlertDescription::UnrecognisedName) => part.problem(
            format!("The proxy has no certificate for {host}."),
            format!("Obtain a certificate for {host}, or correct --public-url."),
        ),
        rustls::Error::InvalidMessage(_) => part.problem(
            format!("What answers at {url} does not speak TLS."),
            "Let the proxy provide TLS at this port, or correct --public-url.",
        ),
        _ => part.problem(
            format!("TLS fails at {url}: {cause}."),
            "See the log of the proxy, and which certificate and versions of TLS (1.2, 1.3) it has.",
        ),
    }
}

fn judge_certificate(host: &str, wrong: &CertificateError) -> Finding {
    let part = Part::Network;
    let day = |at: &UnixTime| {
        let at = i64::try_from(at.as_secs()).ok().and_then(|at| DateTime::from_timestamp(at, 0));
        at.map(|at| at.format("%F").to_string()).unwrap_or_default()
    };
    match wrong {
        CertificateError::ExpiredContext { not_after, .. } => part.problem(
            format!("The certificate of {host} expired on {}.", day(not_after)),
            "Renew it, let the proxy load it, and see why that did not happen by itself.",
        ),
        CertificateError::NotValidYetContext { not_before, .. } => part.problem(
            format!("The certificate of {host} is only valid from {} on.", day(not_before)),
            "Set the clock of this machine by a time server, or that of whoever issued it.",
        ),
        CertificateError::NotValidForNameContext { presented, .. } => {
            // They are written as `DnsName("a.example")`.
            let names = presented.iter().map(|name| name.split('"').nth(1).unwrap_or(name));
            let names: Vec<_> = names.collect();
            part.problem(
                format!("The certificate is not for {host}, but for: {}.", names.join(", ")),
                format!("Obtain a certificate for {host}, or correct --public-url."),
            )
        }
        CertificateError::UnknownIssuer => {
            part.problem(format!("The issuer of the certificate of {host} is not known."), ISSUER)
        }
        // What the library that checks them says has no name here.
        CertificateError::Other(other) if other.0.to_string() == "CaUsedAsEndEntity" => part.problem(
            format!(
                "The certificate of {host} is not accepted: it is that of an authority, as one that is \
                 its own issuer often is."
            ),
            OWN,
        ),
        CertificateError::Other(other) => {
            part.problem(format!("The certificate of {host} is not accepted: {}.", other.0), ISSUER)
        }
        other => {
            part.problem(format!("The certificate of {host} is not accepted: {other}."), ISSUER)
        }
    }
}

/// The cause of this type. Errors of reading and writing do not say by themselves that they have one.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}
