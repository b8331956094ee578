//! `wotnot record`: a conversation as in `chat`, while the wire is written down: a chat script and a fixture, without
//! secrets and personal data.

mod gateway;
mod service;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::screen;
use crate::wire::fixture::{Answer, Call, Fixture, Wire};
use crate::wire::redact::Redactor;
use crate::{chat, exit};

const AFTER_HELP: &str = "\
NAME.chat is the conversation as a chat script, NAME.wire.json every call with its answer and the events
that came after it. Tokens, ids of visitors, names, e-mail addresses and phone numbers are
replaced by placeholders; read both files before you share them.

Exit codes:
  0  the conversation is over and was written down
  1  something failed, or a file is there already; what was said is written down
  2  wrong arguments or settings; nothing was sent
  3 to 5  as for `wotnot chat`: the last message was not sent, was refused, or may have been taken";

/// Arguments of `wotnot record`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// The files to write, without their endings: NAME.chat and NAME.wire.json
    #[arg(value_name = "NAME")]
    path: PathBuf,
    #[command(flatten)]
    chat: chat::Args,
}

/// Runs the command.
pub fn run(args: &Args) -> ExitCode {
    let (script, wire) = (
        ending(&args.path, ".chat"),
        ending(&args.path, ".wire.json"),
    );
    for path in [&script, &wire] {
        if path.exists() {
            let problem = format!("{} is there already: choose another name", path.display());
            return exit::fail("record", &problem, exit::FAILED);
        }
    }
    let recorded = match args.chat.is_through_a_gateway() {
        true => gateway::record(&args.chat),
        false => service::record(&args.chat),
    };
    let recorded = match recorded {
        Ok(recorded) => recorded,
        Err((problem, code)) => return exit::fail("record", &problem, code),
    };
    let written = recorded.write(&script, &wire);
    let talked = recorded.outcome;
    let (problem, code) = match (talked, written) {
        (Ok(()), Ok(())) => {
            let said = format!("saved to {} and {}", script.display(), wire.display());
            screen::print(&screen::note(&said));
            return ExitCode::SUCCESS;
        }
        (Err(failed), Ok(())) => failed,
        (_, Err(problem)) => (problem, exit::FAILED),
    };
    exit::fail("record", &problem, code)
}

fn ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// A conversation that was held.
struct Recorded {
    /// As a chat script.
    script: String,
    /// How it ended.
    outcome: Result<(), chat::Failed>,
    wire: Wire,
    calls: Vec<Call>,
    /// What is written down nowhere.
    secrets: Vec<String>,
}

impl Recorded {
    /// Writes both files, without what is nobody's business.
    fn write(&self, script: &Path, wire: &Path) -> Result<(), String> {
        let mut redactor = Redactor::new(&self.calls, &self.secrets);
        let calls = self.calls.iter().cloned();
        let calls = calls
            .map(|call| Call {
                request: redactor.value(call.request),
                answer: Answer {
                    body: redactor.value(call.answer.body),
                    ..call.answer
                },
                events: call
                    .events
                    .into_iter()
                    .map(|event| redactor.value(event))
                    .collect(),
                call: call.call,
            })
            .collect();
        let text = redactor.text(&self.script);
        for (path, text) in [
            (script, text),
            (wire, Fixture::new(self.wire, calls).text()),
        ] {
            File::create_new(path)
                .and_then(|mut file| file.write_all(text.as_bytes()))
                .map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(())
    }
}
