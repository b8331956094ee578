// swift-tools-version: 6.0
import PackageDescription

// The package of the folder above; the suite names that of the archive.
let wotnot = Context.environment["WOTNOT_PACKAGE"] ?? ".."

var targets: [Target] = [
  .target(name: "ChatModel", dependencies: [.product(name: "Wotnot", package: "Wotnot")]),
  .executableTarget(name: "SampleRun", dependencies: ["ChatModel"]),
]
#if canImport(SwiftUI)
  targets.append(.executableTarget(name: "SampleApp", dependencies: ["ChatModel"]))
#endif

let package = Package(
  name: "Sample",
  platforms: [.macOS(.v14), .iOS(.v17)],
  dependencies: [.package(name: "Wotnot", path: wotnot)],
  targets: targets
)
