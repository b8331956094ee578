//! The ends of the connector chain, which tell the attempt what is going on, and the proxy.

use ureq::unversioned::transport::{
    ConnectProxyConnector, ConnectionDetails, Connector, Either, Transport,
};

use super::attempt::Attempt;

/// First in the chain: from here on bytes belong to the connection, not to the request.
#[derive(Debug)]
pub(super) struct Begin;

impl Connector<()> for Begin {
    type Out = ();

    fn connect(
        &self,
        _details: &ConnectionDetails,
        _chained: Option<()>,
    ) -> Result<Option<()>, ureq::Error> {
        Attempt::current()?.set_connecting(true);
        Ok(None)
    }
}

/// Last in the chain: from here on bytes belong to the request.
#[derive(Debug)]
pub(super) struct Ready;

impl<In: Transport> Connector<In> for Ready {
    type Out = In;

    fn connect(
        &self,
        _details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<In>, ureq::Error> {
        Attempt::current()?.set_connecting(false);
        Ok(chained)
    }
}

/// CONNECT through a proxy, where one is configured.
#[derive(Debug, Default)]
pub(super) struct ThroughProxy(ConnectProxyConnector);

impl<In: Transport> Connector<In> for ThroughProxy {
    type Out = Either<In, Box<dyn Transport>>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let attempt = Attempt::current()?;
        let uses_proxy = !attempt.is_proxying()
            && details
                .config
                .proxy()
                .is_some_and(|proxy| !proxy.is_no_proxy(details.uri));
        if !uses_proxy {
            return self.0.connect(details, chained);
        }
        attempt.set_proxying(true);
        let tunnel = self.0.connect(details, chained);
        attempt.set_proxying(false);
        // The chain ran once for the proxy itself; the connection to the target goes on.
        attempt.set_connecting(true);
        if let Err(error) = &tunnel {
            attempt.proxy_failed(refusal(error));
        }
        tunnel
    }
}

/// The status of a proxy that said no. ureq has it in a text alone.
fn refusal(error: &ureq::Error) -> Option<u16> {
    let ureq::Error::ConnectProxyFailed(why) = error else {
        return None;
    };
    let (_, status) = why.rsplit_once('/')?;
    status.parse().ok()
}
