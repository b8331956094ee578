//! `wotnot flow new`: a flow to begin with, and the chat scripts that test it, from one of the sample bots.

use std::fs::File;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::{Done, FOUND_WRONG, NOT_DONE};
use crate::output::complain;

/// Arguments of `wotnot flow new`. What is not given is asked for at a terminal.
#[derive(clap::Args)]
pub struct Args {
    /// The file to write, without its ending: NAME.yaml, and NAME.chat and NAME.*.chat beside it
    #[arg(value_name = "NAME")]
    path: PathBuf,
    /// What the bot is for
    #[arg(long, value_enum)]
    template: Option<Template>,
    /// What people call the bot; NAME when left out
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The key that clients start it with; made from NAME when left out
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

/// What a bot is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Template {
    /// Asks who the visitor is and what they want
    Lead,
    /// Helps first, then hands over to a person
    Support,
    /// Books a day
    Booking,
    /// Sells from cards
    Shop,
}

/// A sample bot: its flow, and its scripts by what stands between name and ending.
struct Sample {
    flow: &'static str,
    scripts: &'static [(&'static str, &'static str)],
}

macro_rules! sample {
    ($name:literal, [$($script:literal),*]) => {
        Sample {
            flow: include_str!(concat!("../../../../flows/", $name, ".yaml")),
            scripts: &[$(($script, include_str!(concat!("../../../../flows/", $name, $script, ".chat")))),*],
        }
    };
}

impl Template {
    const fn sample(self) -> Sample {
        match self {
            Self::Lead => sample!("lead-capture", ["", ".phone", ".small"]),
            Self::Support => sample!("hand-over", ["", ".helped", ".known", ".phone", ".wrong"]),
            Self::Booking => sample!("appointment", ["", ".person"]),
            Self::Shop => sample!("shop", ["", ".large", ".no", ".address"]),
        }
    }
}

/// Writes the files. None of them may be there.
pub fn run(args: &Args) -> Done {
    let asked = io::stdin().is_terminal() && io::stdout().is_terminal();
    let mut answers = io::stdin().lock();
    let answers: Option<&mut dyn BufRead> = match asked {
        true => Some(&mut answers),
        false => None,
    };
    let made = ask(args, answers).and_then(|bot| write(&args.path, &bot));
    match made {
        Ok(written) => Done {
            code: 0,
            text: written,
        },
        Err((problem, code)) => {
            complain(format_args!("wotnot flow new: {problem}"));
            Done {
                code,
                text: String::new(),
            }
        }
    }
}

/// The bot that is wanted.
struct Bot {
    template: Template,
    name: String,
    key: String,
}

type Failed = (String, u8);

fn ask(args: &Args, mut answers: Option<&mut dyn BufRead>) -> Result<Bot, Failed> {
    let stem = args.path.file_name().and_then(|name| name.to_str());
    let Some(stem) = stem.filter(|_| args.path.extension().is_none()) else {
        let problem = format!(
            "{}: expected a name without an ending, such as `my-shop`",
            args.path.display()
        );
        return Err((problem, NOT_DONE));
    };
    let template = match args.template {
        Some(template) => template,
        None => question(
            &mut answers,
            "What is it for: lead, support, booking or shop?",
            "lead",
            |text| Template::from_str(text, true),
        )?,
    };
    let not_empty = |text: &str| match text.trim() {
        "" => Err("it must not be empty".to_owned()),
        text => Ok(text.to_owned()),
    };
    let name = match &args.name {
        Some(name) => {
            not_empty(name).map_err(|problem| (format!("--name: {problem}"), NOT_DONE))?
        }
        None => question(&mut answers, "What do people call it?", stem, not_empty)?,
    };
    let key = match &args.key {
        Some(key) => not_empty(key).map_err(|problem| (format!("--key: {problem}"), NOT_DONE))?,
        None => question(
            &mut answers,
            "Which key do clients start it with?",
            &key_of(stem),
            not_empty,
        )?,
    };
    Ok(Bot {
        template,
        name,
        key,
    })
}

/// Asks until the answer can be used; an empty one, or nobody to ask, gives the suggestion.
fn question<T>(
    answers: &mut Option<&mut dyn BufRead>,
    text: &str,
    suggestion: &str,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<T, Failed> {
    loop {
        let mut line = String::new();
        if let Some(answers) = answers {
            let mut out = io::stdout();
            let said = write!(out, "{text} [{suggestion}] ").and_then(|()| out.flush());
            said.and_then(|()| answers.read_line(&mut line))
                .map_err(|error| (error.to_string(), FOUND_WRONG))?;
        }
        let answer = match line.trim() {
            "" => suggestion,
            answer => answer,
        };
        match read(answer) {
            Ok(value) => return Ok(value),
            Err(problem) if answers.is_some() && !line.is_empty() => complain(problem),
            Err(problem) => return Err((problem, NOT_DONE)),
        }
    }
}

/// Letters and digits of a name, in lower case, with a dash between.
fn key_of(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    match words.is_empty() {
        true => "bot".to_owned(),
        false => words.join("-"),
    }
}

fn write(path: &Path, bot: &Bot) -> Result<String, Failed> {
    let sample = bot.template.sample();
    let mut files = vec![(path.with_extension("yaml"), flow(&sample, bot))];
    for (between, script) in sample.scripts {
        let mut name = path.as_os_str().to_owned();
        name.push(format!("{between}.chat"));
        files.push((PathBuf::from(name), (*script).to_owned()));
    }
    if let Some((there, _)) = files.iter().find(|(path, _)| path.exists()) {
        let problem = format!("{} is there already: choose another name", there.display());
        return Err((problem, FOUND_WRONG));
    }
    let mut said = String::new();
    for (path, text) in &files {
        let written = File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| (format!("{}: {error}", path.display()), FOUND_WRONG))?;
        said.push_str(&format!("{}\n", path.display()));
    }
    let flow = files.first().map(|(path, _)| path.display().to_string());
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => format!(" {}", folder.display()),
        _ => String::new(),
    };
    said.push_str(&format!(
        "\nwotnot demo --flow {} talks to it, wotnot flow test{folder} plays its scripts\n",
        flow.unwrap_or_default()
    ));
    Ok(said)
}

/// The sample's flow under another name; the line for editors leads to a file that is not here.
fn flow(sample: &Sample, bot: &Bot) -> String {
    let (name, key) = (serde_json::json!(bot.name), serde_json::json!(bot.key));
    let mut text = String::new();
    for line in sample.flow.lines() {
        if line.starts_with("# yaml-language-server:") {
            continue;
        }
        match line.starts_with("bot: ") {
            true => text.push_str(&format!("bot: {{name: {name}, key: {key}}}")),
            false => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_a_flow_that_can_run_under_any_name() {
        for template in Template::value_variants() {
            let bot = Bot {
                template: *template,
                name: "A \"b\": {c}".to_owned(),
                key: "k: #1".to_owned(),
            };
            let text = flow(&template.sample(), &bot);
            let checked = wotnot_emulator::flow::check("new.yaml", &text);
            assert!(checked.findings.is_empty(), "{:?}", checked.findings);
            let made = checked.flow.unwrap().bot;
            assert_eq!((made.name, made.key), (bot.name, bot.key));
        }
    }

    #[test]
    fn what_is_not_given_is_asked_and_asked_again() {
        let args = Args {
            path: "my_Shop".into(),
            template: None,
            name: None,
            key: None,
        };
        let mut answers: &[u8] = b"store\nshop\nCorner shop\n\n";
        let bot = ask(&args, Some(&mut answers)).unwrap_or_else(|(problem, _)| panic!("{problem}"));
        assert_eq!(bot.template, Template::Shop);
        assert_eq!(
            (bot.name.as_str(), bot.key.as_str()),
            ("Corner shop", "my-shop")
        );
        let bot = ask(&args, None).unwrap_or_else(|(problem, _)| panic!("{problem}"));
        assert_eq!(
            (bot.template, bot.name.as_str()),
            (Template::Lead, "my_Shop")
        );
    }
}
