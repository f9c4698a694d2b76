//! What helps against failures that have different causes.

/// What helps when the portal can't be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NetworkRemedy {
    /// Check the connection and the space's name.
    CheckConnection,
    /// Set this machine's clock.
    SetClock,
    /// Give the name that the certificate is for.
    CheckSpace,
    /// Trust the authority that signed the certificate.
    TrustAuthority,
    /// Install certificate authorities: there are none.
    InstallAuthorities,
    /// Use another proxy, or none.
    CheckProxy,
    /// Give the proxy a user name and a password.
    SetProxyPassword,
}

impl NetworkRemedy {
    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::CheckConnection => {
                "check the connection and the space's name; `-v` shows each request"
            }
            Self::SetClock => "check this machine's clock; if it is right, tell the space's team",
            Self::CheckSpace => CHECK_SPACE,
            Self::TrustAuthority => {
                "try another network; if you trust this one, set SSL_CERT_FILE to a file with its certificate authority"
            }
            Self::InstallAuthorities => "set SSL_CERT_FILE to a file of certificate authorities",
            Self::CheckProxy => {
                "check HTTPS_PROXY and ALL_PROXY; NO_PROXY lists hosts to reach directly"
            }
            Self::SetProxyPassword => {
                "put the user name and password in the proxy's address: http://USER:PASSWORD@proxy.example:3128"
            }
        }
    }
}

pub(super) const CHECK_SPACE: &str =
    "check `--space`: it is the name before .spaces.nexudus.com, for example `--space acme`";
