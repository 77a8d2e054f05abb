import Foundation
import Glibc
import Service

/// The files `perezvon setup` touches: the configuration, its secrets, and Asterisk's files as they are to be copied.
struct SetupWorkshop {
  /// Path of perezvon.yaml.
  let configuration: String
  let force: Bool

  private var directory: String { URL(filePath: configuration).deletingLastPathComponent().path() }
  private var secrets: String { "\(directory)secrets" }

  /// Refuses before anything is asked, where the end would be that a person's work is written over.
  func check() throws(CommandFailure) {
    guard !force, let text = try? String(contentsOfFile: configuration, encoding: .utf8) else { return }
    // The sample of the package is nobody's work.
    guard text == ConfigurationReference.sample() || text.hasPrefix(Self.ownMark) else {
      throw .failed(
        "\(configuration) is there and not as the package or setup made it: it is left as it is. --force writes over "
          + "it; --config FILE writes elsewhere.")
    }
  }

  /// What every configuration of setup begins with, for as long as nobody takes it out.
  static let ownMark = "# Written by `perezvon setup`."

  private var answers: String { "\(directory)asterisk/answers.json" }

  /// What the last run was told and found out; nil where there was none.
  var lastAnswers: SetupAnswers? {
    guard let data = FileManager.default.contents(atPath: answers) else { return nil }
    return try? JSONDecoder().decode(SetupAnswers.self, from: data)
  }

  /// Keeps them for the next run; they hold secrets.
  func keep(_ answers: SetupAnswers) throws(CommandFailure) {
    guard let data = try? JSONEncoder().encode(answers) else { throw .failed("The answers cannot be kept.") }
    try make("\(directory)asterisk", mode: 0o700)
    try write(String(decoding: data, as: UTF8.self), to: self.answers, mode: 0o600)
  }

  /// The secret of the last time, that of a file, or a new one.
  func secret(_ name: String, given file: String?) throws(CommandFailure) -> String {
    if let file {
      guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
        throw .failed("\(file) cannot be read.")
      }
      return text.trimmingCharacters(in: .newlines)
    }
    if let text = try? String(contentsOfFile: "\(secrets)/\(name)", encoding: .utf8), !text.isEmpty {
      return text.trimmingCharacters(in: .newlines)
    }
    var random = SystemRandomNumberGenerator()
    return (0..<2).map { _ in
      let hex = String(random.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - hex.count) + hex
    }.joined()
  }

  func write(secrets files: [(name: String, value: String)]) throws(CommandFailure) {
    try make(secrets, mode: 0o700)
    for file in files { try write(file.value + "\n", to: "\(secrets)/\(file.name)", mode: 0o600) }
  }

  /// Whole or not at all, and only what `check-config` takes.
  func write(configuration text: String) throws(CommandFailure) {
    do {
      _ = try Settings.read(
        yaml: text, fileName: configuration, environment: ProcessInfo.processInfo.environment
      ) { SettingsFiles.read($0, bytesMax: SettingsFiles.secretBytesMax) }
    } catch {
      throw .configuration("With these answers the configuration has mistakes:\n\(error.description)")
    }
    try write(text, to: configuration, mode: 0o640)
  }

  /// Asterisk's files with the secrets in them, ready to be copied; nil where there are none to begin with.
  func prepare(_ files: SetupFiles, from source: String) throws(CommandFailure) -> String? {
    let target = "\(directory)asterisk"
    guard FileManager.default.fileExists(atPath: "\(source)/manager.d/perezvon.conf") else { return nil }
    try make(target, mode: 0o700)
    for folder in files.folders {
      try make("\(target)/\(folder)", mode: 0o755)
      guard let text = try? String(contentsOfFile: "\(source)/\(folder)/perezvon.conf", encoding: .utf8)
      else {
        throw .failed("\(source)/\(folder)/perezvon.conf cannot be read.")
      }
      try write(files.filledIn(text), to: "\(target)/\(folder)/perezvon.conf", mode: 0o640)
    }
    return target
  }

  private func make(_ path: String, mode: Int) throws(CommandFailure) {
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: mode])
    } catch { throw .failed("\(path) cannot be made: \(error.localizedDescription)") }
  }

  /// With the owner and group of its directory's other files: the service's group may read the configuration.
  private func write(_ text: String, to path: String, mode: mode_t) throws(CommandFailure) {
    let part = "\(path).new"
    let descriptor = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard descriptor >= 0 else {
      throw .failed("\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    do { try handle.write(contentsOf: Data(text.utf8)) } catch {
      throw .failed("\(path) cannot be written: \(error.localizedDescription)")
    }
    var there = stat()
    // A first file goes to the group of its directory; one that is replaced leaves its owner to the new one.
    let known =
      stat(path, &there) == 0 || stat(URL(filePath: path).deletingLastPathComponent().path(), &there) == 0
    if known, geteuid() == 0 { _ = fchown(descriptor, there.st_uid, there.st_gid) }
    _ = fchmod(descriptor, mode)
    guard rename(part, path) == 0 else {
      throw .failed("\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
  }
}
