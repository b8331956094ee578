//! Opens a TCP connection to whichever address of the host takes it first (RFC 8305).

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use socket2::{Domain, Protocol, Socket, Type};
use ureq::unversioned::transport::{ConnectionDetails, Connector, Either, Transport};

use super::attempt::{Attempt, Fault};
use super::patience::NONBLOCKING;
use super::ready::poll_within;
use super::resolve::CachingResolver;
use super::tcp::TcpTransport;

/// How long an address is tried before the next one is tried beside it (RFC 8305, section 5).
const STAGGER: Duration = Duration::from_millis(250);

/// How often a connecting socket asks whether the call was cancelled.
const SLICE: Duration = Duration::from_millis(20);

/// How long sent bytes may stay unacknowledged before the system ends the connection.
const SILENCE: Duration = Duration::from_secs(10);

/// Opens a TCP connection, where nothing before it in the chain made one.
#[derive(Debug)]
pub(super) struct TcpConnector(pub(super) CachingResolver);

impl<In: Transport> Connector<In> for TcpConnector {
    type Out = Either<In, TcpTransport>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        if let Some(transport) = chained {
            return Ok(Some(Either::A(transport)));
        }
        let attempt = Attempt::current()?;
        let (socket, address) = dial(&attempt, &details.addrs)?;
        self.0.worked(details.uri, address);
        socket.set_nonblocking(NONBLOCKING)?;
        socket.set_tcp_nodelay(true)?;
        give_up_on_silence(&socket)?;
        Ok(Some(Either::B(TcpTransport::new(socket.into()))))
    }
}

/// Tries the addresses in their order: each next one as soon as the last has failed, or beside it
/// once it has been silent for a while.
fn dial(attempt: &Attempt, addresses: &[SocketAddr]) -> Result<(Socket, SocketAddr), ureq::Error> {
    let mut untried = addresses.iter().copied();
    let mut open = Vec::new();
    let mut next_start = Instant::now();
    let mut failure = None;
    loop {
        attempt.check_stopped()?;
        let left = attempt.time_left_to_connect()?;
        let wait = next_start.saturating_duration_since(Instant::now());
        if wait.is_zero() || open.is_empty() {
            if let Some(address) = untried.next() {
                match begin(address) {
                    Ok(socket) => {
                        open.push((socket, address));
                        next_start = Instant::now() + STAGGER;
                    }
                    Err(error) => failure = Some((address, error)),
                }
                continue;
            }
            if open.is_empty() {
                break;
            }
        }
        let wait = match untried.len() {
            0 => left,
            _ => left.min(wait),
        };
        let Some(at) = first_ready(&open, wait)? else {
            continue;
        };
        let (socket, address) = open.swap_remove(at);
        match socket.take_error() {
            Ok(None) => return Ok((socket, address)),
            Ok(Some(error)) | Err(error) => failure = Some((address, error)),
        }
        next_start = Instant::now();
    }
    let Some((address, error)) = failure else {
        return Err(ureq::Error::HostNotFound);
    };
    let why = format!("could not connect to {address}: {error}");
    let is_refused = error.kind() == io::ErrorKind::ConnectionRefused;
    attempt.fail(match is_refused && address.ip().is_loopback() {
        true => Fault::NothingListens(why),
        false => Fault::Connect(why),
    });
    Err(error.into())
}

/// A socket that is connecting.
fn begin(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_nonblocking(true)?;
    match socket.connect(&address.into()) {
        Err(error) if !is_under_way(&error) => Err(error),
        _ => Ok(socket),
    }
}

/// Whether a connection is being made: Unix and Windows say so by different errors.
fn is_under_way(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
        || error.raw_os_error() == Some(Errno::INPROGRESS.raw_os_error())
}

/// Which of the sockets is connected or has failed; `None` when none is after a short while.
fn first_ready(open: &[(Socket, SocketAddr)], wait: Duration) -> io::Result<Option<usize>> {
    let mut sockets: Vec<PollFd> = open
        .iter()
        .map(|(socket, _)| PollFd::new(socket, PollFlags::OUT))
        .collect();
    poll_within(&mut sockets, wait.min(SLICE))?;
    Ok(sockets
        .iter()
        .position(|socket| !socket.revents().is_empty()))
}

/// Has the system end a connection whose bytes nobody acknowledges: after a sleep of the machine the
/// other end may be gone without a word, and the call would wait until its deadline.
fn give_up_on_silence(socket: &Socket) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_user_timeout(Some(SILENCE))?;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = (socket, SILENCE);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::sync::Arc;

    use super::super::attempt::Addresses;
    use super::*;
    use crate::cancel::CancelState;

    const LONG: Duration = Duration::from_secs(60);

    /// An address that takes no connection and refuses none, as long as what it gives is kept.
    fn silent() -> (SocketAddr, Socket, Vec<TcpStream>) {
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        listener.bind(&any.into()).unwrap();
        listener.listen(0).unwrap();
        let address = listener.local_addr().unwrap().as_socket().unwrap();
        let mut fill = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(500)) {
            fill.push(stream);
        }
        (address, listener, fill)
    }

    fn refusing() -> SocketAddr {
        TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
    }

    fn within<T>(time: Duration, work: impl Fn(&Attempt) -> T) -> (T, Option<Fault>) {
        let cancel_state = Arc::<CancelState>::default();
        let deadline = Instant::now() + LONG;
        let run = || work(&Attempt::current().unwrap());
        let (result, attempt) = Attempt::run(deadline, time, &cancel_state, Addresses::Known, run);
        (result, attempt.fault())
    }

    #[test]
    fn a_dead_address_costs_a_moment() {
        let (dead, _listener, _fill) = silent();
        let alive = TcpListener::bind("127.0.0.1:0").unwrap();
        let alive = alive.local_addr().unwrap();
        let begun = Instant::now();
        let (dialled, _) = within(LONG, |attempt| dial(attempt, &[dead, alive]));
        assert_eq!(dialled.unwrap().1, alive);
        // Half of the time would go to the dead one if they took turns.
        assert!(begun.elapsed() < LONG / 4, "{:?}", begun.elapsed());
    }

    #[test]
    fn an_address_that_refuses_costs_nothing_and_the_last_one_is_named() {
        let (first, second) = (refusing(), refusing());
        let (dialled, fault) = within(LONG, |attempt| dial(attempt, &[first, second]));
        assert!(dialled.is_err());
        let Some(Fault::NothingListens(why)) = fault else {
            panic!("{fault:?}");
        };
        assert!(why.contains(&second.to_string()), "{why}");
    }

    #[test]
    fn the_time_for_a_connection_ends_before_the_call() {
        let (dead, _listener, _fill) = silent();
        let (dialled, fault) = within(Duration::from_millis(50), |attempt| dial(attempt, &[dead]));
        assert!(dialled.is_err());
        assert!(matches!(fault, Some(Fault::ConnectDeadline)), "{fault:?}");
    }

    #[test]
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn bytes_that_nobody_acknowledges_end_a_connection() {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        give_up_on_silence(&socket).unwrap();
        assert_eq!(socket.tcp_user_timeout().unwrap(), Some(SILENCE));
    }
}
