// swift-tools-version: 6.2
import PackageDescription

// One set of language rules for every target. Sources of the flags:
// ExistentialAny SE-0335, MemberImportVisibility SE-0444, InternalImportsByDefault SE-0409,
// NonisolatedNonsendingByDefault SE-0461, treatAllWarnings SE-0443.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

// What the simulation spends its time in is optimised in debug builds as well: four times as many seeds.
// For the debugger: PEREZVON_UNOPTIMISED=1 swift build.
let quick =
  Context.environment["PEREZVON_UNOPTIMISED"] == nil
  ? strict + [.unsafeFlags(["-O"], .when(configuration: .debug))] : strict

let nio = "swift-nio"

let package = Package(
  name: "perezvon",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "perezvon", targets: ["perezvon"]),
    // Preloaded by tests into the service: never part of it.
    .library(name: "ShiftedClock", type: .dynamic, targets: ["CShiftedClock"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // C shims without logic.
    .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CLibcurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .target(name: "CPhoneNumber", linkerSettings: [.linkedLibrary("phonenumber")]),
    .target(name: "CAssets"),
    .target(name: "CShiftedClock"),

    // Pure: values and machines.
    .target(name: "Telephony", swiftSettings: quick),
    .target(name: "AsteriskProtocol", dependencies: ["Telephony"], swiftSettings: strict),
    .target(name: "CallTracking", dependencies: ["Telephony"], swiftSettings: quick),
    .target(name: "CallPolicy", dependencies: ["Telephony", "CallTracking"], swiftSettings: quick),
    .target(name: "Dialer", dependencies: ["Telephony"], swiftSettings: quick),

    // Days of outbound dialling in virtual time: agents and customers simulated, the pacing that of Dialer.
    .target(name: "DialingSimulation", dependencies: ["Dialer", "Telephony"], swiftSettings: strict),

    // Effects.
    .target(
      name: "Store",
      dependencies: ["Telephony", "CallTracking", "CallPolicy", "Dialer", "CLibpq", "CAssets"],
      exclude: ["Migrations", "Reports", "Views"],
      swiftSettings: strict),
    .target(name: "Courier", dependencies: ["CLibcurl"], swiftSettings: strict),
    .target(
      name: "AsteriskLink",
      dependencies: [
        "Telephony", "AsteriskProtocol", "Courier",
        .product(name: "NIOCore", package: nio),
        .product(name: "NIOPosix", package: nio),
        .product(name: "NIOHTTP1", package: nio),
        .product(name: "NIOWebSocket", package: nio),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .target(
      name: "WebAPI",
      dependencies: [
        "Telephony", "CAssets",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: nio),
      ],
      exclude: ["Pages"],
      swiftSettings: strict),
    .target(
      name: "Service",
      dependencies: [
        "Telephony", "CallTracking", "CallPolicy", "Dialer", "Store", "Courier", "AsteriskLink",
        "WebAPI", "CAssets", "CPhoneNumber",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Mustache", package: "swift-mustache"),
        .product(name: "NIOPosix", package: nio),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Yams", package: "Yams"),
      ],
      exclude: ["Notify/Templates"],
      swiftSettings: quick),

    // Support: the real stack on one machine, and the seeded one.
    .target(name: "Lab", dependencies: ["Courier", "Telephony"], swiftSettings: strict),
    .target(
      name: "SimulatedPBX",
      dependencies: [
        "Telephony",
        .product(name: "NIOCore", package: nio),
        .product(name: "NIOPosix", package: nio),
        .product(name: "NIOHTTP1", package: nio),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOWebSocket", package: nio),
      ],
      swiftSettings: strict),

    // The service in virtual time, with everything around it simulated. It tests what is internal to Service:
    // a release build of it needs -enable-testing (see `make simulate`).
    .target(
      name: "Simulation",
      dependencies: [
        "Service", "Telephony", "CallTracking", "CallPolicy", "Dialer", "Store", "AsteriskLink",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: quick),
    .executableTarget(
      name: "perezvon-simulate",
      dependencies: ["Simulation", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      swiftSettings: strict),

    .executableTarget(
      name: "perezvon",
      dependencies: [
        "Dialer", "DialingSimulation", "Service", "Telephony", "WebAPI",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "perezvon-lab",
      dependencies: [
        "Lab", "Telephony", .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),

    // Measured by `make bench`.
    .executableTarget(
      name: "AMIBench", dependencies: ["AsteriskProtocol", "Telephony"], path: "Benchmarks/AMI",
      exclude: ["generate.py", "reference.c", "run"], swiftSettings: strict),

    .executableTarget(
      name: "verdict-bench", dependencies: ["CallPolicy", "CallTracking", "Service", "Telephony"],
      path: "Benchmarks/Verdict", swiftSettings: strict),

    .executableTarget(
      name: "perezvon-bench",
      dependencies: [
        "CLibpq", "Lab", "SimulatedPBX",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "NIOCore", package: nio),
        .product(name: "NIOPosix", package: nio),
      ],
      path: "Benchmarks/Latency", swiftSettings: strict),

    // The readers of foreign bytes under fuzz: by libFuzzer (`make fuzz`) and, shortly, in the tests.
    .target(
      name: "FuzzEntries", dependencies: ["AsteriskProtocol", "Service", "Telephony"], path: "Fuzz/Entries",
      swiftSettings: strict),
    .testTarget(name: "FuzzTests", dependencies: ["FuzzEntries"], swiftSettings: strict),

    .testTarget(name: "TidyTests", swiftSettings: strict),
    .testTarget(name: "TelephonyTests", dependencies: ["Telephony"], swiftSettings: strict),
    .testTarget(
      name: "AsteriskProtocolTests", dependencies: ["AsteriskProtocol", "Telephony"],
      swiftSettings: strict),
    .testTarget(
      name: "CallTrackingTests", dependencies: ["CallTracking", "Telephony"], swiftSettings: strict),
    .testTarget(
      name: "CallPolicyTests", dependencies: ["CallPolicy", "CallTracking", "Telephony"],
      swiftSettings: strict),
    .testTarget(name: "DialerTests", dependencies: ["Dialer", "Telephony"], swiftSettings: strict),
    .testTarget(
      name: "DialingSimulationTests", dependencies: ["DialingSimulation", "Dialer", "Telephony"],
      swiftSettings: strict),
    .testTarget(
      name: "StoreTests",
      dependencies: ["Store", "Telephony", "CallTracking", "CallPolicy", "Dialer", "CLibpq"],
      swiftSettings: strict),
    .testTarget(
      name: "CourierTests",
      dependencies: [
        "Courier", "Lab", "SimulatedPBX",
        .product(name: "NIOCore", package: nio),
        .product(name: "NIOPosix", package: nio),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "AsteriskLinkTests",
      dependencies: [
        "AsteriskLink", "AsteriskProtocol", "Courier", "Lab", "SimulatedPBX", "Telephony",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: nio),
        .product(name: "NIOPosix", package: nio),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "SettingsTests", dependencies: ["Service", "Telephony", "CallPolicy"], swiftSettings: strict),
    .testTarget(
      name: "WebAPITests",
      dependencies: [
        "WebAPI", "Telephony",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdTesting", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: nio),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ServiceTests",
      dependencies: [
        "Service", "WebAPI", "Telephony", "CallTracking", "CallPolicy", "Dialer", "Store", "AsteriskLink",
        "Lab",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Mustache", package: "swift-mustache"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "APITests",
      dependencies: [
        "Courier", "Lab", "Service", "Telephony", .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "SimulationTests",
      dependencies: [
        "Simulation", "perezvon-simulate", "Lab", "Store", "Telephony", "CallTracking", "CallPolicy",
        "Dialer",
      ],
      swiftSettings: strict),
    .testTarget(name: "LabTests", dependencies: ["Lab", "Telephony"], swiftSettings: strict),
    .testTarget(
      name: "EndToEndTests", dependencies: ["Lab", "Telephony", "WebAPI", "perezvon"], swiftSettings: strict),
    // The Debian package: made, installed into an empty Debian, and followed by docs/install.md.
    .testTarget(
      name: "PackageTests",
      dependencies: ["Lab", "Telephony", "perezvon", .product(name: "Yams", package: "Yams")],
      swiftSettings: strict),
    .testTarget(
      name: "ReliabilityTests", dependencies: ["Lab", "Telephony", "perezvon", "perezvon-bench"],
      swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)

// Leaves targets out where one waits for the build: PEREZVON_WITHOUT=ReliabilityTests,SimulationTests swift build --build-tests.
if let names = Context.environment["PEREZVON_WITHOUT"]?.split(separator: ",") {
  package.targets.removeAll { names.contains(Substring($0.name)) }
}
