//! `wotnot gateway --dev`: a gateway with nothing set up, the sample bot behind it, and a page to chat in.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use wotnot_emulator::{Emulator, Webhook};
use wotnot_gateway::config::limits::Limits;
use wotnot_gateway::config::{Files, random_hex, random_token};
use wotnot_gateway::{Account, Config, Gateway, Hidden, OriginPattern, Site, widget};

use super::serve as process;
use super::tell;
use crate::exit;

const SAMPLE_FLOW: &str = include_str!("../../../../flows/demo.yaml");
/// A shop with the widget, and the bot beside it: `WATCH` stands for the address of the emulator's view, `EMULATOR` for its
/// origin.
const SHOP: &str = include_str!("shop.html");
/// What stands in for it where the widget was not built: a page without anything else.
const PLAIN_PAGE: &str = include_str!("dev.html");
/// The name and the app of its one site.
pub(crate) const SITE: &str = "dev";

/// Runs it until it is stopped; the first line that is printed is the URL to open.
pub(super) fn run(data: Option<PathBuf>, port: u16) -> ExitCode {
    let Some(data) = data.or_else(user_data) else {
        let problem = "there is no data directory of a user here; give --data DIR";
        return exit::fail("gateway", problem, exit::USAGE);
    };
    match Emulator::builder().flow_yaml(SAMPLE_FLOW).start() {
        Ok(emulator) => {
            let kept = format!("kept in {}; Ctrl-C stops", data.display());
            serve(&emulator, "there", &data, port, &kept)
        }
        Err(error) => exit::fail("gateway", &error.to_string(), exit::FAILED),
    }
}

/// The same with another bot and nothing that is kept: `wotnot demo --web`.
pub(crate) fn run_once(emulator: &Emulator, name: &str) -> ExitCode {
    let made = random_hex(8).and_then(|id| {
        let folder = std::env::temp_dir().join(format!("wotnot-demo-{id}"));
        #[cfg_attr(not(unix), allow(unused_mut))]
        let mut builder = std::fs::DirBuilder::new();
        // What visitors say is nobody else's.
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder).map(|()| folder)
    });
    let folder = match made {
        Ok(folder) => folder,
        Err(error) => return exit::fail("demo", &error.to_string(), exit::FAILED),
    };
    let code = serve(emulator, name, &folder, 0, "nothing is kept; Ctrl-C stops");
    if let Err(error) = std::fs::remove_dir_all(&folder) {
        crate::output::complain(format_args!("{}: {error}", folder.display()));
    }
    code
}

/// `name` is what the bot calls a visitor, `kept` what is said about what is kept.
fn serve(emulator: &Emulator, name: &str, data: &Path, port: u16, kept: &str) -> ExitCode {
    let page = match widget::FILES {
        [] => PLAIN_PAGE.to_owned(),
        _ => SHOP
            .replace("WATCH", &emulator.watch_url())
            .replace("EMULATOR", &emulator.base_url()),
    };
    let listen = (Ipv4Addr::LOCALHOST, port).into();
    let started = beside(emulator, data, listen, Some(page), |site| {
        site.variables_from_page = vec!["contact.name".into()];
        site.variables.contact.insert("name".into(), name.into());
    });
    let gateway = match started {
        Ok(gateway) => gateway,
        Err((problem, code)) => return exit::fail("gateway", &problem, code),
    };
    process::until_stopped(gateway, None, |gateway| {
        tell(&gateway.url());
        tell(&format!(
            "the bot runs in a local stand-in for the service at {}",
            emulator.base_url()
        ));
        process::print_widget();
        tell(kept);
    })
}

/// A gateway with one site, `dev`, and the first bot of an emulator behind it. `shape` says what else the site has.
///
/// # Errors
/// It did not start: why, and the exit code for it.
pub(crate) fn beside(
    emulator: &Emulator,
    data: &Path,
    listen: SocketAddr,
    page: Option<String>,
    shape: impl FnOnce(&mut Site),
) -> Result<Gateway, (String, u8)> {
    let failed = |error: &dyn std::fmt::Display| (error.to_string(), exit::FAILED);
    let token = random_token(24).map_err(|error| failed(&error))?;
    let secret = random_token(24).map_err(|error| failed(&error))?;
    let mut config = Config::new(data);
    config.listen.public = listen;
    config.accounts.push(Account {
        name: SITE.into(),
        token: Hidden::new(emulator.token()),
        webhook_tokens: vec![Hidden::new(&*token)],
        webhook_secret: Hidden::new(&*secret),
        base_url: Some(emulator.base_url()),
        bot_key_field: None,
        forward: Vec::new(),
    });
    let bot = emulator.bot_keys().into_iter().next().unwrap_or_default();
    let mut site = Site::new(SITE, SITE, bot);
    site.limits = Limits::OFF;
    config.limits = Limits::OFF;
    site.origins = vec![OriginPattern::Loopback];
    site.app = Some(SITE.into());
    shape(&mut site);
    config.sites.push(site);
    config.files = Some(Files::default());
    let builder = Gateway::builder().config(config);
    let builder = match page {
        Some(page) => builder.page(page),
        None => builder,
    };
    let gateway = builder
        .start()
        .map_err(|error| (error.to_string(), process::code(&error)))?;
    let webhook = Webhook {
        url: format!("{}{secret}", gateway.hook_url()),
        token: Some(token),
        ..Webhook::default()
    };
    emulator
        .set_webhook(Some(webhook))
        .map_err(|error| failed(&error))?;
    Ok(gateway)
}

/// A folder of the user's data directory.
fn user_data() -> Option<PathBuf> {
    let from = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let folder = if cfg!(windows) {
        PathBuf::from(from("LOCALAPPDATA")?)
    } else if let Some(folder) = from("XDG_DATA_HOME") {
        PathBuf::from(folder)
    } else if cfg!(target_os = "macos") {
        PathBuf::from(from("HOME")?).join("Library/Application Support")
    } else {
        PathBuf::from(from("HOME")?).join(".local/share")
    };
    Some(folder.join("wotnot").join("gateway-dev"))
}
