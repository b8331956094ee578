//! Any text as a flow file and as a chat script: it is read or refused, never a panic, and what is read can be drawn.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wotnot_emulator::flow::{Colour, MAX_FINDINGS, check, mermaid, svg};
use wotnot_emulator::script::Script;

fuzz_target!(|text: &str| {
    let checked = check("fuzz.yaml", text);
    assert!(checked.findings.len() <= MAX_FINDINGS);
    for finding in &checked.findings {
        assert!(finding.line > 0 && finding.column > 0);
        let _ = finding.render(Colour::Plain);
    }
    if let Some(flow) = checked.flow {
        let _ = mermaid(&flow);
        let _ = svg(&flow);
    }
    let _ = Script::parse(text);
});
