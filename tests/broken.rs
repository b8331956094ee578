//! Does on purpose what ThreadSanitizer and Miri must catch: the suite `sanitizers` wants to see their
//! reports, which proves that they watch. Plain `cargo test` leaves these out.

#[path = "../crates/capi/src/lib.rs"]
#[allow(dead_code, unused_imports)]
mod wotnot;

use std::ptr::null_mut;
use std::sync::Barrier;

use wotnot::{wotnot_call, wotnot_string_free};

struct Shared(*mut u32);

// SAFETY: none; that is the fault.
unsafe impl Sync for Shared {}

#[test]
fn race() {
    let mut count = 0;
    let shared = &Shared(&mut count);
    let begin = &Barrier::new(2);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(move || {
                begin.wait();
                for _ in 0..100 {
                    unsafe { *shared.0 += 1 };
                }
            });
        }
    });
    println!("{count}");
}

#[test]
fn use_after_free() {
    let mut text = null_mut();
    unsafe {
        wotnot_call(0, c"status".as_ptr(), null_mut(), &mut text);
        wotnot_string_free(text);
        println!("{}", text.read());
    }
}
