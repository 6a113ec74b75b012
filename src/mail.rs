//! Handing letters to a mail server: the only user of SMTP.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::Error as SmtpError;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

/// How long one step of the hand-over may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A letter to be handed over.
#[derive(Clone, Debug)]
pub struct Outgoing {
    pub address: String,
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// What makes it known again: the same letter has the same, however often it is handed over.
    pub message_id: String,
}

/// Why a letter was not handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Not now: the server can't be reached, or asks to try later. Nothing was sent.
    Later(String),
    /// Never: the address or the letter is refused.
    Never(String),
    /// The connection broke while the letter was under way: nobody knows whether the server took it.
    Unsure(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Later(text) | Self::Never(text) | Self::Unsure(text) => formatter.write_str(text),
        }
    }
}

/// Whether letters would go unencrypted to a mail server on another machine.
pub fn is_exposed(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("smtp://") else { return false };
    let (authority, query) = rest.split_once(['?', '/']).unwrap_or((rest, ""));
    let encrypted = query.rsplit(['?', '&', '/']).any(|option| option == "tls=required");
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, _)) => host,
        None => host.split(':').next().unwrap_or_default(),
    };
    let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    !encrypted && !here
}

/// A mail server that takes our letters.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mailer {
    /// A mail server at `url`: `smtps://user:password@host` (TLS from the start), `smtp://host:587?tls=required`
    /// (STARTTLS), or `smtp://host` (no encryption, for a server on the same machine). Letters come `from`.
    ///
    /// # Errors
    /// What is wrong with the one or the other, without the password.
    pub fn new(url: &str, from: &str) -> Result<Self, String> {
        let from = from.parse().map_err(|_| "the sender's address is not valid".to_owned())?;
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|_| "the address of the mail server is not valid".to_owned())?;
        Ok(Self { transport: transport.timeout(Some(TIMEOUT)).build(), from })
    }

    /// Hands a letter over.
    ///
    /// # Errors
    /// Why it was not, or whether that is not known.
    pub async fn send(&self, letter: &Outgoing) -> Result<(), Failure> {
        let never = |error: &dyn fmt::Display| Failure::Never(error.to_string());
        let to: Mailbox =
            letter.address.parse().map_err(|error: lettre::address::AddressError| never(&error))?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(letter.subject.clone())
            .message_id(Some(letter.message_id.clone()))
            .header(ContentType::TEXT_PLAIN)
            .body(letter.body.clone())
            .map_err(|error| never(&error))?;
        // Whether the server can be reached is asked first: what fails here has sent nothing for sure.
        match self.transport.test_connection().await {
            Ok(true) => {}
            Ok(false) => return Err(Failure::Later("the mail server does not answer".to_owned())),
            Err(error) => return Err(Failure::Later(error.to_string())),
        }
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => Err(failure(&error)),
        }
    }
}

fn failure(error: &SmtpError) -> Failure {
    if error.is_permanent() {
        Failure::Never(error.to_string())
    } else if error.is_transient() {
        Failure::Later(error.to_string())
    } else {
        Failure::Unsure(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_leaves_the_machine_unencrypted_is_exposed() {
        for url in [
            "smtp://mail.example.org",
            "smtp://u:p@10.0.0.9:25",
            "smtp://u:p@127.0.0.1@mail.example.org:587?tls=opportunistic",
            "smtp://[2001:db8::1]:25",
        ] {
            assert!(is_exposed(url), "{url}");
        }
        for url in [
            "smtps://mail.example.org",
            "smtp://mail.example.org:587?tls=required",
            "smtp://u:p@localhost:25",
            "smtp://127.0.0.1:2525",
            "smtp://[::1]:25",
        ] {
            assert!(!is_exposed(url), "{url}");
        }
    }
}
