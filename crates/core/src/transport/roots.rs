//! The system's trust store. It is read on a thread of its own, because it may be large, slow or hang, and
//! only what could be read is kept.

use std::sync::{Arc, Mutex, PoisonError};

use once_cell::race::OnceBox;
use rustls::pki_types::CertificateDer;

use super::attempt::Attempt;
use super::background::Job;

/// The certificates, or why there are none.
pub(super) type Certificates = Result<Arc<Vec<CertificateDer<'static>>>, Arc<str>>;

/// Read once a process, when that worked. It has no lock: in a forked child, a thread that is not
/// there might hold it.
static KEPT: OnceBox<Arc<Vec<CertificateDer<'static>>>> = OnceBox::new();

/// The way of one client to the store, which all of its calls share.
#[derive(Clone, Debug, Default)]
pub(super) struct SystemStore(Arc<Mutex<Option<Arc<Job<Certificates>>>>>);

impl SystemStore {
    /// Waits for the store as long as this attempt may take for its connection.
    pub(super) fn read(&self, attempt: &Attempt) -> Result<Certificates, ureq::Error> {
        if let Some(kept) = KEPT.get() {
            return Ok(Ok(Arc::clone(kept)));
        }
        let job = {
            let mut reading = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match &*reading {
                Some(job) => Arc::clone(job),
                None => Arc::clone(reading.insert(self.begin(attempt)?)),
            }
        };
        job.wait(attempt)
    }

    fn begin(&self, attempt: &Attempt) -> std::io::Result<Arc<Job<Certificates>>> {
        let store = self.clone();
        Job::start(attempt, "wotnot-roots", move || {
            let certificates = load();
            if let Ok(good) = &certificates {
                // Another client's reading may have come first, and is as good.
                let _ = KEPT.set(Box::new(Arc::clone(good)));
            }
            // Those who wait have the job. Where it failed, the next call tries again.
            *store.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
            certificates
        })
    }
}

fn load() -> Certificates {
    let found = rustls_native_certs::load_native_certs();
    if !found.certs.is_empty() {
        return Ok(Arc::new(found.certs));
    }
    Err(match found.errors.first() {
        Some(error) => format!("the system's trust store could not be read ({error})"),
        None => "this system has no trust store".into(),
    }
    .into())
}
