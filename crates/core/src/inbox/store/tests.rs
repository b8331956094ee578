use super::*;

const LIMITS: Limits = Limits {
    events: 4,
    bytes: 1 << 20,
    idle: Duration::from_secs(60),
};

fn arrival(conversation: &str, text: &str) -> Arrival {
    Arrival {
        conversation_id: Some(conversation.into()),
        text: text.into(),
        ..Arrival::default()
    }
}

fn offer(store: &mut Store, conversations: &[&str], now: Instant) -> bool {
    let coming: Vec<Arrival> = conversations.iter().map(|it| arrival(it, "{}")).collect();
    let fits = store.make_room(&coming.iter().collect::<Vec<_>>(), &LIMITS, now);
    if fits {
        for arrival in coming {
            store.push(Held::Arrival(arrival), now);
        }
    }
    fits
}

/// What is held, in the order in which receivers of any conversation take it.
fn drain(store: &mut Store) -> Vec<(u64, String)> {
    let now = Instant::now();
    let all = std::iter::from_fn(|| store.take(EventFilter::Any, now));
    all.map(|(seq, held)| match held {
        Held::Arrival(arrival) => (seq, arrival.conversation().to_owned()),
        Held::Evicted {
            conversation_id,
            events,
        } => (seq, format!("{conversation_id}-{events}")),
        Held::Log(record) => (seq, record.text),
    })
    .collect()
}

#[test]
fn a_conversation_is_read_on_its_own_and_all_of_them_in_order() {
    let (mut store, now) = (Store::default(), Instant::now());
    assert!(offer(&mut store, &["a", "b", "a", "b"], now));
    let (seq, _) = store.take(EventFilter::Of("b"), now).unwrap();
    assert_eq!(seq, 2);
    assert!(store.take(EventFilter::Of("c"), now).is_none());
    assert_eq!(store.conversations(), 2);
    let rest = drain(&mut store);
    assert_eq!(rest, [(1, "a".into()), (3, "a".into()), (4, "b".into())]);
    assert_eq!(
        (store.events(), store.bytes(), store.conversations()),
        (0, 0, 0)
    );
}

#[test]
fn idle_conversations_give_way_the_oldest_first_and_are_reported() {
    let (mut store, begun) = (Store::default(), Instant::now());
    assert!(offer(&mut store, &["a", "a"], begun));
    assert!(offer(
        &mut store,
        &["b", "b"],
        begun + Duration::from_secs(1)
    ));
    assert!(!offer(&mut store, &["c"], begun + Duration::from_secs(59)));
    let later = begun + Duration::from_secs(60);
    assert!(
        !offer(&mut store, &["c", "c", "c"], later),
        "b is not idle yet"
    );
    assert_eq!(
        (store.events(), store.evicted()),
        (4, 0),
        "nothing was dropped for it"
    );
    assert!(offer(&mut store, &["c"], later));
    assert_eq!((store.events(), store.evicted()), (3, 2));
    let rest = drain(&mut store);
    let expected = [(3, "b"), (4, "b"), (5, "a-2"), (6, "c")];
    assert_eq!(rest, expected.map(|(seq, name)| (seq, name.to_owned())));
}

#[test]
fn what_is_reserved_is_for_one_reader_and_keeps_its_place_when_it_is_given_back() {
    let (mut store, now) = (Store::default(), Instant::now());
    assert!(offer(&mut store, &["a", "b", "a"], now));
    assert!(store.reserve("a") && !store.reserve("a"));
    assert_eq!(store.take(EventFilter::Any, now).unwrap().0, 2);
    assert!(!store.has_any() && store.take(EventFilter::Any, now).is_none());
    let taken = [(); 2].map(|()| store.take(EventFilter::Of("a"), now).unwrap());
    assert_eq!((store.events(), store.bytes()), (0, 0));
    assert!(offer(&mut store, &["a"], now));
    store.release("a");
    for (seq, held) in taken.into_iter().rev() {
        store.put_back(seq, held, now);
    }
    let seqs: Vec<u64> = drain(&mut store).iter().map(|(seq, _)| *seq).collect();
    assert_eq!(seqs, [1, 3, 4]);
    assert_eq!(
        (store.events(), store.bytes(), store.conversations()),
        (0, 0, 0)
    );
}

#[test]
fn a_reader_keeps_a_conversation_from_being_idle() {
    let (mut store, begun) = (Store::default(), Instant::now());
    assert!(offer(&mut store, &["a", "a", "a", "a"], begun));
    let later = begun + Duration::from_secs(60);
    store.take(EventFilter::Of("a"), later);
    assert!(!offer(
        &mut store,
        &["b", "b"],
        later + Duration::from_secs(59)
    ));
    assert!(offer(
        &mut store,
        &["b", "b"],
        later + Duration::from_secs(60)
    ));
}

#[test]
fn abandoned_conversations_of_one_event_each_never_fill_it_for_good() {
    let (mut store, mut now) = (Store::default(), Instant::now());
    for number in 0..100 {
        now += Duration::from_secs(60);
        assert!(offer(&mut store, &[&format!("c{number}")], now), "{number}");
    }
    assert_eq!((store.events(), store.evicted()), (4, 96));
    assert!(
        store.held.len() <= 2 * LIMITS.events,
        "notices are bounded too"
    );
}

#[test]
fn a_conversation_that_nobody_reads_takes_no_more_than_its_share() {
    let limits = Limits {
        events: 4 * LEAST_SHARE_EVENTS,
        ..LIMITS
    };
    let (mut store, now) = (Store::default(), Instant::now());
    let (noisy, other) = (arrival("noisy", "{}"), arrival("other", "{}"));
    let mut taken = 0;
    while store.make_room(&[&noisy], &limits, now) {
        store.push(Held::Arrival(noisy.clone()), now);
        taken += 1;
    }
    assert_eq!(taken, LEAST_SHARE_EVENTS);
    assert!(store.make_room(&[&other], &limits, now));
}

#[test]
fn bytes_are_bounded_like_events() {
    let (mut store, now) = (Store::default(), Instant::now());
    let large = arrival("a", &"x".repeat(600_000));
    assert!(store.make_room(&[&large], &LIMITS, now));
    store.push(Held::Arrival(large.clone()), now);
    assert!(!store.make_room(&[&large], &LIMITS, now));
    assert!(store.make_room(&[&arrival("b", "{}")], &LIMITS, now));
    store.take(EventFilter::Any, now);
    assert!(store.make_room(&[&large], &LIMITS, now));
}
