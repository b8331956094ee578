//! One line of text for each activity, for people who watch the command.

use std::fmt;

use crate::activity::Activity;

impl fmt::Display for Activity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request {
                method,
                path,
                status,
                reason,
                faults,
            } => {
                write!(out, "{method} {path} {status}")?;
                if let Some(reason) = reason {
                    write!(out, "  {reason}")?;
                }
                if !faults.is_empty() {
                    write!(out, "  [{}]", faults.join(", "))?;
                }
                Ok(())
            }
            Self::Event {
                kind,
                conversation,
                seq,
            } => {
                write!(out, "  event {kind} #{seq} of {conversation}")
            }
            Self::DeliveryFailed {
                conversation,
                reason,
                attempts,
            } => {
                write!(out, "  webhook: {reason} (try {attempts}, {conversation})")
            }
            Self::DeadLetter {
                conversation,
                reason,
            } => {
                write!(out, "  webhook: given up, {reason} ({conversation})")
            }
            Self::WebhookTest { problem: None } => out.write_str("webhook test passed"),
            Self::WebhookTest {
                problem: Some(problem),
            } => write!(out, "webhook test: {problem}"),
            Self::FlowStopped {
                conversation,
                bot,
                reason,
            } => write!(out, "  {bot} stopped: {reason} ({conversation})"),
            Self::Deployed { name, key, version } => {
                write!(out, "deployed {name} ({key}) version {version}")
            }
            Self::DeployFailed { file, findings } => {
                write!(
                    out,
                    "{file} was not deployed, the version before it keeps running"
                )?;
                findings
                    .iter()
                    .try_for_each(|finding| write!(out, "\n  {finding}"))
            }
        }
    }
}
