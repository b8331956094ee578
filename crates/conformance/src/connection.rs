//! Plays the script on one connection: reads requests, answers, breaks where the script says.

use std::io::{self, ErrorKind, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use crate::answer::{Laid, lay};
use crate::breaks::{Break, BreakPoint, How};
use crate::gateway;
use crate::matching::matches;
use crate::post::post;
use crate::state::{Busy, Request, Shared, reset_on_drop};
use crate::vector::{Exchange, Framing, Poll};
use crate::wire::{Incoming, Message, ReadLimit, Reading};

/// Longer than any vector.
const LONG: Duration = Duration::from_secs(3600);

/// How often a poll that waits is looked at.
const TICK: Duration = Duration::from_millis(2);

/// What becomes of the connection after an exchange.
enum After<'a> {
    KeepAlive,
    /// The peer ended it, or the server was stopped.
    Gone,
    /// Keep it open, and read nothing more.
    Deaf,
    /// Break it so; the server has not settled before that is done.
    Break(How, Option<Busy<'a>>),
}

/// Serves one connection until it ends.
pub(crate) fn play(stream: Arc<TcpStream>, shared: &Shared) {
    let mut incoming = Incoming::new(&*stream);
    let mut counted = 0;
    let mut played = 0;
    let mut after = After::KeepAlive;
    while matches!(after, After::KeepAlive) {
        after = if is_poll(&mut incoming, shared) {
            play_poll(&stream, &mut incoming, shared, played > 0)
        } else {
            match next(&mut incoming, shared, played == 0) {
                Some(exchange) => play_one(&stream, &mut incoming, shared, &exchange, played > 0),
                None => After::Gone,
            }
        };
        played += 1;
        shared.lock().bytes_in += incoming.total() - counted;
        counted = incoming.total();
    }
    if let After::Deaf = after {
        // Until the server is stopped, which closes the connection.
        shared.pause(LONG);
    }
    shared.forget(&stream);
    match after {
        After::Break(How::Close, busy) => {
            // Closing with unread bytes would be a reset: say goodbye, then read the rest away.
            let _gone = stream.shutdown(Shutdown::Write);
            let _gone = stream.set_read_timeout(Some(Duration::from_millis(200)));
            drop(busy);
            incoming.drain();
        }
        After::Break(How::Silence, busy) => {
            drop(busy);
            incoming.drain();
        }
        After::Break(How::Reset, busy) => {
            reset_on_drop(&stream);
            drop(stream);
            drop(busy);
        }
        After::KeepAlive | After::Gone | After::Deaf => {}
    }
}

/// Whether the next request asks a gateway for what comes next.
fn is_poll(incoming: &mut Incoming<&TcpStream>, shared: &Shared) -> bool {
    let takes_polls = shared.lock().polls.is_some();
    takes_polls && incoming.wait() && gateway::is_poll(&incoming.first_line())
}

/// The exchange for the next request, once its first byte is there.
fn next(incoming: &mut Incoming<&TcpStream>, shared: &Shared, is_new: bool) -> Option<Exchange> {
    if is_new {
        let mut state = shared.lock();
        let refuses = state.script.front().is_some_and(|exchange| {
            exchange
                .cut
                .is_some_and(|cut| cut.at == BreakPoint::BeforeRequest)
        });
        if refuses {
            return state.script.pop_front();
        }
    }
    if !incoming.wait() {
        return None;
    }
    let mut state = shared.lock();
    if state.stopped {
        return None;
    }
    state.others += 1;
    let exchange = state.script.pop_front();
    if exchange.is_none() {
        state
            .problems
            .push("a request that the script does not expect".into());
    }
    exchange
}

/// A poll is read whole, and answered once its time has come.
fn play_poll<'a>(
    stream: &TcpStream,
    incoming: &mut Incoming<&TcpStream>,
    shared: &'a Shared,
    reused: bool,
) -> After<'a> {
    let Reading::Whole(message) = incoming.message(ReadLimit::Never, false) else {
        return After::Gone;
    };
    let Some(poll) = next_poll(stream, shared) else {
        return After::Gone;
    };
    let exchange = Exchange {
        expect: poll.expect,
        answer: poll.answer,
        cut: poll.cut,
        ..Exchange::default()
    };
    let at = record(shared, message, reused, &exchange);
    answer(stream, shared, &exchange, at)
}

/// What the next poll is answered with; `None` when its peer gives up first, or the server is stopped.
fn next_poll(stream: &TcpStream, shared: &Shared) -> Option<Poll> {
    stream.set_read_timeout(Some(TICK)).ok()?;
    let found = loop {
        {
            let mut state = shared.lock();
            let others = state.others;
            let polls = state.polls.as_mut()?;
            if polls.front().is_some_and(|poll| poll.after <= others) {
                break polls.pop_front();
            }
        }
        // A peer that waits for its answer says nothing more.
        let is_waiting = match stream.peek(&mut [0]) {
            Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
            Ok(_) => false,
        };
        if !is_waiting || !shared.pause(TICK) {
            break None;
        }
    };
    stream.set_read_timeout(None).ok()?;
    found
}

fn play_one<'a>(
    stream: &TcpStream,
    incoming: &mut Incoming<&TcpStream>,
    shared: &'a Shared,
    exchange: &Exchange,
    reused: bool,
) -> After<'a> {
    if let Some(instead) = &exchange.instead {
        return match instead.bytes().map(|bytes| write(stream, &bytes)) {
            Ok(_) => After::Break(How::Close, None),
            Err(why) => problem(shared, why),
        };
    }
    let cut = exchange.cut;
    let stop = match cut.map(|cut| (cut.at, cut.after_bytes)) {
        Some((BreakPoint::BeforeRequest, _)) => ReadLimit::InHead(0),
        Some((BreakPoint::InRequestHead, bytes)) => ReadLimit::InHead(bytes),
        Some((BreakPoint::InRequestBody, bytes)) => ReadLimit::InBody(bytes),
        _ if exchange.early => ReadLimit::AtBody,
        _ => ReadLimit::Never,
    };
    let how = cut.map_or(How::Close, |cut| cut.how);
    let message = match incoming.message(stop, false) {
        Reading::Whole(message) => message,
        Reading::Cut => return After::Break(how, None),
        Reading::Gone => return After::Gone,
    };
    let at = record(shared, message, reused, exchange);
    for delivery in &exchange.webhooks_first {
        let url = shared.lock().webhook.clone();
        let outcome = url
            .ok_or_else(|| "the client has no webhook listener".to_owned())
            .and_then(|url| post(&url, delivery));
        if let Err(why) = outcome {
            shared.lock().problems.push(why);
        }
    }
    if !shared.pause(Duration::from_millis(exchange.answer.delay_ms)) {
        return After::Gone;
    }
    answer(stream, shared, exchange, at)
}

/// Keeps a whole request and checks it against what is expected.
fn record(shared: &Shared, message: Message, reused: bool, exchange: &Exchange) -> usize {
    let mut state = shared.lock();
    let request = Request {
        message,
        reused,
        answered: None,
        refused: false,
    };
    let seen = request.json();
    let at = state.requests.len();
    let own = exchange.expect.as_ref();
    let tunnel = seen["method"] == "CONNECT";
    let always = state.always.clone().filter(|_| !tunnel);
    for expected in own.into_iter().chain(always.as_ref()) {
        if let Err(why) = matches(expected, &seen) {
            state.problems.push(format!("request {}: {why}", at + 1));
        }
    }
    state.requests.push(request);
    at
}

fn answer<'a>(stream: &TcpStream, shared: &'a Shared, exchange: &Exchange, at: usize) -> After<'a> {
    let laid = match lay(&exchange.answer) {
        Ok(laid) => laid,
        Err(why) => return problem(shared, why),
    };
    let busy = shared.busy();
    let bytes = cut_short(&laid, exchange.cut);
    let written = match exchange.answer.drip {
        None => write(stream, &bytes),
        Some(drip) => bytes.chunks(drip.bytes.max(1)).try_for_each(|part| {
            write(stream, part)?;
            if shared.pause(Duration::from_millis(drip.every_ms)) {
                Ok(())
            } else {
                Err(io::ErrorKind::Interrupted.into())
            }
        }),
    };
    if written.is_err() {
        return After::Gone;
    }
    // Without a length, the orderly end of the connection is part of the answer.
    let ends = exchange.answer.framing != Framing::Close
        || exchange.cut.is_none_or(|cut| cut.how == How::Close);
    if ends && bytes.len() == laid.head.len() + laid.body.len() {
        note_answer(shared, exchange, at);
    }
    match exchange.cut {
        Some(cut) => After::Break(cut.how, Some(busy)),
        None if exchange.early => After::Deaf,
        None if exchange.answer.framing == Framing::Close => After::Break(How::Close, Some(busy)),
        None => After::KeepAlive,
    }
}

/// Writes everything; an error when the peer is gone.
fn write(mut stream: &TcpStream, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)
}

fn problem(shared: &Shared, why: String) -> After<'_> {
    shared.lock().problems.push(why);
    After::Gone
}

fn cut_short(laid: &Laid, cut: Option<Break>) -> Vec<u8> {
    let whole = [laid.head.as_slice(), laid.body.as_slice()].concat();
    let (from, most) = match cut.map(|cut| cut.at) {
        Some(BreakPoint::BeforeAnswer) => (0, 0),
        Some(BreakPoint::InAnswerHead) => (0, laid.head.len().saturating_sub(1)),
        // Three bytes short of the end, because a last chunk without its empty line ends a body as well.
        Some(BreakPoint::InAnswerBody) => (laid.head.len(), whole.len().saturating_sub(3)),
        _ => (whole.len(), whole.len()),
    };
    let after = cut.map_or(0, |cut| cut.after_bytes);
    whole[..(from + after).min(most)].to_vec()
}

fn note_answer(shared: &Shared, exchange: &Exchange, at: usize) {
    let answer = &exchange.answer;
    if let Some(request) = shared.lock().requests.get_mut(at) {
        request.answered = Some(answer.status);
        request.refused = match answer.status {
            400 => answer.says("code", "CONVERSATION_CREATION_EXCEPTION"),
            429 => true,
            503 => answer.says("ok", false) || answer.headers.contains_key("retry-after"),
            _ => false,
        };
    }
}
