//! The scripts that run on the server: what has to be decided and kept in one piece.

use std::sync::LazyLock;

use redis::{Cmd, Script};

macro_rules! scripts {
    ($($name:ident = $file:literal;)*) => {
        $(pub(super) static $name: Lua = Lua(LazyLock::new(|| {
            const TEXT: &str = include_str!(concat!("scripts/", $file));
            (TEXT, Script::new(TEXT))
        }));)*
    };
}

scripts! {
    APPEND = "append.lua";
    BEAT = "beat.lua";
    EXPIRE_PARKED = "expire_parked.lua";
    LIFE = "life.lua";
    FIRST_FORWARD = "first_forward.lua";
    FILE_IS_READY = "file_is_ready.lua";
    HISTORY = "history.lua";
    LET_GO = "let_go.lua";
    LOOK = "look.lua";
    NAME = "name.lua";
    PARK = "park.lua";
    PUT_FORWARDS = "put_forwards.lua";
    PUT_VISITOR = "put_visitor.lua";
    RESERVE = "reserve.lua";
    REVOKE = "revoke.lua";
    ROTATE = "rotate.lua";
    TAKE_ON = "take_on.lua";
}

/// A script; the server is sent its hash, and all of it where that is not known.
pub(super) struct Lua(LazyLock<(&'static str, Script)>);

/// A call of a script.
pub(super) struct Call {
    script: &'static Lua,
    keys: Vec<String>,
    arguments: Vec<Vec<u8>>,
}

impl Lua {
    pub fn on<K: Into<String>>(&'static self, keys: impl IntoIterator<Item = K>) -> Call {
        Call {
            script: self,
            keys: keys.into_iter().map(Into::into).collect(),
            arguments: Vec::new(),
        }
    }
}

impl Call {
    pub fn arg(mut self, argument: impl Argument) -> Self {
        self.arguments.push(argument.bytes());
        self
    }

    pub fn args(mut self, arguments: impl IntoIterator<Item = impl Argument>) -> Self {
        self.arguments
            .extend(arguments.into_iter().map(Argument::bytes));
        self
    }

    /// The call by the script's hash.
    pub fn short(&self) -> Cmd {
        self.command("EVALSHA", self.script.0.1.get_hash())
    }

    /// The call with the script itself.
    pub fn whole(&self) -> Cmd {
        self.command("EVAL", self.script.0.0)
    }

    fn command(&self, name: &str, script: &str) -> Cmd {
        let mut command = redis::cmd(name);
        command.arg(script).arg(self.keys.len());
        for key in &self.keys {
            command.arg(key);
        }
        for argument in &self.arguments {
            command.arg(argument.as_slice());
        }
        command
    }
}

/// What scripts are given.
pub(super) trait Argument {
    fn bytes(self) -> Vec<u8>;
}

impl Argument for &str {
    fn bytes(self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }
}

impl Argument for String {
    fn bytes(self) -> Vec<u8> {
        self.into_bytes()
    }
}

impl Argument for u64 {
    fn bytes(self) -> Vec<u8> {
        self.to_string().into_bytes()
    }
}

impl Argument for Vec<u8> {
    fn bytes(self) -> Vec<u8> {
        self
    }
}
