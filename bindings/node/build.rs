//! Links the addon as each platform wants it.

fn main() {
    napi_build::setup();
}
