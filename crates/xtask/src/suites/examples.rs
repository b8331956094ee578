//! The languages of `bindings/examples`: each is built and chats with an emulator.

use std::path::Path;
use std::process::Command;

use super::Tally;
use super::language::{SuiteFolder, both_ways};
use crate::run::{Result, need_or, needs, quietly, scratch, write};
use crate::sh;

/// Some programs have their whole configuration in one variable.
const CONFIGURED: &str = r#"
    direct='{"token":"%s","bot_key":"%s","base_url":"%s","webhook":{"token":"%s","listen":"%s"}}'
    : "${WOTNOT_CONFIG:=$(printf "$direct" "$WOTNOT_TOKEN" "$WOTNOT_BOT_KEY" "$WOTNOT_BASE_URL" \
        "$WOTNOT_WEBHOOK_TOKEN" "$WOTNOT_LISTEN")}"
    export WOTNOT_CONFIG
    exec "$0"
"#;

pub fn run() -> Result<Tally> {
    needs(&["gcc", "cobc gnucobol"])?;
    let pascal = ["fp-compiler", "fp-units-base", "fp-units-fcl"];
    need_or(&pascal, has_pascal_json)?;
    need_or(&["libffi-platypus-perl"], || {
        quietly(sh!("perl -MFFI::Platypus=2.00 -e 1"))
    })?;
    let place = SuiteFolder::new("examples")?;
    let out = &place.out;
    let (sources, cobol, pascal) = ("bindings/examples", out.join("cobol"), out.join("pascal"));
    let configured = |program: &Path| {
        let mut run = place.run("sh", ["-c", CONFIGURED]);
        run.arg(program);
        run
    };
    let built = |compiler: Command, program: &Path| quietly(compiler).map(|()| configured(program));
    let mut tally = Tally::default();
    for (language, program) in [
        (
            "GnuCOBOL",
            built(
                sh!(
                    "cobc -x -free -fstatic-call -Wall -Werror -o {cobol} {sources}/chat.cob -L {out} -lwotnot"
                ),
                &cobol,
            ),
        ),
        (
            "Free Pascal",
            built(
                sh!("fpc -v0 -Sew -Fl{out} -o{pascal} -FU{out} {sources}/chat.pas"),
                &pascal,
            ),
        ),
        (
            "Perl",
            Ok(place.run("perl", [format!("{sources}/chat.pl")])),
        ),
    ] {
        let example = format!("the example in {language}");
        match program {
            Ok(program) => both_ways(&mut tally, &example, program),
            Err(why) => tally.note(&format!("{example} builds"), Err(why)),
        }
    }
    Ok(tally)
}

/// Free Pascal has its JSON in a package of its own.
fn has_pascal_json() -> Result<()> {
    let source = scratch("pascal-probe")?.join("probe.pas");
    let program = "program Probe;\nuses cthreads, fpjson, jsonparser;\nbegin\nend.\n";
    write(&source, program)?;
    quietly(sh!("fpc -v0 {source}"))
}
