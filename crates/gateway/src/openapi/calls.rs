//! Every call: what it takes, what it answers, how it is refused.

use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::{Generators, frames, inputs};
use crate::answers;
use crate::api::{conversations, events, files};
use crate::conversation::transcript::Transcript;
use crate::error::ErrorCode;

/// One call.
pub(super) struct Call {
    pub method: &'static str,
    pub path: &'static str,
    pub summary: &'static str,
    /// Whether it needs a visitor's token.
    pub token: bool,
    pub query: Option<Schema>,
    pub body: Option<Body>,
    pub answers: Vec<Answer>,
    pub errors: &'static [ErrorCode],
}

pub(super) struct Body {
    pub kind: &'static str,
    pub schema: Schema,
}

pub(super) struct Answer {
    pub status: u16,
    pub what: &'static str,
    pub content: Vec<(&'static str, Schema)>,
}

impl Call {
    fn new(method: &'static str, path: &'static str, summary: &'static str) -> Self {
        Self {
            method,
            path,
            summary,
            token: true,
            query: None,
            body: None,
            answers: Vec::new(),
            errors: &[],
        }
    }

    fn open(mut self) -> Self {
        self.token = false;
        self
    }

    fn takes<T: JsonSchema>(mut self, made: &mut Generators) -> Self {
        self.body = Some(Body {
            kind: "application/json",
            schema: made.input.subschema_for::<T>(),
        });
        self
    }

    fn takes_bytes(mut self) -> Self {
        self.body = Some(Body {
            kind: "application/octet-stream",
            schema: Schema::from(true),
        });
        self
    }

    fn asks<T: JsonSchema>(mut self) -> Self {
        self.query = Some(SchemaGenerator::default().into_root_schema_for::<T>());
        self
    }

    fn gives<T: JsonSchema>(self, made: &mut Generators, status: u16, what: &'static str) -> Self {
        self.gives_as::<T>(made, status, what, "application/json")
    }

    fn gives_as<T: JsonSchema>(
        mut self,
        made: &mut Generators,
        status: u16,
        what: &'static str,
        kind: &'static str,
    ) -> Self {
        let content = (kind, made.output.subschema_for::<T>());
        match self.answers.iter_mut().find(|it| it.status == status) {
            Some(answer) => answer.content.push(content),
            None => self.answers.push(Answer {
                status,
                what,
                content: vec![content],
            }),
        }
        self
    }

    fn gives_nothing(mut self, status: u16, what: &'static str) -> Self {
        self.answers.push(Answer {
            status,
            what,
            content: Vec::new(),
        });
        self
    }

    fn refused(mut self, errors: &'static [ErrorCode]) -> Self {
        self.errors = errors;
        self
    }
}

const CONVERSATION: &str = "/v1/conversations/{id}";

pub(super) fn all(made: &mut Generators) -> Vec<Call> {
    use ErrorCode::*;

    vec![
        Call::new("post", "/v1/sessions", "Start a session")
            .open()
            .takes::<inputs::SessionStart>(made)
            .gives::<answers::Session>(made, 201, "The session")
            .refused(&[
                InvalidRequest,
                IdentityInvalid,
                OriginNotAllowed,
                ChallengeRequired,
                TooLarge,
                RateLimited,
            ]),
        Call::new("post", "/v1/sessions/refresh", "Go on with a session")
            .open()
            .takes::<inputs::SessionRefresh>(made)
            .gives::<answers::Session>(made, 201, "The session, with another refresh token")
            .refused(&[
                InvalidRequest,
                RefreshExpired,
                RefreshReused,
                OriginNotAllowed,
                TooLarge,
                RateLimited,
            ]),
        Call::new("post", "/v1/conversations", "Start a conversation")
            .takes::<inputs::ConversationStart>(made)
            .gives::<answers::Taken>(made, 200, "It had begun: the same body came before")
            .gives::<answers::Taken>(made, 202, "It begins")
            .refused(&[
                InvalidRequest,
                InvalidAnswer,
                ClientIdConflict,
                ConversationOpen,
                TooLarge,
                RateLimited,
            ]),
        Call::new("get", CONVERSATION, "A conversation as it stands")
            .asks::<conversations::Page>()
            .gives::<answers::Snapshot>(made, 200, "Its newest messages, or those before one")
            .refused(&[InvalidRequest, NotFound]),
        Call::new(
            "post",
            "/v1/conversations/{id}/messages",
            "Say something, or answer a question",
        )
        .takes::<inputs::Post>(made)
        .gives::<answers::Taken>(made, 200, "It was taken before")
        .gives::<answers::Taken>(made, 202, "It was taken")
        .refused(&[
            InvalidRequest,
            InvalidAnswer,
            NotFound,
            ClientIdConflict,
            PromptSuperseded,
            Ended,
            TooLarge,
            RateLimited,
        ]),
        Call::new(
            "post",
            "/v1/conversations/{id}/messages/{client_id}/resolve",
            "Decide about a message whose fate is not known",
        )
        .takes::<inputs::Resolve>(made)
        .gives::<answers::Resolved>(made, 202, "It was decided")
        .refused(&[InvalidRequest, NotFound, NotUnconfirmed, TooLarge, RateLimited]),
        Call::new(
            "get",
            "/v1/conversations/{id}/events",
            "Read the log on from a cursor: by long poll, or as a stream with `Accept: text/event-stream`",
        )
        .asks::<events::EventsQuery>()
        .gives::<frames::Polled>(made, 200, "Entries; or a stream, whose frames hold this as `data`")
        .gives_as::<frames::Frame>(made, 200, "", "text/event-stream")
        .gives_nothing(204, "Nothing came in time")
        .refused(&[InvalidRequest, InvalidCursor, NotFound, TooManyStreams]),
        Call::new(
            "get",
            "/v1/conversations/{id}/transcript",
            "Everything that was said and is still kept, as a file",
        )
        .asks::<conversations::TranscriptQuery>()
        .gives::<Transcript>(made, 200, "The transcript")
        .gives_as::<String>(made, 200, "", "text/plain; charset=utf-8")
        .gives_as::<String>(made, 200, "", "text/html; charset=utf-8")
        .refused(&[InvalidRequest, NotFound]),
        Call::new("post", "/v1/files", "Begin to send a file")
            .takes::<inputs::FileStart>(made)
            .gives::<answers::UploadTarget>(made, 201, "Where its bytes go")
            .refused(&[InvalidRequest, NotFound, TooLarge, UnsupportedType, RateLimited]),
        Call::new("get", "/v1/files/{id}", "How far an upload is")
            .gives::<answers::FileAnswer>(made, 200, "The file; `Upload-Offset` says how much is there")
            .refused(&[NotFound]),
        Call::new("put", "/v1/files/{id}", "Write the whole file")
            .takes_bytes()
            .gives::<answers::FileAnswer>(made, 200, "It was written")
            .refused(&[InvalidRequest, NotFound, OffsetMismatch, UploadBusy, TooLarge]),
        Call::new(
            "patch",
            "/v1/files/{id}",
            "Go on with a file; the header `Upload-Offset` says where, which must be where it ends",
        )
        .takes_bytes()
        .gives::<answers::FileAnswer>(made, 200, "It was written")
        .refused(&[InvalidRequest, NotFound, OffsetMismatch, UploadBusy, TooLarge]),
        Call::new(
            "post",
            "/v1/files/{id}/complete",
            "Have the file looked at; it can be sent then",
        )
        .gives::<answers::Completed>(made, 200, "It is ready, or was before")
        .refused(&[NotFound, OffsetMismatch, UploadBusy, ContentMismatch, FileRefused]),
        Call::new("get", "/files/{id}", "The file, for those who have its link")
            .open()
            .asks::<files::Link>()
            .gives_as::<String>(made, 200, "Its bytes, always as an attachment", "*/*")
            .refused(&[InvalidRequest, NotFound]),
        Call::new(
            "get",
            "/v1/visitor/export",
            "Everything that is kept of the visitor, as a zip; it counts as a session",
        )
        .gives_as::<String>(made, 200, "The zip", "application/zip")
        .refused(&[RateLimited]),
        Call::new(
            "delete",
            "/v1/visitor",
            "Drop everything that is kept of the visitor",
        )
        .gives::<answers::Erased>(made, 202, "It is gone, and the visitor's tokens no longer count"),
        Call::new("post", "/hook/{secret}", "The vendor's events")
            .open()
            .takes::<serde_json::Value>(made)
            .gives::<serde_json::Value>(made, 200, "All of it is kept, or was before")
            .gives::<frames::HookRefusal>(made, 400, "")
            .gives::<frames::HookRefusal>(made, 401, "")
            .refused(&[InvalidRequest, Unauthorized, TooLarge]),
    ]
}
