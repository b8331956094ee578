//! The programs that a page shows, so that suites compile what readers paste.

use std::path::{Path, PathBuf};

use crate::run::{Result, read, root, write};

/// The contents of the page's code blocks in this language; an error when there is none.
pub fn blocks(page: &str, language: &str) -> Result<Vec<String>> {
    let text = read(&root().join(page))?;
    let blocks = fenced(&text, language);
    match blocks.is_empty() {
        false => Ok(blocks),
        true => Err(format!("{page} shows no {language}")),
    }
}

/// Writes the page's blocks in this language below a folder. `file` is where one goes: `*` stands for its name.
pub fn programs(page: &str, language: &str, folder: &Path, file: &str) -> Result<Vec<PathBuf>> {
    let blocks = blocks(page, language)?.into_iter().enumerate();
    let written = blocks.map(|(number, block)| {
        let program = folder.join(file.replace('*', &format!("readme_{number}")));
        write(&program, &block).map(|()| program)
    });
    written.collect()
}

/// The one block of the page in this language that has the word: the loop that reads answers.
pub fn block_with(page: &str, language: &str, word: &str) -> Result<String> {
    let mut found = blocks(page, language)?;
    found.retain(|block| block.contains(word));
    match (found.pop(), found.is_empty()) {
        (Some(block), true) => Ok(block),
        _ => Err(format!("{page} does not show one block with {word}")),
    }
}

fn fenced(text: &str, language: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<(bool, String)> = None;
    for line in text.lines() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(word), None) => open = Some((word == language, String::new())),
            (Some(_), Some((true, block))) => found.push(block),
            (None, Some((wanted, mut block))) => {
                block.push_str(line);
                block.push('\n');
                open = Some((wanted, block));
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_blocks_of_the_language_count() {
        let page = "text\n```sh\nls\n```\n```c\nint a;\nint b;\n```\n```cpp\nint c;\n```\n";
        assert_eq!(fenced(page, "c"), ["int a;\nint b;\n"]);
    }
}
