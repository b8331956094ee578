//! Takes one line of a script apart: what the visitor says, choices in brackets, pairs of names and values.

use std::path::PathBuf;

use super::Spoken;
use crate::flow::Variable;

pub(super) fn spoken(rest: &str) -> Result<Spoken, String> {
    if let Some(files) = rest.strip_prefix("file:") {
        let files: Vec<PathBuf> = files
            .split(',')
            .map(str::trim)
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
            .collect();
        return if files.is_empty() {
            Err("name the files: `> file: a.pdf, b.png`".to_owned())
        } else {
            Ok(Spoken::Files(files))
        };
    }
    if let Some(fields) = rest.strip_prefix("form:") {
        return pairs(fields).map(Spoken::Form);
    }
    if let Some(variables) = rest.strip_prefix("return:") {
        let typed = |(name, value): (String, String)| Ok((Variable::to_send(&name)?, value));
        return pairs(variables)?
            .into_iter()
            .map(typed)
            .collect::<Result<_, _>>()
            .map(Spoken::Variables);
    }
    match split_choices(rest)? {
        (text, choices) if text.is_empty() && !choices.is_empty() => Ok(Spoken::Choices(choices)),
        (_, choices) if choices.is_empty() => plain(rest, "> Hello").map(Spoken::Text),
        _ => Err(
            "pick choices or write text, not both: a bracket that is text is written `\\[`"
                .to_owned(),
        ),
    }
}

pub(super) fn plain(rest: &str, example: &str) -> Result<String, String> {
    if rest.is_empty() {
        return Err(format!("nothing is said here: write `{example}`"));
    }
    Ok(unescaped(rest))
}

fn unescaped(text: &str) -> String {
    text.replace("\\[", "[").replace("\\]", "]")
}

/// `Name = Asha; E-mail = asha@example.com`
fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    text.split(';')
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
        .map(|pair| match pair.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                Ok((name.trim().to_owned(), value.trim().to_owned()))
            }
            _ => Err(format!("`{pair}` is not `name = value`")),
        })
        .collect()
}

pub(super) fn assignment(text: &str) -> Result<(Variable, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("write `$ contact.name = Asha`")?;
    Ok((Variable::to_send(name.trim())?, value.trim().to_owned()))
}

/// The text before the `[..]` groups at the end of a line, and what stands in them.
pub(super) fn split_choices(line: &str) -> Result<(String, Vec<String>), String> {
    let mut choices = Vec::new();
    let mut text = line.trim_end();
    while text.ends_with(']') && !text.ends_with("\\]") {
        let open = text
            .rfind('[')
            .filter(|&open| !text.get(..open).unwrap_or_default().ends_with('\\'));
        let Some(open) = open else {
            return Err("`]` without `[`: a bracket that is text is written `\\]`".to_owned());
        };
        let title = text
            .get(open + 1..text.len() - 1)
            .unwrap_or_default()
            .trim();
        if title.is_empty() {
            return Err("`[]` names no choice".to_owned());
        }
        choices.insert(0, unescaped(title));
        text = text.get(..open).unwrap_or_default().trim_end();
    }
    Ok((unescaped(text), choices))
}
