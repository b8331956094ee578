//! Where flows and fault rules come from: a file, or text that is there already.

use std::path::PathBuf;

use crate::error::Error;
use crate::fault::FaultFile;
use crate::file::read_file;
use crate::flow::{Finding, Flow};

pub(crate) enum FlowSource {
    File(PathBuf),
    Yaml(String),
    Flow(Box<Flow>),
}

pub(crate) enum FaultSource {
    File(PathBuf),
    Yaml(String),
}

impl FlowSource {
    pub fn path(&self) -> Option<PathBuf> {
        match self {
            Self::File(path) => Some(path.clone()),
            Self::Yaml(_) | Self::Flow(_) => None,
        }
    }

    /// What findings and errors call it.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Yaml(_) | Self::Flow(_) => "flow".to_owned(),
        }
    }

    pub fn load(self) -> Result<Flow, Error> {
        self.check().map(|(flow, _)| flow)
    }

    /// The flow, and what is to be said of it although it can run.
    pub fn check(self) -> Result<(Flow, Vec<Finding>), Error> {
        let file = self.name();
        let yaml = match self {
            Self::Flow(flow) => return Ok((*flow, Vec::new())),
            Self::Yaml(yaml) => yaml,
            Self::File(path) => read_file(&path)?,
        };
        let checked = Flow::parse_with_warnings(&file, &yaml);
        checked.map_err(|findings| Error::Flow { file, findings })
    }
}

impl FaultSource {
    pub fn load(self) -> Result<FaultFile, Error> {
        let (name, yaml) = match self {
            Self::Yaml(yaml) => (None, yaml),
            Self::File(path) => (Some(path.display().to_string()), read_file(&path)?),
        };
        let named = |error: serde_saphyr::Error| match name {
            Some(name) => format!("{name}: {error}"),
            None => error.to_string(),
        };
        serde_saphyr::from_str(&yaml).map_err(|error| Error::Faults(named(error)))
    }
}
