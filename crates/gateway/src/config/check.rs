//! What a configuration must hold to, beyond its form.

use std::collections::HashSet;
use std::ops::Range;

use toml::Spanned;
use wotnot_core::{Client, Config as ClientConfig, Retry, Webhook};

use super::reader::Reader;
use super::{Account, Hidden};

/// What is given so far and must not come again.
#[derive(Default)]
pub(super) struct Taken {
    pub accounts: HashSet<String>,
    pub sites: HashSet<String>,
    pub apps: HashSet<String>,
    pub origins: HashSet<String>,
}

pub(super) fn unique(
    reader: &mut Reader<'_>,
    taken: &mut HashSet<String>,
    text: &Spanned<String>,
    what: &str,
) {
    if !taken.insert(text.as_ref().to_ascii_lowercase()) {
        let message = format!("`{}`: there is {what} of this name already", text.as_ref());
        reader.wrong(text.span(), message);
    }
}

pub(super) fn name(reader: &mut Reader<'_>, name: &Spanned<String>) {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let text = name.as_ref();
    if text.is_empty() || text.len() > 64 || !text.chars().all(good) {
        reader.wrong(
            name.span(),
            "name: expected 1 to 64 letters, digits, - and _",
        );
    }
}

pub(super) fn variable(reader: &mut Reader<'_>, name: &Spanned<String>) {
    let parts = name.as_ref().split_once('.');
    let good = parts
        .is_some_and(|(kind, name)| matches!(kind, "contact" | "conversation") && !name.is_empty());
    if !good {
        reader.wrong(
            name.span(),
            format!(
                "variables_from_page: `{}`; expected a name such as contact.name or conversation.topic",
                name.as_ref()
            ),
        );
    }
}

/// Lets the library check what is the library's.
pub(super) fn account(reader: &mut Reader<'_>, account: &Account, span: Range<usize>) {
    let secrets = account.webhook_tokens.iter();
    let missing = |secret: &Hidden| secret.expose().is_empty();
    if secrets.chain([&account.token]).any(missing) || account.webhook_tokens.is_empty() {
        // The error that this one could not be read is reported already.
        return;
    }
    if account.webhook_tokens.len() > 2 {
        reader.wrong(
            span.clone(),
            "webhook_token: expected one line, or two while a new one takes over",
        );
    }
    if account.webhook_secret.expose().len() < 16 {
        reader.wrong(
            span.clone(),
            "webhook_secret: expected 16 characters at least; `wotnot gateway secret` makes one",
        );
    }
    if let Err(error) = Client::new(client_config(account, &account.webhook_tokens[0])) {
        reader.wrong(span, error.message());
    }
}

/// The library's configuration for this account.
pub(crate) fn client_config(account: &Account, webhook_token: &Hidden) -> ClientConfig {
    let defaults = ClientConfig::new(account.token.expose());
    ClientConfig {
        base_url: account.base_url.clone().unwrap_or(defaults.base_url),
        bot_key_field: account
            .bot_key_field
            .clone()
            .unwrap_or(defaults.bot_key_field),
        webhook: Some(Webhook::new(webhook_token.expose())),
        retry: Retry::default(),
        ..ClientConfig::new(account.token.expose())
    }
}
