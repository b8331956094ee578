//! Collects the findings of one file, in order and not without end. What is wrong is decided elsewhere.

use std::cell::RefCell;

use super::MAX_FINDINGS;
use super::finding::{Code, Finding, Severity};
use super::source::{Source, Span};

/// The findings of one file so far.
pub(super) struct Report<'a> {
    source: &'a Source<'a>,
    findings: RefCell<Vec<Finding>>,
}

impl<'a> Report<'a> {
    pub fn new(source: &'a Source<'a>) -> Self {
        Self {
            source,
            findings: RefCell::default(),
        }
    }

    /// Whether there are so many findings that one more would say nothing new. Then nothing is added, and
    /// a costly check may stop.
    pub fn is_full(&self) -> bool {
        self.findings.borrow().len() >= MAX_FINDINGS
    }

    /// Adds a finding as severe as its kind.
    pub fn add(
        &self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        hint: impl Into<Option<String>>,
    ) {
        self.add_as(code.severity(), code, span, message, hint);
    }

    /// Adds a finding that is more or less severe than its kind.
    pub fn add_as(
        &self,
        severity: Severity,
        code: Code,
        span: Span,
        message: impl Into<String>,
        hint: impl Into<Option<String>>,
    ) {
        if !self.is_full() {
            let finding = self
                .source
                .finding(code, severity, span, message.into(), hint.into());
            self.findings.borrow_mut().push(finding);
        }
    }

    /// Adds a finding at the word within a place.
    pub fn add_at_word(&self, code: Code, within: Span, word: &str, message: String, hint: String) {
        if !self.is_full() {
            self.add(code, self.source.find_within(within, word), message, hint);
        }
    }

    /// All findings in the order of the file, none twice.
    pub fn finish(self) -> Vec<Finding> {
        let mut findings = self.findings.into_inner();
        findings.sort_by_key(|finding| (finding.line, finding.column));
        findings.dedup();
        findings
    }
}
