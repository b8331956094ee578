//! What an app on a phone tells of itself.

/// Whether somebody looks at the app.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AppState {
    /// Somebody does: events come as soon as they are there.
    #[default]
    Foreground,
    /// Nobody does: the gateway is asked once every five minutes, and no line is held.
    Background,
}

impl AppState {
    /// Every value.
    pub const ALL: [Self; 2] = [Self::Foreground, Self::Background];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Foreground => "foreground",
            Self::Background => "background",
        }
    }
}
