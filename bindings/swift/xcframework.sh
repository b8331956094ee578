#!/bin/sh
# Makes CWotnot.xcframework beside Package.swift, which then uses it. Needs macOS with Xcode, and the targets:
# rustup target add aarch64-apple-darwin x86_64-apple-darwin aarch64-apple-ios aarch64-apple-ios-sim x86_64-apple-ios
set -eu
cd "$(dirname "$0")/../.."
command -v xcrun >/dev/null || { echo "xcrun is missing: install Xcode (this needs macOS)" >&2; exit 1; }
target=${CARGO_TARGET_DIR:-target}
out=$target/xcframework
rm -rf "$out" bindings/swift/CWotnot.xcframework
mkdir -p "$out/headers"
# The framework itself says what to link.
cp include/wotnot.h "$out/headers/"
grep -v '^ *link "' include/module.modulemap > "$out/headers/module.modulemap"

# slice NAME PROFILE FEATURES TARGET...: one static library for all targets.
slice() {
  name=$1 profile=$2 features=$3
  shift 3
  mkdir -p "$out/$name"
  libraries=
  for platform in "$@"; do
    # shellcheck disable=SC2086
    cargo rustc --package wotnot --crate-type staticlib --profile "$profile" --target "$platform" $features
    libraries="$libraries $target/$platform/$profile/libwotnot.a"
  done
  # shellcheck disable=SC2086
  lipo -create $libraries -output "$out/$name/libwotnot.a"
}

# The oldest systems are those of Package.swift. Phones take no webhook posts.
export MACOSX_DEPLOYMENT_TARGET=13.0 IPHONEOS_DEPLOYMENT_TARGET=16.0
phone="--no-default-features --features direct,gateway"
slice macos release "" aarch64-apple-darwin x86_64-apple-darwin
slice ios phone "$phone" aarch64-apple-ios
slice ios-simulator phone "$phone" aarch64-apple-ios-sim x86_64-apple-ios
xcodebuild -create-xcframework \
  -library "$out/macos/libwotnot.a" -headers "$out/headers" \
  -library "$out/ios/libwotnot.a" -headers "$out/headers" \
  -library "$out/ios-simulator/libwotnot.a" -headers "$out/headers" \
  -output bindings/swift/CWotnot.xcframework
