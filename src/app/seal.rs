//! Files that only their recipients open: handed to the program `age` in memory, so that what is sealed is never a file before it is.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::str::FromStr;

use super::AppError;

/// The program that seals.
const PROGRAM: &str = "age";

/// Somebody's public key: `age1…`, or a line `ssh-ed25519 …`, `ssh-rsa …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient(String);

/// What is no public key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "« {0} » is no public key: age1…, or a line ssh-ed25519 … (age-keygen makes a pair; keep AGE-SECRET-KEY-… to yourself)"
)]
pub struct NoRecipient(String);

impl FromStr for Recipient {
    type Err = NoRecipient;

    fn from_str(text: &str) -> Result<Self, NoRecipient> {
        let text = text.trim();
        let age = text
            .strip_prefix("age1")
            .is_some_and(|rest| rest.len() >= 50 && rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
        let ssh = ["ssh-ed25519 ", "ssh-rsa "].iter().any(|kind| text.starts_with(kind));
        if (age || ssh) && !text.contains(char::is_control) {
            return Ok(Self(text.to_owned()));
        }
        // A secret key given by mistake is not repeated on the screen.
        let shown = if text.starts_with("AGE-SECRET-KEY-") { "AGE-SECRET-KEY-…" } else { text };
        Err(NoRecipient(shown.chars().take(40).collect()))
    }
}

/// Bytes that each of the recipients can open, and nobody else.
///
/// # Errors
/// No program `age`; a key that it does not take.
pub fn sealed(bytes: &[u8], to: &[Recipient]) -> Result<Vec<u8>, AppError> {
    let mut command = Command::new(PROGRAM);
    for recipient in to {
        command.arg("--recipient").arg(&recipient.0);
    }
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(|e| {
            AppError::Input(format!(
                "--seal: the program {PROGRAM} cannot be started ({e}): install it (apt install age)"
            ))
        })?;
    let stdin = child.stdin.take();
    let done = std::thread::scope(|scope| {
        // Beside the reading: it says something before it has taken everything.
        scope.spawn(move || {
            // A program that has given up takes no more; what it says of that comes back below.
            let _ = stdin.map(|mut pipe| pipe.write_all(bytes));
        });
        child.wait_with_output()
    });
    let done = done.map_err(|e| AppError::Fault(format!("{PROGRAM}: {e}")))?;
    if !done.status.success() || done.stdout.is_empty() {
        let said = String::from_utf8_lossy(&done.stderr);
        return Err(AppError::Input(format!("--seal: {PROGRAM}: {}", said.lines().next().unwrap_or("no word"))));
    }
    Ok(done.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_keys_are_taken_and_nothing_else_is() {
        let key = format!("age1{}", "q".repeat(58));
        assert_eq!(key.parse(), Ok(Recipient(key.clone())));
        assert!("ssh-ed25519 AAAAC3Nz awa@bureau".parse::<Recipient>().is_ok());
        for wrong in ["", "age1", "--help", "-o/etc/passwd", "awa@example.org", "ssh-ed25519 A\nB"] {
            assert!(wrong.parse::<Recipient>().is_err(), "{wrong}");
        }
        let secret = "AGE-SECRET-KEY-1QQQQQQQQQQ".parse::<Recipient>().expect_err("a secret key");
        assert!(!secret.to_string().contains("1QQQ"), "{secret}");
    }
}
