//! From the text of a configuration file to a [`Config`], with the place of each mistake.

use std::net::Ipv4Addr;
use std::path::Path;

use toml::Spanned;

use super::challenge;
use super::check;
use super::file::{AccountFile, File, SiteFile, TlsFile};
use super::files;
use super::limits::Limits;
use super::reader::{Reader, Text};
use super::store;
use super::unread;
use super::{Account, Config, Hidden, Listen, Mistake, OriginPattern, Receiver, Site, TokenKey};
use crate::tls::TlsFiles;

pub(super) fn config(text: &str, folder: &Path) -> Result<Config, Vec<Mistake>> {
    let file: File = toml::from_str(text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        vec![Mistake::at(text, &span, error.message())]
    })?;
    let mut reader = Reader::new(text, folder);
    let mut config = reader.config(file);
    config.secret_files = std::mem::take(&mut reader.secret_files);
    match reader.mistakes {
        mistakes if mistakes.is_empty() => Ok(config),
        mut mistakes => {
            mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
            Err(mistakes)
        }
    }
}

impl Reader<'_> {
    fn config(&mut self, file: File) -> Config {
        let store = store::read(
            self,
            file.store,
            (file.store_file, file.store_env),
            file.store_ca_file,
        );
        let token_keys = self.token_keys(file.token_keys_file, file.token_keys_env);
        if file.account.is_empty() {
            self.wrong(0..0, "there is no [[account]]");
        }
        if file.site.is_empty() {
            self.wrong(0..0, "there is no [[site]]");
        }
        if file.sending.evidence_ms < 10_000 {
            self.wrong(0..0, "sending.evidence_ms: expected 10000 at least");
        }
        let names: Vec<String> = file
            .account
            .iter()
            .map(|account| account.as_ref().name.as_ref().clone())
            .collect();
        let mut taken = check::Taken::default();
        let accounts = file
            .account
            .into_iter()
            .map(|account| self.account(account, &mut taken))
            .collect();
        let limits = file.limits.over(Limits::default());
        let sites = file
            .site
            .into_iter()
            .map(|site| self.site(site, &names, limits, &mut taken))
            .collect();
        Config {
            listen: Listen {
                public: file
                    .listen
                    .public
                    .unwrap_or_else(|| (Ipv4Addr::LOCALHOST, 8080).into()),
                hook: file.listen.hook,
                admin: file.listen.admin,
                trusted_proxies: file.listen.trusted_proxies,
            },
            tls: file.tls.map(|tls| self.tls(tls)),
            data: self.folder.join(file.data.unwrap_or_else(|| "data".into())),
            store,
            token_keys,
            accounts,
            sites,
            sending: file.sending,
            keep: file.keep,
            files: file.files.map(|file| files::read(self, file)),
            secret_files: Vec::new(),
            limits,
        }
    }

    fn account(&mut self, file: Spanned<AccountFile>, taken: &mut check::Taken) -> Account {
        let span = file.span();
        let file = file.into_inner();
        check::name(self, &file.name);
        check::unique(self, &mut taken.accounts, &file.name, "an account");
        let token = self.secret("token", file.token_file, file.token_env, &span);
        let webhook = self.secret(
            "webhook_token",
            file.webhook_token_file,
            file.webhook_token_env,
            &span,
        );
        let secret = self.secret(
            "webhook_secret",
            file.webhook_secret_file,
            file.webhook_secret_env,
            &span,
        );
        let account = Account {
            name: file.name.as_ref().clone(),
            token: first_line(&token),
            webhook_tokens: lines(&webhook),
            webhook_secret: first_line(&secret),
            base_url: file.base_url.as_ref().map(|url| url.as_ref().clone()),
            bot_key_field: file.bot_key_field,
            forward: self.receivers(file.forward),
        };
        check::account(self, &account, file.base_url.map_or(span, |url| url.span()));
        account
    }

    fn site(
        &mut self,
        file: Spanned<SiteFile>,
        accounts: &[String],
        limits: Limits,
        taken: &mut check::Taken,
    ) -> Site {
        let span = file.span();
        let file = file.into_inner();
        check::name(self, &file.name);
        check::unique(self, &mut taken.sites, &file.name, "a site");
        if let Some(app) = &file.app {
            check::unique(self, &mut taken.apps, app, "an app");
        }
        if file.origins.is_empty() && file.app.is_none() {
            self.wrong(
                span.clone(),
                "nothing can reach this site; give `origins`, `app` or both",
            );
        }
        if file.bot_key.as_ref().trim().is_empty() {
            self.wrong(file.bot_key.span(), "bot_key: must not be empty");
        }
        for name in &file.variables_from_page {
            check::variable(self, name);
        }
        let account = match (&file.account, accounts) {
            (Some(name), _) => {
                if !accounts.contains(name.as_ref()) {
                    self.wrong(
                        name.span(),
                        format!("account: there is no account `{}`", name.as_ref()),
                    );
                }
                name.as_ref().clone()
            }
            (None, [only]) => only.clone(),
            (None, _) => {
                self.wrong(
                    span.clone(),
                    "account: missing; with several accounts a site names its own",
                );
                String::new()
            }
        };
        let identity_key = match (file.identity_key_file, file.identity_key_env) {
            (None, None) => None,
            (from_file, env) => {
                let text = self.secret("identity_key", from_file, env, &span);
                let key = first_line(&text);
                if key.expose().len() < 32 {
                    self.wrong(span, "identity_key: expected 32 characters at least");
                }
                Some(key)
            }
        };
        Site {
            name: file.name.into_inner(),
            origins: self.origins(file.origins, taken),
            app: file.app.map(Spanned::into_inner),
            account,
            bot_key: file.bot_key.into_inner(),
            greeting: file.greeting,
            variables: file.variables,
            variables_from_page: file
                .variables_from_page
                .into_iter()
                .map(Spanned::into_inner)
                .collect(),
            identity_key,
            visitor_id: file.visitor_id,
            javascript: file.javascript,
            limits: file.limits.over(limits),
            challenge: file
                .challenge
                .map(|file| challenge::read(self, file))
                .unwrap_or_default(),
            unread_hook: file.unread_hook.and_then(|file| unread::read(self, file)),
            enabled: file.enabled.unwrap_or(true),
        }
    }

    fn receivers(&mut self, listed: Vec<Text>) -> Vec<Receiver> {
        let mut receivers = Vec::new();
        for text in listed {
            match Receiver::parse(text.as_ref()) {
                Err(why) => self.wrong(text.span(), format!("forward: {why}")),
                Ok(receiver) if receivers.contains(&receiver) => {
                    self.wrong(text.span(), "forward: this one is there twice");
                }
                Ok(receiver) => receivers.push(receiver),
            }
        }
        receivers
    }

    /// Reads the files too, so that a mistake is known before the gateway runs.
    fn tls(&mut self, file: Spanned<TlsFile>) -> TlsFiles {
        let (span, file) = (file.span(), file.into_inner());
        let files = TlsFiles {
            cert: self.folder.join(file.cert_file),
            key: self.folder.join(file.key_file),
        };
        if let Err(why) = files.load() {
            self.wrong(span, format!("tls.{why}"));
        }
        self.secret_files
            .extend([files.cert.clone(), files.key.clone()]);
        files
    }

    fn origins(&mut self, listed: Vec<Text>, taken: &mut check::Taken) -> Vec<OriginPattern> {
        let mut patterns = Vec::new();
        for text in listed {
            match OriginPattern::parse(text.as_ref()) {
                Err(why) => self.wrong(text.span(), why),
                Ok(pattern) => {
                    check::unique(self, &mut taken.origins, &text, "an origin");
                    patterns.push(pattern);
                }
            }
        }
        patterns
    }

    fn token_keys(&mut self, file: Option<Text>, env: Option<Text>) -> Vec<TokenKey> {
        let Some(span) = file.as_ref().or(env.as_ref()).map(Spanned::span) else {
            return Vec::new();
        };
        let text = self.secret("token_keys", file, env, &span);
        match parse_token_keys(text.expose()) {
            Ok(keys) => keys,
            Err(why) => {
                self.wrong(span, format!("token_keys: {why}"));
                Vec::new()
            }
        }
    }
}

fn first_line(text: &Hidden) -> Hidden {
    Hidden::new(text.expose().lines().next().unwrap_or_default().trim())
}

fn lines(text: &Hidden) -> Vec<Hidden> {
    text.expose()
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(Hidden::new)
        .collect()
}

/// One `<id> <key>` a line; the first one signs.
pub(crate) fn parse_token_keys(text: &str) -> Result<Vec<TokenKey>, String> {
    let mut keys: Vec<TokenKey> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (id, key) = line
            .split_once(char::is_whitespace)
            .ok_or("expected `<id> <key>` on each line; `wotnot gateway secret` makes one")?;
        let key = key.trim();
        if key.len() < 32 {
            return Err(format!("the key `{id}` is shorter than 32 characters"));
        }
        if keys.iter().any(|known| known.id == id) {
            return Err(format!("the id `{id}` is there twice"));
        }
        keys.push(TokenKey {
            id: id.to_owned(),
            key: Hidden::new(key),
        });
    }
    Ok(keys)
}
