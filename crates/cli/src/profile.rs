//! `wotnot.toml`: settings by profile, below what the environment and arguments say. It holds no secret, only
//! the files or variables in which they are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use clap::{Arg, ArgMatches, Command};
use serde::Deserialize;
use toml::Spanned;

/// The file that is looked for, in the working directory and those above it.
pub const FILE_NAME: &str = "wotnot.toml";
const ARGUMENT: &str = "profile";

/// What the file says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// The profile where nobody names one.
    profile: Option<Spanned<String>>,
    #[serde(default)]
    profiles: BTreeMap<String, Profile>,
}

/// One profile.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Profile {
    base_url: Option<String>,
    gateway: Option<String>,
    app: Option<String>,
    origin: Option<String>,
    bot_key: Option<String>,
    bot_key_field: Option<String>,
    ca_file: Option<PathBuf>,
    proxy: Option<String>,
    timeout: Option<u64>,
    listen: Option<String>,
    webhook_path: Option<String>,
    token_file: Option<PathBuf>,
    token_env: Option<String>,
    webhook_token_file: Option<PathBuf>,
    webhook_token_env: Option<String>,
}

impl Profile {
    /// The setting that a variable of the environment stands for.
    fn setting(&self, variable: &str) -> Option<String> {
        match variable {
            "WOTNOT_BASE_URL" => self.base_url.clone(),
            "WOTNOT_GATEWAY" => self.gateway.clone(),
            "WOTNOT_APP" => self.app.clone(),
            "WOTNOT_ORIGIN" => self.origin.clone(),
            "WOTNOT_BOT_KEY" => self.bot_key.clone(),
            "WOTNOT_BOT_KEY_FIELD" => self.bot_key_field.clone(),
            "WOTNOT_CA_FILE" => self.ca_file.as_ref().map(|it| it.display().to_string()),
            "WOTNOT_PROXY" => self.proxy.clone(),
            "WOTNOT_TIMEOUT" => self.timeout.map(|seconds| seconds.to_string()),
            "WOTNOT_WEBHOOK_LISTEN" => self.listen.clone(),
            "WOTNOT_WEBHOOK_PATH" => self.webhook_path.clone(),
            _ => None,
        }
    }

    /// Paths are relative to the folder of the file.
    fn below(mut self, folder: &Path) -> Self {
        let paths = [
            &mut self.ca_file,
            &mut self.token_file,
            &mut self.webhook_token_file,
        ];
        for path in paths.into_iter().flatten() {
            *path = folder.join(&*path);
        }
        self
    }
}

/// The profile in force, which the whole process has in common like its environment.
static IN_FORCE: OnceLock<InForce> = OnceLock::new();

struct InForce {
    /// Its name and its file, for people.
    name: String,
    profile: Profile,
}

/// The name of the profile in force and its file, in words.
pub fn name() -> Option<&'static str> {
    IN_FORCE.get().map(|it| it.name.as_str())
}

/// A variable of the environment that says something.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// A setting of the environment, else of the profile.
pub fn setting(name: &str) -> Option<String> {
    variable(name).or_else(|| IN_FORCE.get()?.profile.setting(name))
}

/// A secret that the command needs; none is ever an argument, or a word of the file.
#[derive(Clone, Copy, Debug)]
pub enum Secret {
    /// The account's token.
    Token,
    /// The token set beside the endpoint of the account's webhook.
    WebhookToken,
}

impl Secret {
    const fn variable(self) -> &'static str {
        match self {
            Self::Token => "WOTNOT_TOKEN",
            Self::WebhookToken => "WOTNOT_WEBHOOK_TOKEN",
        }
    }

    const fn option(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::WebhookToken => "webhook-token",
        }
    }

    /// From the file that an argument names, the environment or the profile, in this order; `None` where
    /// nobody names one.
    ///
    /// # Errors
    /// A file that cannot be read. Nothing of what it holds is shown.
    pub fn read(self, file: Option<&Path>) -> Result<Option<String>, String> {
        let in_file = format!("{}_FILE", self.variable());
        let named = file.map(Path::to_owned);
        let named = named.or_else(|| variable(&in_file).map(PathBuf::from));
        let profile = IN_FORCE.get().map(|it| &it.profile);
        let (profile_file, profile_variable) = match (self, profile) {
            (Self::Token, Some(it)) => (it.token_file.as_deref(), it.token_env.as_deref()),
            (Self::WebhookToken, Some(it)) => (
                it.webhook_token_file.as_deref(),
                it.webhook_token_env.as_deref(),
            ),
            (_, None) => (None, None),
        };
        let text = match (named, variable(self.variable())) {
            (Some(path), _) => Some(read(&path, &format!("--{}-file", self.option()))?),
            (None, Some(text)) => Some(text),
            (None, None) => match (profile_variable.and_then(variable), profile_file) {
                (Some(text), _) => Some(text),
                (None, Some(path)) => {
                    let key = format!("{}_file", self.option().replace('-', "_"));
                    Some(read(path, &format!("{FILE_NAME}: {key}"))?)
                }
                (None, None) => None,
            },
        };
        let text = text.map(|text| text.trim().to_owned());
        Ok(text.filter(|text| !text.is_empty()))
    }

    /// The same, where there must be one.
    ///
    /// # Errors
    /// There is none, or its file cannot be read.
    pub fn required(self, file: Option<&Path>) -> Result<String, String> {
        self.read(file)?.ok_or_else(|| {
            let (variable, option) = (self.variable(), self.option());
            format!(
                "there is no token: set {variable}, give --{option}-file FILE, or name one in {FILE_NAME}"
            )
        })
    }
}

fn read(path: &Path, source: &str) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{source}: {}: {error}", path.display()))
}

/// The argument that names a profile, for every command.
pub fn argument() -> Arg {
    Arg::new(ARGUMENT)
        .long("profile")
        .value_name("NAME")
        .env("WOTNOT_PROFILE")
        .global(true)
        .help("The profile of wotnot.toml to take settings from")
}

/// The profile that the arguments name, whatever else is right or wrong with them.
pub fn named(command: Command) -> Option<String> {
    let matches = command.ignore_errors(true).try_get_matches().ok()?;
    let mut within: Option<&ArgMatches> = Some(&matches);
    let mut named = None;
    while let Some(matches) = within {
        let found = matches.try_get_one::<String>(ARGUMENT).ok().flatten();
        named = found.cloned().or(named);
        within = matches.subcommand().map(|(_, matches)| matches);
    }
    named.filter(|name| !name.is_empty())
}

/// Puts the profile in force, where there is a file.
///
/// # Errors
/// What is wrong with the file, with line and column; or it has no such profile.
pub fn load(named: Option<&str>) -> Result<(), String> {
    let Some(path) = find() else {
        return match named {
            Some(name) => Err(format!(
                "--profile {name}: there is no {FILE_NAME} here or above; `wotnot init` writes one"
            )),
            None => Ok(()),
        };
    };
    let is_here = std::env::current_dir().is_ok_and(|folder| path.parent() == Some(&folder));
    let shown = match is_here {
        true => FILE_NAME.to_owned(),
        false => path.display().to_string(),
    };
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{shown}: {error}"))?;
    if let Some((name, profile)) =
        parse(&text, named).map_err(|problem| format!("{shown}{problem}"))?
    {
        let folder = path.parent().unwrap_or(Path::new(""));
        let in_force = InForce {
            name: format!("profile `{name}` of {shown}"),
            profile: profile.below(folder),
        };
        // It is put in force once, by `main`.
        let _ = IN_FORCE.set(in_force);
    }
    Ok(())
}

/// The nearest file that belongs to this user or to root: another's could send the account's token elsewhere.
fn find() -> Option<PathBuf> {
    let folder = std::env::current_dir().ok()?;
    folder
        .ancestors()
        .map(|folder| folder.join(FILE_NAME))
        .find(|path| path.is_file() && is_trusted(path))
}

#[cfg(unix)]
fn is_trusted(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let owner = path.metadata().map(|it| it.uid());
    owner.is_ok_and(|owner| owner == 0 || owner == rustix::process::geteuid().as_raw())
}

#[cfg(not(unix))]
fn is_trusted(_: &Path) -> bool {
    true
}

/// The profile that is named, else the file's own choice, else the only one.
fn parse(text: &str, named: Option<&str>) -> Result<Option<(String, Profile)>, String> {
    let file: File = toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let message = error.message();
        let advice = match message {
            _ if message.contains("unknown field `token`") => {
                "; a token is never written here: name the file that holds it (token_file) or a variable (token_env)"
            }
            _ if message.contains("unknown field `webhook_token`") => {
                "; a token is never written here: name the file that holds it (webhook_token_file) or a variable (webhook_token_env)"
            }
            _ => "",
        };
        format!("{}: {message}{advice}", place(text, start))
    })?;
    let missing = |name: &str| {
        let known: Vec<&str> = file.profiles.keys().map(String::as_str).collect();
        format!("there is no profile `{name}`; known: {}", known.join(", "))
    };
    let (name, at) = match (named, &file.profile) {
        (Some(name), _) => (name.to_owned(), String::new()),
        (None, Some(name)) => (name.get_ref().clone(), place(text, name.span().start)),
        (None, None) => match file.profiles.len() {
            1 => (
                file.profiles.keys().next().cloned().unwrap_or_default(),
                String::new(),
            ),
            0 => return Ok(None),
            _ => {
                return Err(
                    ": it has several profiles: say `profile = \"NAME\"` at its top, or give --profile NAME"
                        .to_owned(),
                );
            }
        },
    };
    match file.profiles.get(&name) {
        Some(profile) => Ok(Some((name, profile.clone()))),
        None => Err(format!("{at}: {}", missing(&name))),
    }
}

/// `:LINE:COLUMN`, both from 1.
fn place(text: &str, start: usize) -> String {
    let before = text.get(..start).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    format!(":{line}:{column}")
}

/// Every argument that a variable of the environment stands for has the profile's setting as its default.
pub fn as_defaults(command: Command) -> Command {
    let Some(in_force) = IN_FORCE.get() else {
        return command;
    };
    let settings: Vec<(clap::Id, String)> = command
        .get_arguments()
        .filter_map(|argument| {
            let variable = argument.get_env()?.to_str()?;
            let setting = in_force.profile.setting(variable)?;
            Some((argument.get_id().clone(), setting))
        })
        .collect();
    let names: Vec<String> = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned())
        .collect();
    let command = settings
        .into_iter()
        .fold(command, |command, (id, setting)| {
            command.mut_arg(id, |argument| {
                // A proxy's URL may hold a password.
                let hidden = argument.is_hide_env_values_set();
                argument.default_value(setting).hide_default_value(hidden)
            })
        });
    names.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, as_defaults)
    })
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn problem(text: &str, named: Option<&str>) -> String {
        parse(text, named).err().unwrap()
    }

    #[test]
    fn what_is_wrong_is_named_with_line_and_column() {
        let unknown = problem("[profiles.a]\nbase_url = \"x\"\n  bse_url = \"y\"\n", None);
        assert!(
            unknown.starts_with(":3:3: unknown field `bse_url`"),
            "{unknown}"
        );
        let secret = problem("[profiles.a]\ntoken = \"hush\"\n", None);
        assert!(
            secret.starts_with(":2:1: unknown field `token`"),
            "{secret}"
        );
        assert!(
            secret.contains("token_file") && !secret.contains("hush"),
            "{secret}"
        );
        let broken = problem("[profiles.a\n", None);
        assert!(broken.starts_with(":1:"), "{broken}");
        let typed = problem("[profiles.a]\ntimeout = \"soon\"\n", None);
        assert!(typed.starts_with(":2:11: invalid type"), "{typed}");
        let gone = problem("profile = \"b\"\n[profiles.a]\n", None);
        assert_eq!(gone, ":1:11: there is no profile `b`; known: a");
    }

    #[test]
    fn the_named_profile_wins_over_the_files_choice_and_one_alone_needs_no_name() {
        let two = "profile = \"b\"\n[profiles.a]\n[profiles.b]\n";
        let name = |text, named| parse(text, named).unwrap().unwrap().0;
        assert_eq!(name(two, None), "b");
        assert_eq!(name(two, Some("a")), "a");
        assert_eq!(name("[profiles.only]\n", None), "only");
        assert!(parse("", None).unwrap().is_none());
        assert!(problem("[profiles.a]\n[profiles.b]\n", None).contains("--profile NAME"));
        assert!(problem(two, Some("c")).contains("known: a, b"));
    }
}
