//! How many threads there are for which jobs.

use std::cell::Cell;
use std::time::Duration;

use wotnot_pool::{Limits, Turn, Urgency, WaiterPool};

#[test]
fn jobs_that_wait_for_nothing_take_no_turn_even_before_they_begin() {
    let pool = WaiterPool::new(Limits {
        threads: 1,
        idle: Duration::from_secs(1),
        spin: Duration::ZERO,
    });
    let spawned = Cell::new(0);
    let submit = |job, urgency| {
        let spawn = |_| {
            spawned.set(spawned.get() + 1);
            Ok(())
        };
        pool.submit(job, urgency, spawn).unwrap()
    };
    submit("a wait", Urgency::AtOnce);
    submit("another", Urgency::AtOnce);
    // None of the threads has taken its job yet.
    assert_eq!(submit("a send", Urgency::InTurn), Turn::Next);
    assert_eq!(spawned.get(), 3);
    assert_eq!(submit("a second", Urgency::InTurn), Turn::Waits);
    assert_eq!(spawned.get(), 3);
    // A wait that is taken back takes its room along: the thread made for it runs a send.
    assert_eq!(pool.take(|job| *job == "a wait"), ["a wait"]);
    assert_eq!(submit("a third", Urgency::InTurn), Turn::Waits);
    assert_eq!(spawned.get(), 3);
}
