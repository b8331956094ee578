//! Whether a file is what it says: its first bytes against its declared type.

/// Names that others use for what the detector finds.
const ALSO: [(&str, &str); 4] = [
    ("audio/mp4", "audio/m4a"),
    ("audio/wav", "audio/x-wav"),
    ("audio/aac", "audio/aac"),
    ("image/heic", "image/heif"),
];
/// Types without a beginning of their own: any text is.
const TEXTS: [&str; 2] = ["text/plain", "text/csv"];

/// As many bytes as [`fits`] wants to see.
pub(super) const HEAD: u64 = 64 * 1024;

/// Whether files of this type can be recognized by their content.
pub(crate) fn can_be_told(media_type: &str) -> bool {
    TEXTS.contains(&media_type) || infer::is_mime_supported(detected_name(media_type))
}

/// Whether a file that begins like this may be of the declared type.
pub(super) fn fits(declared: &str, head: &[u8]) -> bool {
    let found = infer::get(head).map(|kind| kind.mime_type());
    if TEXTS.contains(&declared) {
        return found.is_none() && is_text(head);
    }
    found.is_some_and(|found| found == declared || found == detected_name(declared))
}

fn detected_name(media_type: &str) -> &str {
    ALSO.iter()
        .find(|(name, _)| *name == media_type)
        .map_or(media_type, |(_, detected)| detected)
}

fn is_text(head: &[u8]) -> bool {
    let cut_off =
        |error: &std::str::Utf8Error| error.error_len().is_none() && head.len() as u64 >= HEAD;
    let is_utf8 = std::str::from_utf8(head).as_ref().err().is_none_or(cut_off);
    is_utf8 && !head.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

    #[test]
    fn a_file_is_what_its_first_bytes_say() {
        for (declared, head, expected) in [
            ("image/png", PNG, true),
            ("image/jpeg", PNG, false),
            ("application/pdf", b"%PDF-1.7\n", true),
            ("application/pdf", b"MZ\x90\0", false),
            ("image/gif", b"GIF89a", true),
            ("image/png", b"", false),
            ("image/png", b"<script>alert(1)</script>", false),
            ("text/plain", b"Hello", true),
            ("text/plain", b"", true),
            ("text/plain", PNG, false),
            ("text/plain", b"a\0b", false),
            ("text/plain", b"a\xff", false),
            ("text/plain", b"<!DOCTYPE html><html>", false),
            ("text/plain", b"#!/bin/sh\n", false),
            ("text/csv", "a;b\né;ü\n".as_bytes(), true),
        ] {
            assert_eq!(fits(declared, head), expected, "{declared} {head:?}");
        }
        let mut long = vec![b'a'; usize::try_from(HEAD).unwrap() - 1];
        long.push(0xc3);
        assert!(
            fits("text/plain", &long),
            "a letter may be cut in two there"
        );
    }

    #[test]
    fn types_that_cannot_be_recognized_are_known() {
        for media_type in crate::config::Files::default().types {
            assert!(can_be_told(&media_type), "{media_type}");
        }
        for media_type in ["image/svg+xml", "application/x-nothing", ""] {
            assert!(!can_be_told(media_type), "{media_type}");
        }
    }
}
