// swift-tools-version: 6.0
import Foundation
import PackageDescription

// Apple platforms link the XCFramework that `bindings/swift/xcframework.sh` makes; everywhere else the
// installed C library is found through pkg-config.
let framework = "CWotnot.xcframework"
let hasFramework = FileManager.default.fileExists(
  atPath: "\(Context.packageDirectory)/\(framework)")

let package = Package(
  name: "Wotnot",
  platforms: [.macOS(.v13), .iOS(.v16)],
  products: [
    .library(name: "Wotnot", targets: ["Wotnot"]),
    .library(name: "WotnotTesting", targets: ["WotnotTesting"]),
  ],
  targets: [
    hasFramework
      ? .binaryTarget(name: "CWotnot", path: framework)
      : .systemLibrary(name: "CWotnot", pkgConfig: "wotnot"),
    .target(
      name: "Wotnot", dependencies: ["CWotnot"],
      linkerSettings: [
        .linkedFramework("CoreFoundation", .when(platforms: [.macOS, .iOS])),
        .linkedFramework("Security", .when(platforms: [.macOS, .iOS])),
      ]),
    .target(name: "WotnotTesting", dependencies: ["Wotnot"]),
    .executableTarget(name: "WotnotChat", dependencies: ["Wotnot"]),
    .executableTarget(name: "WotnotBackend", dependencies: ["Wotnot"]),
    .testTarget(name: "WotnotTests", dependencies: ["Wotnot", "WotnotTesting", "CWotnot"]),
  ]
)
